"""What is missing from the files of a layer: refused, or accepted and said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.intake.layers.source import RawLayer
from gerai_geo.intake.tables.vector_tables import INCOMPLETE
from gerai_geo.records.issues import issue_row


def shortfall_issues(
    layers: Sequence[RawLayer], name: str, *, accepted: bool, refuse: bool = False
) -> list[dict[str, Any]]:
    """
    Issues of what is missing from a layer's files; pages that together hold all features of an export lack nothing.

    Parameters
    ----------
    layers
        The files of the layer.
    name
        Name of the layer for messages.
    accepted
        Whether the user accepts an incomplete layer.
    refuse
        Whether `covers` is given, which an incomplete layer can't have.

    Raises
    ------
    InputError
        If something is missing and the user has not accepted it, or it can't be accepted.
    """
    rows = sum(raw.features or len(raw.table) for raw in layers)
    found = [(raw.name, one) for raw in layers for one in raw.shortfalls if not 0 < one.expected <= rows]
    lost = [(file, one) for file, one in found if one.lost]
    if lost and not accepted:
        text = _(
            "{file}: layer ini tidak lengkap: {what}. Unduh atau minta ulang sampai lengkap; bila hanya ini yang ada, "
            "pakai accept_incomplete=True (--accept-incomplete): tanah di luar poligonnya tetap tidak diketahui."
        )
        raise InputError(text.format(file=lost[0][0], what="; ".join(one.text for _file, one in lost)))
    if lost and refuse:
        text = _(
            "{name}: layer yang tidak lengkap tidak dapat dianggap mencakup tanah tanpa poligon. Hapus --covers, atau "
            "unduh layernya sampai lengkap."
        )
        raise InputError(text.format(name=name))
    issues = []
    for file, one in found:
        text = _("{file}: {what}.") if not one.lost else _("Layer {file} dibaca tidak lengkap: {what}.")
        message = text.format(file=file, what=one.text)
        code, severity = ("layer_incomplete", "warning") if one.lost else ("file_counts", "info")
        hint = _("Unduh atau minta ulang berkasnya sampai lengkap.") if one.lost else None
        issues.append(issue_row(code, message, severity=severity, source=file, suggestion=hint))
    return issues


def refuse_incomplete(tables: Iterable[RawTable]) -> None:
    """
    Raise for a map that arrived without some of its shapes: its silence would count as free ground.

    Raises
    ------
    InputError
        With what is missing.
    """
    for issue in (issue for raw in tables for issue in raw.issues if issue["code"] == INCOMPLETE):
        raise InputError(f"{issue['message']} {issue['suggestion']}")
