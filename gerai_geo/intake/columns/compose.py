"""
Tables brought to one row a site and one column a coordinate, before roles are given to columns.

Joined are degrees, minutes and seconds in columns of their own, and hemispheres (LS, BT); two tables side by side on
one sheet are cut apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from gerai_geo.core.name_keys import plain
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns.area_units import read_quantity
from gerai_geo.intake.files.raw_table import RawTable, column_texts, is_blank
from gerai_geo.intake.tables.column_names import POSITION_ROLES, has_position, roles_of, spaced, word_lists, words_of
from gerai_geo.records.issues import issue_row

_MARKS: Final = ("°", "'", '"')


def join_coordinate_columns(raw: RawTable, given: Mapping[str, str]) -> list[RawTable]:
    """
    Split tables that stand side by side, and join the columns of each coordinate into one.

    Parameters
    ----------
    given
        Columns that the user named, by role; where they give positions, nothing is changed.

    Returns
    -------
    raw_tables
        One for each table side by side; the table itself where nothing had to be joined.
    """
    if raw.geometry is not None or len(raw.table.columns) < 3 or not POSITION_ROLES.isdisjoint(given):
        return [raw]
    return [_join_columns(part) for part in _split_side_by_side(raw)]


def _base(name: object) -> str:
    """Heading without the ending that made it unique."""
    return re.sub(r"_\d$", "", str(name))


def _quantity(name: object) -> str:
    """Heading without its ending and units of angles, which the columns of one coordinate have in common."""
    return " ".join(w for w in plain(_base(name)).split() if w not in words_of("angle_units"))


def _axis(heading: str) -> str | None:
    roles = dict(roles_of(heading))
    return next((r for r in ("latitude", "longitude") if r in roles), None)


def _split_side_by_side(raw: RawTable) -> list[RawTable]:
    """Split a table where its headings repeat, if each part has coordinates and another column of its own."""
    names = [str(c) for c in raw.table.columns]
    bases = [_base(n) for n in names]
    cut = next((n for n, (name, base) in enumerate(zip(names, bases, strict=True)) if name != base), None)
    if cut is None:
        return [raw]
    halves = left, right = bases[:cut], bases[cut:]
    positions = all(has_position(role for b in half for role, _rank in roles_of(b)[:1]) for half in halves)
    others = all(
        any(POSITION_ROLES.isdisjoint(dict(roles_of(b))) and not b.startswith("kolom ") for b in half)
        for half in halves
    )
    if not (positions and others and set(right) <= set(left)) or len(set(right)) < len(right):
        return [raw]
    parts = []
    for n, columns in enumerate((names[:cut], names[cut:]), 1):
        table = raw.table[columns].rename(columns=dict(zip(columns, map(_base, columns), strict=True)))
        kept = [i for i in range(len(table)) if any(not is_blank(t) for t in map(_text, table.iloc[i].tolist()))]
        parts.append(
            replace(
                raw,
                table=table.iloc[kept].reset_index(drop=True),
                rows=[raw.rows[i] for i in kept],
                stem=f"{raw.stem}-{n}",
                issues=raw.issues if n == 1 else [],
                shortfalls=raw.shortfalls if n == 1 else [],
            )
        )
    return parts


def _text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value)


def _join_columns(raw: RawTable) -> RawTable:
    """Join the columns of each coordinate into one, and leave out a row of units under the heading."""
    runs: list[tuple[str, list[str]]] = []  # axis of a coordinate, and the adjacent columns of it
    for c in map(str, raw.table.columns):
        quantity = _quantity(c)
        axis = _axis(quantity) or _axis(_base(c))
        if runs and axis and axis == runs[-1][0] and quantity == _quantity(runs[-1][1][0]):
            runs[-1][1].append(c)
        else:
            runs.append((axis or "", [c]))
    cells = {c: column_texts(raw.table[c]) for axis, run in runs for c in run if axis}
    if _is_unit_row([cells[c] for axis, run in runs if axis and len(run) > 1 for c in run]):
        raw = _without_first(raw)
        cells = {c: texts[1:] for c, texts in cells.items()}
    table = raw.table
    for n, (axis, run) in enumerate(runs):
        if not axis or run[0] not in table:
            continue
        following = runs[n + 1][1] if n + 1 < len(runs) else []
        before = runs[n - 1][1] if n > 0 and not runs[n - 1][0] else []
        headed = (c for c in map(str, table.columns) if _names_hemisphere(c, axis))
        wanted = dict.fromkeys((*run[1:], *following, *before, *headed))
        candidates = ((c, column_texts(table[c])) for c in wanted if c in table)
        hemisphere, letters = next(((c, t) for c, t in candidates if _are_hemispheres(t, axis)), (None, []))
        numbers = [c for c in run if c != hemisphere]
        joined = _joined([cells[c] for c in numbers])
        if joined is None or (len(numbers) == 1 and hemisphere is None):
            continue
        if hemisphere is not None:
            joined = [_with_hemisphere(t, h, axis) for t, h in zip(joined, letters, strict=True)]
        table = table.assign(**{run[0]: pd.Series(joined, dtype="str", index=table.index)})
        table = table.drop(columns=[c for c in (*numbers[1:], hemisphere) if c is not None])
    return raw if table is raw.table else replace(raw, table=table)


def _is_unit_row(columns: list[list[str | None]]) -> bool:
    """Whether the first row of the columns of a coordinate only names their units."""
    first = [(texts[0] or "").strip().casefold() for texts in columns if texts]
    filled = [t for t in first if t]
    known = words_of("angle_units").union(*word_lists("hemisphere_cells").values())
    return len(filled) >= 2 and all(t in known or "/" in t for t in filled)


def _without_first(raw: RawTable) -> RawTable:
    shown = " | ".join(t for t in map(_text, raw.table.iloc[0].tolist()) if t)
    issue = issue_row(
        "heading_row", _("Judul kolom yang diulang; bukan titik."), severity="info", source=raw.source,
        source_row=raw.rows[0], value=shown[:200],
    )  # fmt: skip
    table = raw.table.iloc[1:].reset_index(drop=True)
    return replace(raw, table=table, rows=raw.rows[1:], issues=[*raw.issues, issue])


def _are_hemispheres(texts: list[str | None], axis: str) -> bool:
    letters = [t.strip().casefold() for t in texts if t is not None and not is_blank(t)]
    return bool(letters) and words_of("hemisphere_cells", axis).issuperset(letters)


def _with_hemisphere(text: str | None, hemisphere: str | None, axis: str) -> str | None:
    """Text of an angle with its hemisphere behind it, unless it names one itself."""
    if text is None or hemisphere is None or is_blank(hemisphere):
        return text
    words = re.findall(r"[a-z.]+", text.casefold())
    own = {w for w in (*words[:1], *words[-1:]) if w.strip(".") in words_of("hemisphere_cells", axis)}
    return text if own else f"{text} {hemisphere}"


def _names_hemisphere(heading: str, axis: str) -> bool:
    """Whether a heading is that of the hemispheres of an axis: GPSLatitudeRef, N/S."""
    key = plain(spaced(_base(heading)))
    words = set(key.split())
    of_axis = words & (words_of("roles", axis) | words_of("hemisphere_cells", axis))
    return bool(of_axis and words & words_of("hemisphere_columns")) or key in words_of("hemisphere_columns", axis)


def _joined(columns: list[list[str | None]]) -> list[str | None] | None:
    """Degrees, minutes and seconds of a column each as one text a row; None where the columns are something else."""
    if len(columns) == 1:
        return columns[0]
    if len(columns) > 3:
        return None
    result: list[str | None] = []
    for parts in zip(*columns, strict=True):
        filled = [str(p).strip() for p in parts if not is_blank(p)]
        values = [read_quantity(p.lstrip("+-−").rstrip("°'\"′″º"), thousands=False) for p in filled]
        if not filled:
            result.append(None)
            continue
        integers = [v is not None and v.is_integer() for v in values[:-1]]
        if None in values or not all(integers) or any(v is None or v > 60 for v in values[1:]) or is_blank(parts[0]):
            return None
        result.append("".join(p.rstrip("°'\"′″º") + mark for p, mark in zip(filled, _MARKS, strict=False)))
    return result
