"""`screen`: sites against a kawasan hutan layer, as a `records.models.Screening`."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gerai_geo import schema
from gerai_geo.core.arrays import Bools, Floats, Geometries, Rows
from gerai_geo.core.categorical import Encoded, Words, encode, joined, map_unique, unique_rows
from gerai_geo.core.dates import now
from gerai_geo.core.geometry import AREA_METHOD, DISTANCE_METHOD, repair
from gerai_geo.core.steps.memory import collector_paused
from gerai_geo.engine.drawing_levels import draw_from
from gerai_geo.errors import InputError, SchemaError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.labels import area, disclaimer
from gerai_geo.i18n.numbers import as_shown, number
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.records.crs import to_lonlat
from gerai_geo.records.issues import issues_table, site_issues
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.records.progress.numbering import site_numbers
from gerai_geo.records.provenance.job_record import LEFT_OUT
from gerai_geo.records.provenance.versions import package_versions, rule_versions
from gerai_geo.records.reasons import reason_sentences
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.routes import MANIFEST_KEY
from gerai_geo.screening import status_and_probability
from gerai_geo.screening.buildings.dates import date_issues
from gerai_geo.screening.criteria import land_paper_columns
from gerai_geo.screening.layers.conflicts import disputed_sites
from gerai_geo.screening.layers.place import count_beyond, elsewhere_issues
from gerai_geo.screening.map_extent import frame_around, rows_around
from gerai_geo.screening.overlay import Overlay, coverage_facts, measure, prepare
from gerai_geo.screening.overlay_layers import (
    check_layers,
    clip_layers,
    find_hits,
    hit_issues,
    layer_facts,
    need_attention,
    overlay_texts,
)
from gerai_geo.screening.routes import fill_routes, screening_day

_LARGEST_TOLERANCE_M: Final = 100_000
_UNFORMED: Final = ("corner_missing", "corner_far", "corner_crossing", "few_corners")


@typed
@localised
@collector_paused()
def screen(
    sites: GeoDataFrame,
    forest: Forest,
    *,
    issues: pd.DataFrame | None = None,
    tolerance_m: float | None = None,
    map_class: int = 3,
    extra: Sequence[ExtraLayer] = (),
    rules: str | Path | None = None,
    building: str | None = None,
    purpose: str | None = None,
    acquirer: str | None = None,
    psn: str | None = None,
    on: date | str | None = None,
    lang: str | None = None,
) -> Screening:
    """
    Screen sites against a kawasan hutan layer.

    Parameters
    ----------
    sites
        The `schema.SITES` table, any CRS; index ``site_id``, unique. Only ``geometry`` is required.
    forest
        The layer, from `read_forest`.
    issues
        Issues of the lists, from `read_sites`; they go into the record.
    tolerance_m
        A fixed band in metres for all sites; where not given it follows from the layer's scale and each site's
        accuracy, see `status_and_probability.tolerance`.
    map_class
        Accuracy class of the layer, 1 to 3 (Perka BIG 15/2014).
    extra
        Overlay layers from `read_extra` (permits, PIPPIB, PPTPKH ..), which findings mention in ``overlays``. They
        change no status; a site outside kawasan hutan on a layer that calls for attention gets the action ``verify``.
    rules, building, purpose, acquirer, psn
        Of the legal routes, see `find_routes`: own rules; whether buildings are new, what for, who acquires land, PSN.
    on
        Day for which the rules hold and by which dates of the list are judged; by default today.
    lang
        Language of the sentences, ``id`` or ``en``.

    Returns
    -------
    screening
        One finding per site, in the sites' order and under their ids. Whatever can't be judged is ``not_assessed``
        with the reason, never ``outside``.

    Raises
    ------
    CRSError
        If the sites have no CRS.
    SchemaError
        If ids repeat or there is no geometry column.
    InputError
        If the tolerance is negative or not a number.
    """
    _check_options(tolerance_m, map_class)
    layers = check_layers(extra)
    sites = _check_sites(sites)

    with ThreadPoolExecutor(1) as pool:
        repairing = pool.submit(copy_context().run, _repair_sites, sites)
        index = prepare(forest)
        sites, found_issues = repairing.result()

    shapes = sites.geometry.to_numpy()
    if tolerance_m is None:
        band_m = status_and_probability.tolerance(forest.scale, sites["accuracy_m"].to_numpy(dtype=float), map_class)
    else:
        band_m = np.full(len(sites), float(tolerance_m))
    overlay = measure(shapes, forest, status_and_probability.sure_m(band_m))
    p_forest = status_and_probability.forest_probability(index, shapes, overlay, band_m)
    hits = find_hits(shapes, layers, band_m)

    found_issues += _overlay_issues(sites, overlay)
    if layers:
        found_issues += hit_issues(sites, hits, layers)
    beyond = count_beyond(shapes, forest, index.boxes.geometries, layers)
    placed = int(np.count_nonzero(~shapely.is_missing(shapes)))
    found_issues.append(issues_table(elsewhere_issues(forest, layers, beyond, placed, sites.total_bounds)))
    disputed, conflicts = disputed_sites(sites, forest, index.polygons)
    found_issues += conflicts
    papers, paper_issues = land_paper_columns(sites)
    found_issues += paper_issues
    known_rules, day = read_rules(rules), screening_day(on)
    asked = {"building": building, "purpose": purpose, "acquirer": acquirer, "psn": psn}
    found_issues += date_issues(sites, known_rules, on=day, asked=asked)
    all_issues = joined_issues([issues, forest.issues, *(layer.issues for layer in layers), *found_issues])
    columns = {"number": site_numbers(sites)} | _judge(sites, overlay, p_forest, band_m, all_issues) | papers
    columns |= {"edition": forest.edition, "scale": forest.scale}
    if layers:
        columns["overlays"] = overlay_texts(hits, layers, ~shapely.is_missing(shapes))
        columns["action"][need_attention(hits, layers, len(sites)) & (columns["action"] == "none")] = "verify"
    columns["action"][disputed & np.isin(columns["action"], ("none", "legalize"))] = "verify"
    findings = _findings(sites, columns)
    findings, used_rules = fill_routes(findings, extra=layers, rules=known_rules, asked=asked, on=day)

    manifest = _manifest(sites, forest, findings, tolerance_m, map_class)
    manifest["forest"] |= {"coverage": coverage_facts(overlay, sites), "sites_beyond": beyond.forest}
    manifest |= {MANIFEST_KEY: used_rules, "rules": _rules(layers) | {"routes": known_rules.version}}
    manifest |= {key: sites.attrs[key] for key in ("corrections", LEFT_OUT) if key in sites.attrs}
    if layers:
        facts = zip(layer_facts(hits, layers), beyond.extra, strict=True)
        manifest["extra"] = [about | {"sites_beyond": count} for about, count in facts]
        manifest["synthetic"] = manifest["synthetic"] or any(schema.is_synthetic(layer.table) for layer in layers)
    rows = _rows_drawn(findings, forest)
    drawn = forest.table.iloc[rows]
    draw_from(drawn, index, rows)
    return Screening(
        findings, _overlaps(sites, overlay), all_issues, manifest, drawn,
        extra=clip_layers(layers, frame_around(shapes)),
    )  # fmt: skip


def _check_options(tolerance_m: float | None, map_class: int) -> None:
    if tolerance_m is not None and not 0 <= tolerance_m <= _LARGEST_TOLERANCE_M:  # NaN is neither
        values = {"value": tolerance_m, "most": number(_LARGEST_TOLERANCE_M)}
        raise InputError(_("toleransi {value}: harus 0 sampai {most} meter.").format(**values))
    if map_class not in status_and_probability.CE90_MM:
        raise InputError(_("kelas ketelitian {value}: harus 1, 2, atau 3.").format(value=map_class))


def _check_sites(sites: GeoDataFrame) -> GeoDataFrame:
    """Sites in EPSG:4326 with all contract columns."""
    if not isinstance(sites, GeoDataFrame) or sites.active_geometry_name is None:
        raise SchemaError(_("sites: tidak ada kolom geometri. Baca daftar dengan read_sites, atau buat GeoDataFrame."))
    sites = to_lonlat(sites, "sites")
    if sites.active_geometry_name != "geometry":
        sites = sites.rename_geometry("geometry")
    if sites.index.dtype == "str" and not sites.index.hasnans:
        sites = sites.rename_axis("site_id")
    else:
        sites = sites.set_axis(pd.Index([str(i) for i in sites.index], name="site_id", dtype="str"))
    schema.check_table(sites, "sites")
    attributes, sites = sites.attrs, schema.set_dtypes(sites, "sites")
    sites = sites.rename(columns={c: f"{c}_as_given" for c in schema.FINDINGS if c in sites})
    sites.attrs = attributes
    return sites


def _repair_sites(sites: GeoDataFrame) -> tuple[GeoDataFrame, list[pd.DataFrame]]:
    """Sites with usable geometries, and issues of the geometries that were not."""
    shapes = sites.geometry.to_numpy()
    type_ids = shapely.get_type_id(shapes)
    usable, repaired = _usable(shapes, type_ids)
    lost = np.flatnonzero((type_ids >= 0) & shapely.is_missing(usable) & ~shapely.is_empty(shapes))
    text = _("Geometri {kind} tidak dapat dipakai.")
    issues: list[_SiteIssues] = [
        (lost, "bad_geometry", [text.format(kind=shape.geom_type) for shape in shapes[lost]], "error",
         _("Beri satu titik atau satu poligon.")),
        (repaired, "repaired", _("Poligon tidak sah (garis berpotongan); diperbaiki."), "warning", None),
    ]  # fmt: skip
    sites = sites.set_geometry(GeoSeries(usable, index=sites.index, crs=schema.CRS, name="geometry"))
    return sites, _issue_tables(sites, issues)


_SiteIssues = tuple[Rows, str, str | list[str], str, str | None]
"""Positions of sites, code, message (one for all or one each), severity, suggestion."""


def _issue_tables(sites: GeoDataFrame, issues: list[_SiteIssues]) -> list[pd.DataFrame]:
    return [site_issues(sites, *some) for some in issues if len(some[0])]


def _usable(shapes: Geometries, type_ids: Any) -> tuple[Geometries, Rows]:
    """Points and polygons in two dimensions, repaired, None for other geometries; and the rows that were repaired."""
    usable = shapes.copy()
    is_point, is_parcel = type_ids == 0, np.isin(type_ids, (3, 6))
    usable[is_parcel], repaired = repair(shapes[is_parcel])
    finite = np.isfinite(shapely.bounds(usable)).all(axis=1)
    usable[~(is_parcel | is_point) | ~finite] = None
    raised = is_point & (shapely.get_coordinate_dimension(shapes) != 2)
    usable[raised] = shapely.force_2d(usable[raised])
    return usable, np.flatnonzero(is_parcel)[repaired]


def _overlay_issues(sites: GeoDataFrame, overlay: Overlay) -> list[pd.DataFrame]:
    """Issues of ground that two functions claim, and of parts that do not add up to the parcel's area."""
    clashes = overlay.cover.clashes
    text = _("Layer menyebut dua fungsi ({functions}) untuk tanah yang sama di lokasi ini{size}; dihitung sekali.")
    messages = []
    for functions, shared_m2 in zip(clashes["functions"].tolist(), clashes["overlap_m2"].tolist(), strict=True):
        size = "" if np.isnan(shared_m2) else f" ({area(shared_m2)})"
        messages.append(text.format(functions=functions, size=size))
    off = np.abs(_imbalance_m2(overlay)) > np.maximum(0.01, 1e-6 * np.nan_to_num(overlay.cover.area_m2))
    issues: list[_SiteIssues] = [
        (clashes["position"].to_numpy(dtype=int), "contradiction", messages, "warning",
         _("Tanyakan fungsi yang benar kepada BPKH.")),
        (np.flatnonzero(off), "area_mismatch", _("Luas per fungsi tidak sama dengan luas bidang."), "error",
         _("Laporkan kepada pengembang bersama berkasnya; jangan pakai angka luasnya.")),
    ]  # fmt: skip
    return _issue_tables(sites, issues)


