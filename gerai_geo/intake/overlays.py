"""
Read overlay layers: permits, moratorium map, social and customary forest, concessions, releases.

Their kinds, and the columns of each, are in `reference/overlays.toml`.
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
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.layers.decrees import column_dates, column_texts
from gerai_geo.intake.layers.defects import collect_warnings
from gerai_geo.intake.layers.shortfalls import layer_shortfalls
from gerai_geo.intake.layers.source import Claim, read_source
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import ExtraLayer
from gerai_geo.reference.overlays import overlay_kinds

_OTHER: Final = "other"


@typed
@localised
def read_extra(
    source: str | Path | GeoDataFrame,
    name: str | None = None,
    kind: str | None = None,
    crs: Any = None,
    layer: str | None = None,
    *,
    edition: str | None = None,
    accept_incomplete: bool = False,
    lang: str | None = None,
) -> ExtraLayer:
    """
    Read an overlay layer to check sites against: permits, PIPPIB, PPTPKH, social or customary forest, concessions ..

    Parameters
    ----------
    source
        Path of the layer (as for `read_forest`), or a table in memory.
    name
        Name in the findings, e.g. ``"PIPPIB 2026"``; by default the file's name.
    kind
        A key of `reference/overlays.toml`: ``permit, pippib, pptpkh, social_forestry, customary_forest, concession,
        release, mismatch, other``. By default recognised by the name, else the columns, else the file's name.
    crs
        CRS of a layer without one, or with a wrong one: it is used instead of the file's where it can be true.
    layer
        Name of the layer in a file of several.
    edition
        Edition or decree of the layer, for the manifest.
    accept_incomplete
        Whether to read a file of which a part is missing.
    lang
        Language of the issues, ``id`` or ``en``.

    Returns
    -------
    extra
        Its table is `schema.EXTRA` in EPSG:4326 with the layer's own columns; index ``extra_id`` counts the
        features of the file from 1.

    Raises
    ------
    InputError
        If the file does not exist, is empty, incomplete or without polygons, or the kind is unknown.
    CRSError
        If the layer has no CRS or one that can't be true, and none that can be true is given.
    """
    with collect_warnings() as messages:
        raw = read_source(source, layer, Claim(crs, "--extra-crs"))
    table, file = raw.table, raw.name
    name = (name or "").strip() or Path(file).stem
    if ";" in name:
        raise InputError(_("{name}: nama layer tidak boleh memuat titik koma.").format(name=name))
    kinds = overlay_kinds()
    if kind is not None and kind not in kinds:
        text = _("{name}: jenis {kind} tidak dikenal. Pakai salah satu dari: {known}.")
        raise InputError(text.format(name=name, kind=repr(kind), known=", ".join(kinds)))
    if table.empty:
        raise InputError(_("{name}: layer kosong, tidak ada satu pun fitur. Periksa berkasnya.").format(name=file))
    missing = [(file, one) for one in raw.shortfalls]
    gaps = layer_shortfalls(missing, file, accepted=accept_incomplete, rows=raw.features or len(table))
    layer_kind = kind or _kind_of(table, name, file)
    columns = kinds[layer_kind]
    shapes, repaired = geometry.repair(table.geometry.to_numpy(), raw.sound)
    result = GeoDataFrame(
        {
            "label": column_texts(table, _column(table, columns.label)),
            "decree": column_texts(table, _column(table, columns.decree)),
            "decree_date": column_dates(table, _column(table, columns.decree_date)),
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
    issues = [*gaps, *raw.issues, *([] if kind else [_kind_issue(name, file, layer_kind)])]
    if repaired.any():
        text = _("{n} poligon tidak sah (garis berpotongan dan sejenisnya); diperbaiki.").format(
            n=number(int(repaired.sum()), 0)
        )
        issues.append(issue_row("extra_repaired", text, source=file, severity="info"))
    if lost.any():
        text = _("{n} fitur tanpa geometri atau bukan poligon; dilewati.").format(n=number(int(lost.sum()), 0))
        issues.append(issue_row("extra_left_out", text, source=file))
    for message in messages:
        text = _("Pembaca berkas mencatat: {text}").format(text=message[:300])
        issues.append(issue_row("reader_warning", text, source=file))
    rows = schema.set_dtypes(result[~lost], "extra")
    if raw.write_cache is not None:
        raw.write_cache()
    return ExtraLayer(name, layer_kind, rows, file, raw.sha256, edition or "", issues_table(issues), raw.crs)


def _kind_issue(name: str, file: str, kind: str) -> dict[str, Any]:
    if kind == _OTHER:
        text = _("Jenis layer {name} tidak diketahui dari nama dan kolomnya.").format(name=name)
        hint = _("Sebutkan dengan nama yang memuat jenisnya, misalnya PBPH, PIPPIB, atau Hutan Desa.")
        return issue_row("extra_kind_unknown", text, source=file, severity="info", suggestion=hint)
    text = _("Layer {name} dibaca sebagai {title}.").format(name=name, title=overlay_kinds()[kind].title())
    return issue_row("extra_kind", text, source=file, severity="info")


def _kind_of(table: GeoDataFrame, name: str, file: str) -> str:
    """Kind of a layer by its name, else its columns, else the file's name."""
    columns = {str(c).casefold() for c in table.columns}
    kinds = overlay_kinds()
    for text in (name, None, file):
        for key, kind in kinds.items():
            if text is None and any({f.casefold() for f in group} <= columns for group in kind.fields):
                return key
            if text is not None and any(f" {word} " in _words(text) for word in kind.words):
                return key
    return _OTHER


def _words(text: str) -> str:
    return f" {re.sub(r'[^a-z0-9]+', ' ', text.casefold()).strip()} "


def _column(table: GeoDataFrame, names: tuple[str, ...]) -> str | None:
    """First of these columns that is present and not empty."""
    by_name = {str(c).casefold(): str(c) for c in reversed(table.columns) if c != table.geometry.name}
    found = [by_name[n.casefold()] for n in names if n.casefold() in by_name]
    return next((c for c in found if table[c].notna().any()), None)
