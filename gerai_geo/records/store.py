"""Screenings saved to a folder and read back, so that every output can be made again from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from pyogrio.errors import DataLayerError, DataSourceError

from gerai_geo import schema
from gerai_geo.core.file_digest import SEAL
from gerai_geo.engine.drawing_levels import simplified
from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, localised, localised_as_result
from gerai_geo.records.atomic_write import ADDED, MANIFEST, OURS, read_manifest, replacing
from gerai_geo.records.decisions.layer_decisions import as_computed, shown_screening, values_before
from gerai_geo.records.geopackage import (
    count_rows,
    describe_layers,
    read_layer,
    write_csv,
    write_layer,
    write_plain_csv,
    write_single_kinds,
)
from gerai_geo.records.issues import closing_notes, head_notes
from gerai_geo.records.models import ExtraLayer, Screening
from gerai_geo.records.progress.numbering import numbered
from gerai_geo.records.provenance.stored_layer import CONTENT, stored_layer_digest
from gerai_geo.records.qgis_styles import add_styles, function_style, status_style

GEOPACKAGE: Final = "findings.gpkg"
FOREST_LAYER: Final = "forest_display"
EXTRA_LAYER: Final = "extra_{n}"
COMPUTED_LAYER: Final = "findings_computed"
_ALWAYS: Final = ("findings", "overlaps", "issues")
"""Layers of every saved screening."""
_POINTS: Final = "findings_points"
_PARCELS: Final = "findings_parcels"
"""Views of the findings, each of one geometry type, where they have both."""
_COMPUTED_COUNTS: Final = "computed_counts"
_STORED: Final = frozenset({"tables", "files", ADDED, SEAL, _COMPUTED_COUNTS})
"""Keys of the manifest that describe the folder, not the screening."""
OF_PROGRAMME: Final = ("targets", "villages")
"""Tables of a screening on the programme, written where they have rows."""
DISPLAY_TOLERANCE_M: Final = 10.0
"""Tolerance of layers that are saved for drawing."""
EXACT: Final = "exact_m"
"""Attribute of the forest layer of a saved screening: distance around the sites within which it has every vertex."""
_EXACT_M: Final = 2_000.0
_MOST_EXACT: Final = 5_000
"""Sites above which nearly all of the layer would be kept."""


@typed
@localised_as_result
def write_screening(screening: Screening, folder: str | Path, *, lang: str | None = None) -> Path:
    """
    Save a screening: ``findings.gpkg`` (with QGIS styles), ``findings.csv`` and ``manifest.json``.

    With targets or stages of buildings there is ``progress.csv`` too (the `schema.PROGRESS` table).
    The layers of the GeoPackage are ``findings``, ``overlaps``, ``issues`` and, where there are any, ``followup``,
    ``targets``, ``villages``, ``forest_display``, and ``extra_1`` .. for overlay layers; the last two are simplified by
    up to 10 m, for drawing only, but within 2 km of a site the forest layer is as it was read. Outputs of the same
    screening in the folder (maps, lists) stay; those of another one are removed.

    Where people decided that the layer does not hold at a site, all files have the decided status, and the columns of
    `schema.DECISIONS`; what was computed is in a layer ``findings_computed``, from which `read_screening` restores it.

    Parameters
    ----------
    screening
        From `screen`.
    folder
        New, empty, or written by gerai_geo before; replaced whole or not at all, see `replacing`.
    lang
        Language of legends and messages: ``id`` or ``en``; by default the screening's own.

    Returns
    -------
    folder
        The same folder.

    Raises
    ------
    OutputError
        If the folder holds other files, or can't be written.
    SchemaError
        If the findings don't keep their contract.
    """
    folder = Path(folder)
    before = read_manifest(folder)
    same = before is not None and _record_manifest(before) == _plain(screening.manifest)
    with replacing(folder, update=same) as new:
        new.mkdir()
        notes = write_layers(screening, new)
        write_csv_tables(screening, new)
        write_manifest(screening, new, notes)
    return folder


def write_layers(screening: Screening, folder: Path) -> dict[str, Any]:
    """Write ``findings.gpkg`` of a screening into a new folder; returns what its manifest has to say of each layer."""
    schema.check_table(screening.findings, "findings")
    notes = write_geopackage(screening, folder / GEOPACKAGE)
    return {k: v | {CONTENT: stored_layer_digest(folder / GEOPACKAGE, k, v)} for k, v in notes.items()}


def write_csv_tables(screening: Screening, folder: Path) -> None:
    """Write ``findings.csv`` of a screening, and ``progress.csv`` if it has progress, into a new folder."""
    write_csv(shown_screening(screening).findings, folder / "findings.csv", notice(screening))
    if has_progress(screening):
        write_plain_csv(screening.progress, folder / "progress.csv", notice(screening))


RESULT_PARTS: Final[dict[str, Callable[[Screening, Path], Any]]] = {"layers": write_layers, "csv": write_csv_tables}
"""Parts of a result that either process of a job writes, whichever has time first."""


def write_manifest(screening: Screening, folder: Path, notes: dict[str, Any]) -> None:
    """Write ``manifest.json`` of a screening into a new folder, with the notes of `write_layers`."""
    manifest = _plain(screening.manifest)
    counts = shown_screening(screening).manifest.get("counts")
    if counts != screening.manifest.get("counts"):
        manifest |= {"counts": counts, _COMPUTED_COUNTS: manifest["counts"]}
    text = json.dumps(manifest | {"tables": notes}, ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


@typed
@localised
def read_screening(folder: str | Path, *, lang: str | None = None) -> Screening:
    """
    Read a screening saved by `write_screening`.

    Returns
    -------
    screening
        Equal to the one saved, except `Screening.forest` and `Screening.extra`, simplified by up to 10 m. Within 2 km
        of the sites the forest layer has every vertex.

    Raises
    ------
    InputError
        If the folder isn't a saved screening, is damaged, or has lost rows.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if manifest is None or "tables" not in manifest or not (folder / GEOPACKAGE).is_file():
        raise InputError(
            _(
                "{folder}: bukan folder hasil penapisan (perlu manifest.json dan findings.gpkg). "
                "Buat dulu dengan: gerai-geo run TITIK --forest KAWASAN -o {folder}"
            ).format(folder=folder)
        )
    notes = manifest["tables"]
    try:
        layers = dict.fromkeys((*_ALWAYS, *notes))
        tables = {layer: read_layer(folder / GEOPACKAGE, layer, notes[layer]) for layer in layers}
        _refuse_unknown(tables["findings"])
    except (DataSourceError, DataLayerError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            _("{file}: rusak atau sudah diubah ({error}). Jalankan penapisan sekali lagi.").format(
                file=folder / GEOPACKAGE, error=error
            )
        ) from error
    for layer, table in tables.items():
        if len(table) != notes[layer].get("rows"):
            raise InputError(
                _(
                    "{file}: layer {layer} berisi {now} baris, padahal hasil penapisan mencatat {then}. "
                    "Jalankan penapisan sekali lagi."
                ).format(file=folder / GEOPACKAGE, layer=layer, now=len(table), then=notes[layer].get("rows", "–"))
            )
    if FOREST_LAYER in tables:
        tables[FOREST_LAYER].attrs[EXACT] = float(notes[FOREST_LAYER].get(EXACT, 0.0))
    findings = tables["findings"]
    if COMPUTED_LAYER in tables:
        findings = as_computed(findings, tables[COMPUTED_LAYER])
    return Screening(
        numbered(findings),
        tables["overlaps"],
        tables["issues"],
        _record_manifest(manifest),
        tables.get(FOREST_LAYER),
        followup=tables.get("followup", schema.followup_table()),
        extra=tuple(ExtraLayer(table=tables[n], **about["extra"]) for n, about in notes.items() if "extra" in about),
        **{name: tables[name] for name in OF_PROGRAMME if name in tables},
    )