def _imbalance_m2(overlay: Overlay) -> Floats:
    """Sum of a parcel's parts and uncovered ground less its area; 0 for points and contradicting functions."""
    c = overlay.cover
    total = np.zeros(len(c.area_m2))
    np.add.at(total, c.parts["position"], c.parts["overlap_m2"].fillna(0.0))
    single = np.ones(len(total), dtype=bool)
    single[c.clashes["position"].to_numpy(dtype=int)] = False
    gap = total + (c.area_m2 - c.covered_m2) - c.area_m2
    return np.where(np.isfinite(c.area_m2) & single, np.nan_to_num(gap), 0.0)


def joined_issues(tables: Sequence[pd.DataFrame | None]) -> pd.DataFrame:
    """Issues of several tables as one `schema.ISSUES` table."""
    filled = [table for table in tables if table is not None and len(table)]
    return schema.set_dtypes(pd.concat(filled, ignore_index=True), "issues") if filled else issues_table()


def _judge(sites: GeoDataFrame, overlay: Overlay, p: Floats, band_m: Floats, issues: pd.DataFrame) -> dict[str, Any]:
    """Columns of the findings that follow from geometry, tolerance and issues."""
    status, reason = status_and_probability.judge(overlay, band_m)
    reason[overlay.beyond] = "not_covered"
    shapes = sites.geometry.to_numpy()
    missing = shapely.is_missing(shapes)
    if missing.any():
        reason[missing] = _missing_reasons(sites[missing], issues)
    action = map_unique(schema.STATUS_ACTIONS.__getitem__, status).words()
    action[missing] = "fix_data"
    coarse = _have_issue(sites, issues, "low_precision")
    if coarse.any():
        action[coarse & (action == "none") & (np.abs(overlay.boundary_m) < _rounding_m(shapes))] = "verify"
    # an impossible place comes first, whatever lies there
    action[_have_issue(sites, issues, "outside_indonesia", "outside_regency")] = "fix_data"
    unjudged = status == "not_assessed"
    c = overlay.cover
    boundary_m = np.where(np.isfinite(overlay.boundary_m) & ~unjudged, overlay.boundary_m, np.nan)
    first = _first_parts(c.parts, len(sites))
    function = c.parts["function"].array.take(first, allow_fill=True)
    on_water = np.asarray(function == "WATER", dtype=bool) & (first >= 0)
    action[(action == "none") & on_water] = "verify"  # nobody builds in a river: the place or the map is off
    return {
        "status": encode(status).strings(),
        "nominal_status": encode(status_and_probability.nominal_status(overlay)).strings(),
        "reason_code": encode(reason).strings(),
        "action": encode(action).strings(),
        "area_m2": c.area_m2,
        "forest_m2": c.forest_m2,
        "forest_share": np.clip(c.forest_m2 / c.area_m2, 0.0, 1.0),
        "uncovered_m2": np.maximum(c.area_m2 - c.covered_m2, 0.0),
        "function": function,
        "functions": _function_texts(overlay, len(sites)),
        "boundary_m": boundary_m + 0.0,
        "rim_m": np.where(np.isfinite(overlay.rim_m), overlay.rim_m, np.nan),
        "tolerance_m": band_m,
        "p_forest": np.where(unjudged, np.nan, p),
        "decree": c.parts["decree"].array.take(first, allow_fill=True),
    }


