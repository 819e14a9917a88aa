"""What a check found, brought to the tables of the page: equal messages once, with all their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gerai_geo.i18n.issue_labels import issue_label
from gerai_geo.i18n.numbers import row_ranges
from gerai_geo.i18n.translate import _

MOST_LINES: Final = 12
"""Lines of one kind of issue that the page shows; the workbook has all."""
_MOST_ROWS: Final = 90
"""Characters of a list of rows."""


def shown_part(part: dict[str, Any]) -> dict[str, Any]:
    """
    Outcome of ``check`` or ``layers`` for the page.

    Returns
    -------
    part
        The same with ``issues`` by kind, worst first: ``severity, code, label, count``, the first ``lines`` and the
        number of issues that they leave out, ``left``; ``defects`` as pairs of label and number.
    """
    kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for issue in part.get("issues") or ():
        kinds.setdefault((issue["severity"], issue["code"]), []).append(issue)
    shown = []
    for (severity, code), own in kinds.items():
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for issue in own:
            groups.setdefault((issue["source"], issue["message"], issue["suggestion"]), []).append(issue)
        lines = [_line(group) for group in list(groups.values())[:MOST_LINES]]
        left = sum(len(group) for group in list(groups.values())[MOST_LINES:])
        shown.append({"severity": severity, "code": code, "label": str(issue_label(code)), "count": len(own),
                      "lines": lines, "left": left})  # fmt: skip
    defects = [[str(issue_label(f"forest_{defect}")), n] for defect, n in (part.get("defects") or {}).items()]
    return part | {"issues": shown, "defects": defects}


def _line(group: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One line for issues that say the same; the value of the cell where there is only one."""
    first = group[0]
    value = f"{first['column']}: {first['value']}" if len(group) == 1 and first["column"] and first["value"] else None
    rows = _rows([issue["source_row"] for issue in group if issue["source_row"] is not None])
    where = ", ".join(filter(None, (first["source"], rows)))
    return {"where": where, "value": value, "message": first["message"], "suggestion": first["suggestion"]}


def _rows(rows: Sequence[int]) -> str:
    """
    Row numbers as text.

    Examples
    --------
    >>> _rows([8]), _rows([25, 26, 39]), _rows([])
    ('baris 8', 'baris 25–26, 39', '')
    """
    if not rows:
        return ""
    numbers = row_ranges(int(row) for row in rows)
    if len(numbers) > _MOST_ROWS:
        numbers = numbers[: _MOST_ROWS - 1].rpartition(",")[0] + ", …"
    text = _("baris {row}") if numbers.isdecimal() else _("baris {rows}")
    return text.format(row=numbers, rows=numbers)
