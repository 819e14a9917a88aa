"""What is missing from files: a list tells, a layer is refused, or accepted by the user and told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.completeness import Shortfall
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.records.issues import issue_row

Found = Sequence[tuple[str, Shortfall]]
"""What is missing, each with the file it is missing from."""


def of_tables(tables: Iterable[RawTable]) -> Found:
    """List what is missing from the files of raw tables."""
    return [(raw.file, one) for raw in tables for one in raw.shortfalls]


def layer_shortfalls(
    found: Found, name: str, *, accepted: bool | None, rows: int = 0, covers: bool = False
) -> list[dict[str, Any]]:
    """
    Issues of what is missing from a layer; pages that together hold all features of an export lack nothing.

    Parameters
    ----------
    found
        What its files say of it.
    name
        Name of the layer for messages.
    accepted
        Whether the user accepts an incomplete layer; None where none can be accepted.
    rows
        Number of features read, of all files.
    covers
        Whether `covers` is given, which an incomplete layer can't have.

    Raises
    ------
    InputError
        If something is missing and the user has not accepted it, or it can't be accepted; with `covers` also if rows
        are marked as deleted.
    """
    found = [(file, one) for file, one in found if not 0 < one.expected <= rows]
    lost = [(file, one) for file, one in found if one.lost]
    if lost and not accepted:
        text = _(
            "{file}: layer ini tidak lengkap: {what}. Unduh atau minta ulang sampai lengkap; bila hanya ini yang ada, "
            "pakai accept_incomplete=True (--accept-incomplete): tanah di luar poligonnya tetap tidak diketahui."
        )
        if accepted is None:
            text = _("{file}: berkas ini tidak lengkap: {what}. Unduh atau minta ulang sampai lengkap.")
        raise InputError(text.format(file=lost[0][0], what="; ".join(one.text for _file, one in lost)))
    if lost and covers:
        text = _(
            "{name}: layer yang tidak lengkap tidak dapat dianggap mencakup tanah tanpa poligon. Hapus --covers, atau "
            "unduh layernya sampai lengkap."
        )
        raise InputError(text.format(name=name))
    doubtful = [(file, one) for file, one in found if one.deleted]
    if doubtful and covers:
        text = _(
            "{file}: {what}, jadi tanah tanpa poligon tidak dapat dianggap di luar kawasan hutan. Bila baris itu "
            "memang dihapus, simpan ulang sebagai berkas baru (di QGIS: Ekspor); bila tidak, minta berkas aslinya atau "
            "hapus --covers."
        )
        raise InputError(text.format(file=doubtful[0][0], what="; ".join(one.text for _file, one in doubtful)))
    text = _("Layer {file} dibaca tidak lengkap: {what}.")
    return [_issue(file, one, "layer_incomplete", text) for file, one in found]


def list_shortfalls(tables: Iterable[RawTable]) -> list[dict[str, Any]]:
    """Issues of what is missing from the files of a list, whose other rows are read all the same."""
    return [_issue(file, one, "file_incomplete", _("{file}: {what}.")) for file, one in of_tables(tables)]


def _issue(file: str, one: Shortfall, code: str, text: str) -> dict[str, Any]:
    if not one.lost:
        message = _("{file}: {what}.").format(file=file, what=one.text)
        if one.deleted:
            hint = _("Bila memang dihapus, abaikan; bila tidak, minta berkas aslinya.")
            return issue_row("rows_deleted", message, source=file, suggestion=hint)
        return issue_row("file_counts", message, severity="info", source=file)
    hint = _("Unduh atau minta ulang berkasnya sampai lengkap.")
    message = text.format(file=file, what=one.text)
    severity = "error" if one.member else "warning"
    return issue_row(code, message, severity=severity, source=file, value=one.expected or None, suggestion=hint)