def _have_issue(sites: GeoDataFrame, issues: pd.DataFrame, *codes: str) -> Bools:
    """Whether each site has an issue of these codes, more than for information."""
    serious = issues["code"].isin(codes) & (issues["severity"] != "info")
    if not serious.any():
        return np.zeros(len(sites), dtype=bool)
    have: Bools = sites.index.isin(issues.loc[serious, "site_id"])
    return have


def _rounding_m(shapes: Geometries) -> Floats:
    """Position error of points by the decimals of their degrees; 0 beyond 3 decimals."""
    error_m = np.zeros(len(shapes))
    points = np.flatnonzero(shapely.get_type_id(shapes) == 0)
    lonlat = shapely.get_coordinates(shapes[points])
    for decimals in (3, 2, 1, 0):
        scaled = lonlat * 10.0**decimals
        rough = (np.abs(scaled - np.round(scaled)) < 1e-6).all(axis=1)
        error_m[points[rough]] = 111_320 * 0.5 * 10.0**-decimals * np.sqrt(2)
    return error_m


def _missing_reasons(sites: GeoDataFrame, issues: pd.DataFrame) -> Geometries:
    """Reason codes of sites without geometry, from the issues of their reading."""
    code = issues["code"].replace(dict.fromkeys(_UNFORMED, "bad_geometry"))
    reasons = issues.assign(code=code)[code.isin(("no_coordinates", "bad_coordinates", "bad_geometry"))]
    by_site = reasons.drop_duplicates("site_id").set_index("site_id")["code"].reindex(sites.index)
    fallback = np.where(sites["coordinates_as_given"].notna(), "bad_coordinates", "no_coordinates")
    codes: Geometries = by_site.fillna(pd.Series(fallback, index=sites.index)).to_numpy(dtype=object)
    return codes


