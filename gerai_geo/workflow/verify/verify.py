"""`verify`: whether a saved result still is what was made."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, ParamSpec

import pandas as pd

from gerai_geo.core.file_digest import SEAL
from gerai_geo.errors import GeraiGeoError, InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.atomic_write import MANIFEST, read_manifest
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.models import Screening
from gerai_geo.records.store import GEOPACKAGE, read_screening
from gerai_geo.screening.large.screen_file import KEY as CHUNKS
from gerai_geo.workflow.verify.files import check_files, file_states
from gerai_geo.workflow.verify.inputs import check_inputs
from gerai_geo.workflow.verify.pages import check_index, check_maps
from gerai_geo.workflow.verify.record import check_manifest, check_record, check_rows_in, check_seal_above, error_text
from gerai_geo.workflow.verify.report import Check, SavedResult, Verification, checks_table, in_folder, some
from gerai_geo.workflow.verify.tables import check_csv, check_geopackage, check_parts, read_parts
from gerai_geo.workflow.verify.workbooks import check_workbooks

PROVINCES: Final = "provinces"
"""Key in a manifest above the results of provinces: their folders."""
_LEAST_SEAL: Final = 8
_BROKEN: Final = (
    ArithmeticError, AttributeError, GeraiGeoError, LookupError, OSError, RuntimeError, TypeError, ValueError,
    sqlite3.Error,
)  # fmt: skip
"""Errors of reading what people or damage made something else of."""
P = ParamSpec("P")


@typed
@localised
def verify(
    folder: str | Path,
    *,
    inputs: str | Path | Sequence[str | Path] = (),
    seal: str | None = None,
    lang: str | None = None,
) -> Verification:
    """
    Verify that a saved result still is what was made: files, inputs, counts, and every output against the findings.

    Edits that results allow (yellow cells of the workbook, files of one's own, another place for the folder) are told
    and no failure. Checksums and the seal of the manifest have no secret in them: they find damage, exchanged files and
    careless edits. Against someone who makes them anew, keep the seal elsewhere, in the minutes for example, and give
    it as ``seal``.

    Parameters
    ----------
    folder
        Written by `write_screening`, `screen_file`, or ``gerai-geo run``, with ``--per-province`` too.
    inputs
        Where the files are that the result was made of, if not where they were: files, or folders in which they are
        looked for by name. An input that is gone is told, and no failure.
    seal
        Seal of the manifest as written down: its first 8 digits (0-9, a-f) or more, small or capital, with or without
        blanks and hyphens between them. Of results by province that of the folder above, which holds for all below.
    lang
        Language of the sentences, ``id`` or ``en``.

    Returns
    -------
    verification
        See `Verification`.

    Raises
    ------
    InputError
        If the folder isn't a result, or the seal can't be one.
    """
    folder = Path(folder)
    places = [Path(p) for p in ([inputs] if isinstance(inputs, str | Path) else inputs)]
    if missing := [p for p in places if not p.exists()]:
        raise InputError(_("{path}: tidak ada berkas atau folder ini.").format(path=missing[0]))
    manifest = read_manifest(folder)
    if manifest is None:
        return _without_manifest(folder)
    written_down = None if seal is None else written_seal(seal)
    checks = [check_manifest(manifest, written_down)]
    checks += _told("manifest", _checks, folder, manifest, places, sealed=seal is not None)
    return Verification(checks_table(checks), str(manifest.get(SEAL) or ""))


def written_seal(text: str) -> str:
    """
    Digits of a seal as people write it, in groups.

    Raises
    ------
    InputError
        If it can't be one.

    Examples
    --------
    >>> written_seal("3F2A 91BC-04d7")
    '3f2a91bc04d7'
    """
    digits = "".join(c for c in text.lower() if c.isalnum())
    if len(digits) < _LEAST_SEAL or set(digits) - set("0123456789abcdef"):
        raise InputError(_("{seal}: bukan segel. Tulis 8 angka pertamanya atau lebih (0-9, a-f).").format(seal=text))
    return digits


def _without_manifest(folder: Path) -> Verification:
    """Verification of a result whose manifest is damaged; raises where there is none."""
    if not (folder / MANIFEST).is_file():
        text = _(
            "{folder}: bukan folder hasil penapisan (perlu manifest.json dan findings.gpkg). "
            "Buat dulu dengan: gerai-geo run TITIK --forest KAWASAN -o {folder}"
        )
        raise InputError(text.format(folder=folder))
    try:
        json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        text, cause = _("manifest.json bukan catatan gerai-geo lagi; tanpa itu hasil tidak dapat diperiksa."), "people"
    except (OSError, ValueError, RecursionError):
        text, cause = _("manifest.json rusak; tanpa itu hasil tidak dapat diperiksa. Ambil dari salinan."), "damage"
    return Verification(checks_table([Check("manifest", "mismatch", text, MANIFEST, cause)]), "")


def _told(part: str, check: Callable[P, list[Check]], *arguments: P.args, **options: P.kwargs) -> list[Check]:
    """Rows of a check; one that fails where manifest or files are no longer such as this package writes."""
    try:
        return check(*arguments, **options)
    except _BROKEN as error:
        text = _("Tidak dapat diperiksa: manifest.json atau berkasnya bukan lagi seperti yang ditulis gerai-geo "
                 "({error}).")  # fmt: skip
        return [Check(part, "mismatch", text.format(error=error_text(error)), cause="damage")]


def _checks(folder: Path, manifest: dict[str, Any], places: Sequence[Path], *, sealed: bool = False) -> list[Check]:
    if isinstance(manifest.get(PROVINCES), list):
        return _provinces(folder, manifest, places, sealed=sealed)
    screening, shown, error = _read(folder, manifest)
    result = SavedResult(folder, manifest, screening, shown, file_states(folder, manifest))
    checks = [*_told("inputs", check_inputs, result, places), *check_record(result, _told)]
    if CHUNKS in manifest:
        explained: list[Check] = _told("findings", check_parts, result) if shown is not None else []
        if error is not None:
            explained = [Check("findings", "mismatch", error, cause="damage")]
    else:
        explained = _told("geopackage", check_geopackage, result, error)
        sound = not any(check.outcome == "mismatch" for check in explained)
        explained += _told("findings", check_csv, result)
        if sound:  # else the outputs would be blamed for what the findings lost
            explained += _told("workbook", check_workbooks, result)
            explained += [*_told("maps", check_maps, result), *_told("index", check_index, result)]
    told = frozenset(check.item for check in explained if check.item is not None)
    return [*checks, *_told("files", check_files, result, told), *explained]


def _read(folder: Path, manifest: dict[str, Any]) -> tuple[Screening | None, pd.DataFrame | None, str | None]:
    """Screening, findings as shown, and why they can't be read where they can't."""
    try:
        if CHUNKS in manifest:
            return None, read_parts(folder), None
        if not (folder / GEOPACKAGE).is_file():
            return None, None, None
        screening = read_screening(folder)
        return screening, shown_screening(screening).findings, None
    except _BROKEN as error:
        return None, None, error_text(error)


def _provinces(folder: Path, manifest: dict[str, Any], places: Sequence[Path], *, sealed: bool) -> list[Check]:
    """
    Check the folder above the results of provinces, and each of them.

    Parameters
    ----------
    sealed
        Whether its seal was written down, which holds for the results below too.
    """
    rows = [row for row in manifest[PROVINCES] if isinstance(row, dict) and isinstance(row.get("folder"), str)]
    former = [str(name) for name in manifest.get("former") or []]
    names = [row["folder"] for row in rows]
    apart = frozenset([*names, *former])
    result = SavedResult(folder, manifest, None, None, file_states(folder, manifest, apart))
    checks = check_files(result, frozenset())
    undone = [row["folder"] for row in rows if not row.get("done")]
    if undone:
        text = _("Belum selesai: {names}. Jalankan perintah yang sama sekali lagi.")
        checks.append(Check("provinces", "mismatch", text.format(names=some(undone)), cause="damage"))
    found = 0
    for row in rows:
        name = row["folder"]
        below = read_manifest(folder / name) if Path(name).name == name else None
        if below is None:
            if row.get("done"):
                text = _("Hasil provinsi ini tidak ada lagi atau rusak.")
                checks.append(Check("provinces", "mismatch", text, name, "people", name))
            continue
        counted = (below.get("counts") or {}).get("rows")
        found += counted if isinstance(counted, int) else 0
        if row.get("done") and counted != row.get("rows"):
            text = _("{counted} titik, padahal menurut folder di atasnya {rows}.")
            text = text.format(counted=counted, rows=row.get("rows"))
            checks.append(Check("provinces", "mismatch", text, name, "another", name))
        rest = _told("manifest", _checks, folder / name, below, places)
        checks += in_folder([check_seal_above(below, row, sealed=sealed), *rest], name)
    if not undone:
        checks += check_rows_in(manifest, found, chosen=not any(SEAL in row for row in rows))
        text = _("{n} provinsi, {rows} titik; setiap hasilnya diperiksa sendiri.")
        checks.append(Check("provinces", "same", text.format(n=number(len(rows), 0), rows=number(found, 0))))
    return checks
