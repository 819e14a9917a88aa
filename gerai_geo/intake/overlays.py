"""
`read_extra`: a further layer that is no forest function -> `record.ExtraLayer`.

Permits, the moratorium map, social and customary forest, concessions, releases: what kind a layer is, and which of its
columns says what, stands in `reference/overlays.toml`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.layers.decrees import cells_of, days_of
from gerai_geo.intake.layers.defects import told
from gerai_geo.intake.layers.source import located, read_layer
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import ExtraLayer
from gerai_geo.reference.overlays import overlay_kinds

_OTHER: Final = "other"


@localised
def read_extra(
    source: str | Path | GeoDataFrame,
    name: str | None = None,
    kind: str | None = None,
    crs: Any = None,
    layer: str | None = None,
    *,
    edition: str | None = None,
    lang: str | None = None,
) -> ExtraLayer:
    """
    Read a layer that findings shall mention: permits, PIPPIB, PPTPKH, social or customary forest, concessions ..

    Parameters
    ----------
    source
        Path of the layer (as for `read_forest`), or a table in memory.
    name
        What the findings call it, e.g. ``"PIPPIB 2026"``; the file's name where not given.
    kind
        A key of `reference/overlays.toml`: ``permit, pippib, pptpkh, social_forestry, customary_forest, concession,
        release, mismatch, other``. Where not given, the name tells it, else the columns, else the file's name.
    crs
        CRS of the layer, only for one that carries none.
    layer
        Name of the layer, for a file that holds several.
    edition
        Edition or decree of the layer, for the manifest.
    lang
        Language of the issues, ``id`` or ``en``.

    Returns
    -------
    extra
        Its table is `schema.EXTRA` in EPSG:4326 with the layer's further columns; index ``extra_id`` counts the
        features of the file from 1.

    Raises
    ------
    InputError
        If there is no such file, it is empty or holds no polygon, or the kind is not one of ours.
    CRSError
        If the layer carries no CRS and none is given.
    """
    notes: list[str] = []
    with told(notes):
        table, file, digest = read_layer(source, layer)
    name = (name or "").strip() or Path(file).stem
    if ";" in name:
        raise InputError(_("{name}: nama layer tidak boleh memuat titik koma.").format(name=name))
    kinds = overlay_kinds()
    if kind is not None and kind not in kinds:
        raise InputError(
            _("{name}: jenis {kind} tidak dikenal. Pakai salah satu dari: {known}.").format(
                name=name, kind=repr(kind), known=", ".join(kinds)
            )
        )
    if table.empty:
        raise InputError(_("{name}: layer kosong, tidak ada satu pun fitur. Periksa berkasnya.").format(name=file))
    table = located(table, crs, file, "--extra-crs")
    own = kind or _kind_of(table, name, file)
    about = kinds[own]
    shapes, repaired = geometry.repair(table.geometry.to_numpy())
    result = GeoDataFrame(
        {
            "label": cells_of(table, _column(table, about.label)),
            "decree": cells_of(table, _column(table, about.decree)),
            "decree_date": days_of(table, _column(table, about.decree_date)),
        },
        geometry=shapes,
        crs=schema.CRS,
    )
    result.index = pd.Index([str(i) for i in range(1, len(table) + 1)], name="extra_id", dtype="str")
    for c in table.columns:
        if c != table.geometry.name and c not in result.columns:
            result[c] = table[c].to_numpy()
    lost = shapely.is_missing(shapes)
    if lost.all():
        raise InputError(_("{name}: tidak ada poligon; layer tambahan harus berisi poligon.").format(name=file))
    issues = _told(name, file, own, kind is not None, int(repaired.sum()), int(lost.sum()))
    issues += [_noted(text, file) for text in notes]
    rows = schema.set_dtypes(result[~lost], "extra")
    return ExtraLayer(name, own, rows, file, digest, edition or "", issues_table(issues))


def _told(name: str, file: str, kind: str, given: bool, repaired: int, lost: int) -> list[dict[str, Any]]:
    """Issues of the layer itself: the kind it was taken for, what was mended and what was left aside."""
    rows = []
    title = overlay_kinds()[kind].title()
    if kind == _OTHER and not given:
        rows.append(
            issue_row(
                "extra_kind_unknown",
                _("Jenis layer {name} tidak diketahui dari nama dan kolomnya.").format(name=name),
                source=file,
                severity="info",
                suggestion=_("Sebutkan dengan nama yang memuat jenisnya, misalnya PBPH, PIPPIB, atau Hutan Desa."),
            )
        )
    elif not given:
        text = _("Layer {name} dibaca sebagai {title}.").format(name=name, title=title)
        rows.append(issue_row("extra_kind", text, source=file, severity="info"))
    if repaired:
        text = _("{n} poligon tidak sah (garis berpotongan dan sejenisnya); diperbaiki.")
        rows.append(issue_row("extra_repaired", text.format(n=number(repaired, 0)), source=file, severity="info"))
    if lost:
        text = _("{n} fitur tanpa geometri atau bukan poligon; dilewati.")
        rows.append(issue_row("extra_left_out", text.format(n=number(lost, 0)), source=file, severity="warning"))
    return rows


def _noted(text: str, file: str) -> dict[str, Any]:
    message = _("Pembaca berkas mencatat: {text}").format(text=text[:300])
    return issue_row("reader_warning", message, source=file)


def _kind_of(table: GeoDataFrame, name: str, file: str) -> str:
    """Kind that the name tells, else the columns, else the file's name."""
    there = {str(c).casefold() for c in table.columns}
    kinds = overlay_kinds()
    for text in (name, None, file):
        for key, kind in kinds.items():
            if text is None and any({f.casefold() for f in group} <= there for group in kind.fields):
                return key
            if text is not None and any(f" {word} " in _words(text) for word in kind.words):
                return key
    return _OTHER


def _words(text: str) -> str:
    return f" {re.sub(r'[^a-z0-9]+', ' ', text.casefold()).strip()} "


def _column(table: GeoDataFrame, names: tuple[str, ...]) -> str | None:
    """Name the first of these columns that is there with something in it."""
    there = {str(c).casefold(): str(c) for c in reversed(table.columns) if c != table.geometry.name}
    found = [there[n.casefold()] for n in names if n.casefold() in there]
    return next((c for c in found if table[c].notna().any()), None)