def _first_parts(parts: pd.DataFrame, n: int) -> Rows:
    """Row of each site's first part, that with most ground; -1 where it has none."""
    positions, firsts = np.unique(parts["position"].to_numpy(dtype=int), return_index=True)
    first = np.full(n, -1, dtype=np.intp)
    first[positions] = firsts
    return first


def _function_texts(overlay: Overlay, n: int) -> Words:
    """All functions of each site: ``HP 62.0 %; APL 38.0 %``, of a point without shares; None where it has none."""
    parts = overlay.cover.parts
    position = parts["position"].to_numpy(dtype=int)
    percent = as_shown(100 * parts["overlap_m2"].to_numpy(dtype=float) / overlay.cover.area_m2[position], 1)
    groups, firsts = unique_rows(parts["function"], percent)
    pairs = zip(parts["function"].iloc[firsts].tolist(), percent[firsts].tolist(), strict=True)
    texts = [f"{function} {share:.1f} %" if np.isfinite(share) else function for function, share in pairs]
    return joined(Encoded(groups, texts), position, n)


def _findings(sites: GeoDataFrame, columns: dict[str, Any]) -> GeoDataFrame:
    """Sites with the columns of the findings and the reason as a sentence."""
    table = schema.set_dtypes(pd.DataFrame(columns, index=sites.index), "findings")
    table["reason"] = reason_sentences(table)
    result = GeoDataFrame(pd.concat([sites.drop(columns="geometry"), table], axis=1), geometry=sites.geometry)
    result.attrs = {}
    return result