def _refuse_unknown(findings: pd.DataFrame) -> None:
    """Raise a ValueError where findings hold a status or an action that there is not."""
    for name in ("status", "nominal_status", "action"):
        unknown = sorted(set(findings[name].dropna().astype(str)) - set(schema.FINDINGS[name].allowed))
        if unknown:
            raise ValueError(f"{name} {unknown[0]!r}")


def read_shown(folder: Path) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Read findings and issues of a saved screening, as its outputs show them."""
    notes = (read_manifest(folder) or {}).get("tables", {})
    try:
        findings, issues = (read_layer(folder / GEOPACKAGE, layer, notes[layer]) for layer in ("findings", "issues"))
    except (DataSourceError, DataLayerError, KeyError, TypeError, ValueError) as error:
        text = _("{file}: rusak atau sudah diubah ({error}). Jalankan penapisan sekali lagi.")
        raise InputError(text.format(file=folder / GEOPACKAGE, error=error)) from error
    return findings, issues


def has_progress(screening: Screening) -> bool:
    """
    Whether targets or stages of buildings were given, so that there is progress to show.

    There is none for a part of a screening: counts of some sites are no progress of their regency.
    """
    if screening.manifest.get("selected"):
        return False
    staged = schema.column_of(screening.findings, "recorded_stage").notna().any()
    unlisted = (screening.manifest.get("recorded") or {}).get("unlisted") or []
    return bool(len(screening.targets)) or bool(staged) or any(row["stage"] for row in unlisted)


def notice(screening: Screening) -> str:
    """Disclaimer of a screening, after the notes that head every output."""
    return " ".join([*head_notes(screening), *closing_notes(screening.manifest)])


def write_geopackage(screening: Screening, path: Path) -> dict[str, Any]:
    """
    Write all tables of a screening and their QGIS styles into a new GeoPackage.

    Parameters
    ----------
    screening
        The screening.
    path
        A file that doesn't exist yet.

    Returns
    -------
    notes
        What is needed to read the tables back unchanged, by layer.

    Raises
    ------
    OutputError
        If a layer has not all rows after writing.
    """
    findings = shown_screening(screening).findings
    tables: dict[str, pd.DataFrame] = {
        "findings": findings.rename_axis(findings.index.name or "site_id"),
        "overlaps": screening.overlaps,
        "issues": screening.issues,
    }
    if len(before := values_before(screening)):
        tables[COMPUTED_LAYER] = before.rename_axis("site_id")
    if len(screening.followup):
        schema.check_table(screening.followup, "followup")
        tables["followup"] = screening.followup.rename_axis("site_id")
    for name in OF_PROGRAMME:
        if len(table := getattr(screening, name)):
            schema.check_table(table, name)
            tables[name] = table
    kinds = findings.geometry.geom_type.dropna()
    points = kinds == "Point"
    symbols = ["marker"] * bool(points.any() or points.empty) + ["fill"] * bool((~points).any())
    styles = [status_style("findings", symbols)]
    views = {}
    if len(symbols) > 1:
        views = {"POINT": _POINTS, "MULTIPOLYGON" if "MultiPolygon" in set(kinds) else "POLYGON": _PARCELS}
        styles += [status_style(_POINTS, ["marker"]), status_style(_PARCELS, ["fill"])]
    if screening.forest is not None:
        exact_m = _exact_m(screening)
        tables[FOREST_LAYER] = for_display(screening.forest, findings.geometry if exact_m else None)
        styles.append(function_style(FOREST_LAYER))
    for n, extra in enumerate(screening.extra, 1):
        tables[EXTRA_LAYER.format(n=n)] = for_display(extra.table)
    notes = {layer: write_layer(table, path, layer) for layer, table in tables.items()}
    if screening.forest is not None:
        notes[FOREST_LAYER][EXACT] = exact_m
    for n, extra in enumerate(screening.extra, 1):
        about = {k: getattr(extra, k) for k in ("name", "kind", "source", "sha256", "edition")}
        notes[EXTRA_LAYER.format(n=n)]["extra"] = about
    single_kinds = write_single_kinds(path, "findings", views)
    add_styles(path, styles)
    describe_layers(path, [*tables, *single_kinds], notice(screening), screening.manifest.get("created"))
    for layer, table in tables.items():
        notes[layer]["rows"] = count_rows(path, layer)
        if notes[layer]["rows"] != len(table):
            raise OutputError(
                _("{file}: layer {layer} tidak tertulis lengkap. Ulangi.").format(file=path.name, layer=layer)
            )
    return notes


def _record_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    """Manifest of a screening from that of its folder, which counts what people are shown."""
    record = {k: v for k, v in manifest.items() if k not in _STORED}
    return record | ({"counts": manifest[_COMPUTED_COUNTS]} if _COMPUTED_COUNTS in manifest else {})


def _plain(manifest: dict[str, Any]) -> dict[str, Any]:
    """Manifest with our version and the types of JSON: numpy's numbers as numbers, paths and dates as text."""
    copy: dict[str, Any] = json.loads(
        json.dumps(manifest, default=lambda v: v.item() if hasattr(v, "item") else str(v))
    )
    copy.setdefault("versions", {}).setdefault(OURS, version(OURS))
    return {k: v for k, v in copy.items() if k not in _STORED}


def _exact_m(screening: Screening) -> float:
    """Distance around the sites within which the saved layer keeps every vertex; 0 for a very long list."""
    if screening.forest is None or len(screening.findings) > _MOST_EXACT:
        return 0.0
    return float(min(_EXACT_M, screening.forest.attrs.get(EXACT, _EXACT_M)))


def for_display(table: GeoDataFrame, sites: geopandas.GeoSeries | None = None) -> GeoDataFrame:
    """Layer simplified for drawing, as it is saved: near sites it keeps every vertex, to judge other places there."""
    places = None
    if sites is not None:
        places = shapely.get_coordinates(sites[sites.notna()].to_numpy())
        places = places[np.isfinite(places).all(axis=1)]
    shapes = simplified(table, table.geometry.to_numpy(), DISPLAY_TOLERANCE_M, places, _EXACT_M)
    return table.set_geometry(geopandas.GeoSeries(shapes, table.index, crs=table.crs))