def _overlaps(sites: GeoDataFrame, overlay: Overlay) -> pd.DataFrame:
    parts = overlay.cover.parts
    position = parts["position"].to_numpy(dtype=int)
    table = parts[["function", "in_forest", "decree", "overlap_m2"]].reset_index(drop=True)
    table.insert(0, "site_id", sites.index.array.take(position))
    table["share"] = table["overlap_m2"].to_numpy() / overlay.cover.area_m2[position]
    return schema.set_dtypes(table, "overlaps")


def _rows_drawn(findings: GeoDataFrame, forest: Forest) -> Rows:
    """Positions of the layer's polygons around the sites that lie on it, for drawing."""
    on_layer = findings["functions"].notna().to_numpy()
    return rows_around(findings.geometry.to_numpy()[on_layer], forest.table.geometry.to_numpy())


def _manifest(
    sites: GeoDataFrame, forest: Forest, findings: GeoDataFrame, tolerance_m: float | None, map_class: int
) -> dict[str, Any]:
    usual_m = status_and_probability.tolerance(forest.scale, np.array([np.nan]), map_class)[0]
    return {
        "disclaimer": disclaimer(),
        "created": now().isoformat(timespec="seconds"),
        "lang": current_language(),
        "synthetic": schema.is_synthetic(sites) or schema.is_synthetic(forest.table),
        "sites": sites.attrs.get("inputs", []),
        "forest": {
            "source": forest.source,
            "sha256": forest.sha256,
            "edition": forest.edition,
            "scale": forest.scale,
            "covers": forest.covers,
            "polygons": len(forest.table),
            "features": forest.features,
            "window": None if forest.window is None else forest.window.wkt,
            "defects": forest.defects,
        },
        "tolerance_m": round(float(usual_m if tolerance_m is None else tolerance_m), 3),
        "tolerance": {
            "fixed": tolerance_m is not None,
            "map_class": map_class,
            "layer_ce90_mm": status_and_probability.CE90_MM[map_class],
            "site_ce90_m": status_and_probability.SITE_CE90_M,
        },
        "methods": {"area": AREA_METHOD, "distance": DISTANCE_METHOD},
        "rules": {"functions": rule_versions()["functions"]},
        "counts": status_counts(findings),
        "versions": dict(package_versions()),
    }


def status_counts(findings: pd.DataFrame) -> dict[str, Any]:
    """Count the findings by status, for the manifest."""
    counts = findings["status"].value_counts()
    assessed = int((findings["status"] != "not_assessed").sum())
    return {
        "rows": len(findings),
        "assessed": assessed,
        "not_assessed": len(findings) - assessed,
        "status": {status: int(counts.get(status, 0)) for status in schema.STATUSES},
    }


def _rules(layers: Sequence[ExtraLayer]) -> dict[str, str]:
    """Versions of the package's own tables of facts that a screening uses; that of overlays only with such layers."""
    return {name: known for name, known in rule_versions().items() if layers or name != "overlays"}
