"""`screen`: the only module that joins geometry, certainty and the tables into a `record.Screening`."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints, Rows
from gerai_geo.core.categorical import Encoded, Words, encode, joined, map_unique, unique_rows
from gerai_geo.errors import InputError, SchemaError
from gerai_geo.i18n.labels import area, disclaimer
from gerai_geo.i18n.numbers import as_shown
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.records.crs import to_lonlat
from gerai_geo.records.issues import issues_table, site_issues
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.records.reasons import reason_sentences
from gerai_geo.reference.criteria import criteria_version
from gerai_geo.reference.functions import functions_version
from gerai_geo.reference.overlays import overlays_version
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.routes import MANIFEST_KEY
from gerai_geo.screening import certainty
from gerai_geo.screening import overlays as further
from gerai_geo.screening.map_extent import frame_around, shown_in
from gerai_geo.screening.overlay import Overlay, coverage_facts, measure, prepare
from gerai_geo.screening.routes import fill_routes

ACTIONS: Final = {
    "inside": "legalize",
    "partly_inside": "legalize",
    "near_boundary": "verify",
    "outside": "none",
    "not_assessed": "verify",
}

_UNFORMED: Final = ("corner_missing", "corner_far", "corner_crossing", "few_corners")
_PACKAGES: Final = ("gerai-geo", "geopandas", "shapely", "pyproj", "pandas", "numpy")


@localised
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
    lang: str | None = None,
) -> Screening:
    """
    Screen sites against a kawasan hutan layer.

    Parameters
    ----------
    sites
        The `schema.SITES` table, any CRS; index ``site_id``, unique. Only ``geometry`` must be there.
    forest
        The layer, from `read_forest`.
    issues
        Issues of the lists, from `read_sites`; they go into the record.
    tolerance_m
        A fixed band in metres for all sites; where not given it follows from the layer's scale and each site's
        accuracy, see `certainty.tolerance`.
    map_class
        Accuracy class of the layer, 1 to 3 (Perka BIG 15/2014).
    extra
        Further layers from `read_extra` (permits, PIPPIB, PPTPKH ..), which findings mention in ``overlays``. They
        change no status; a site outside kawasan hutan that lies on one that calls for it gets the action ``verify``.
    rules, building, purpose
        Of the legal routes, see `find_routes`: the user's own rules, whether buildings are new, what they are for.
    lang
        Language of the sentences, ``id`` or ``en``.

    Returns
    -------
    screening
        One finding a site, in the sites' order and under their ids. Whatever can't be judged is ``not_assessed``
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
    if tolerance_m is not None and not (np.isfinite(tolerance_m) and tolerance_m >= 0):
        raise InputError(_("toleransi {value}: harus 0 atau lebih, dalam meter.").format(value=tolerance_m))
    if map_class not in certainty.CE90_MM:
        raise InputError(_("kelas ketelitian {value}: harus 1, 2, atau 3.").format(value=map_class))
    if not isinstance(forest, Forest):
        raise InputError(_("forest: bukan layer yang sudah dibaca. Baca dulu: forest = read_forest('layer.shp')."))
    extra = further.check_layers(extra)
    sites = _checked(sites)
    with ThreadPoolExecutor(1) as other:
        mended = other.submit(copy_context().run, _mended, sites)
        prepare(forest)
        sites, found = mended.result()
    shapes = sites.geometry.to_numpy()
    accuracy = sites["accuracy_m"].to_numpy(dtype=float)
    if tolerance_m is None:
        band = certainty.tolerance(forest.scale, accuracy, map_class)
    else:
        band = np.full(len(sites), float(tolerance_m))
    overlay = measure(shapes, forest, np.maximum(certainty.SURE / certainty.SIGMAS, 1.0) * band)
    found += _checks(sites, overlay)
    hits = further.find_hits(shapes, extra, band)
    if extra:
        found += further.hit_issues(sites, hits, extra)
    known = [t for t in (issues, forest.issues, *(e.issues for e in extra), *found) if t is not None and len(t)]
    all_issues = schema.set_dtypes(pd.concat(known, ignore_index=True), "issues") if known else issues_table()
    columns = _judged(sites, overlay, band, all_issues)
    columns |= {"edition": forest.edition, "scale": forest.scale}
    if extra:
        columns["overlays"] = further.overlay_texts(hits, extra, ~shapely.is_missing(shapes))
        columns["action"][further.need_attention(hits, extra, len(sites)) & (columns["action"] == "none")] = "verify"
    findings = _findings(sites, columns)
    overlaps = _overlaps(sites, overlay)
    manifest = _manifest(sites, forest, findings, tolerance_m, map_class)
    manifest["forest"]["coverage"] = coverage_facts(overlay, sites)
    known_rules = read_rules(rules)
    findings, manifest[MANIFEST_KEY] = fill_routes(
        findings, extra=extra, rules=known_rules, building=building, purpose=purpose
    )
    manifest["rules"] |= {"routes": known_rules.version, "criteria": _versions()["criteria"]}
    if "corrections" in sites.attrs:
        manifest["corrections"] = sites.attrs["corrections"]
    if extra:
        manifest["extra"] = further.manifest_rows(extra, hits)
        manifest["rules"]["overlays"] = overlays_version()
        manifest["synthetic"] = manifest["synthetic"] or any(schema.is_synthetic(e.table) for e in extra)
    drawn = forest.table.iloc[:0]
    frame = frame_around(shapes[findings["functions"].notna().to_numpy()])
    if frame is not None:
        drawn = forest.table[shown_in(frame, forest.table.geometry.to_numpy())]
    around = further.surroundings(extra, frame_around(shapes)) if extra else ()
    return Screening(findings, overlaps, all_issues, manifest, drawn, extra=around)


def _checked(sites: GeoDataFrame) -> GeoDataFrame:
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
    attributes = sites.attrs
    sites = schema.set_dtypes(sites, "sites")
    taken = [c for c in schema.FINDINGS if c in sites]
    sites = sites.rename(columns={c: f"{c}_as_given" for c in taken})
    sites.attrs = attributes
    return sites


def _mended(sites: GeoDataFrame) -> tuple[GeoDataFrame, list[pd.DataFrame]]:
    """Sites with usable geometries; what was not usable as issues."""
    shapes = sites.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    usable, mended = _usable(shapes, kinds)
    lost = np.flatnonzero((kinds >= 0) & shapely.is_missing(usable) & ~shapely.is_empty(shapes))
    text = _("Geometri {kind} tidak dapat dipakai.")
    told: list[_Told] = [
        (lost, "bad_geometry", [text.format(kind=shape.geom_type) for shape in shapes[lost]], "error",
         _("Beri satu titik atau satu poligon.")),
        (mended, "repaired", _("Poligon tidak sah (garis berpotongan); diperbaiki."), "warning", None),
    ]  # fmt: skip
    sites = sites.set_geometry(GeoSeries(usable, index=sites.index, crs=schema.CRS, name="geometry"))
    return sites, _issues(sites, told)


_Told = tuple[Rows, str, str | list[str], str, str | None]
"""Positions of sites, code, message (one for all or one each), severity, suggestion."""


def _issues(sites: GeoDataFrame, told: list[_Told]) -> list[pd.DataFrame]:
    return [site_issues(sites, *one) for one in told if len(one[0])]


def _usable(shapes: Geometries, kinds: Ints) -> tuple[Geometries, Rows]:
    """Points and polygons in two dimensions, polygons mended, None for what is neither; rows that were mended."""
    usable = shapes.copy()
    parcel = (kinds == 3) | (kinds == 6)
    usable[parcel], mended = geometry.repair(shapes[parcel])
    finite = np.isfinite(shapely.bounds(usable)).all(axis=1)
    usable[~(parcel | (kinds == 0)) | ~finite] = None
    raised = (kinds == 0) & (shapely.get_coordinate_dimension(shapes) != 2)
    usable[raised] = shapely.force_2d(usable[raised])
    return usable, np.flatnonzero(parcel)[mended]


def _checks(sites: GeoDataFrame, overlay: Overlay) -> list[pd.DataFrame]:
    """Ground that two functions claim; and parts + uncovered = area, on every run."""
    clashes = overlay.cover.clashes
    text = _("Layer menyebut dua fungsi ({functions}) untuk tanah yang sama di lokasi ini{size}; dihitung sekali.")
    texts = []
    for functions, shared_m2 in zip(clashes["functions"].tolist(), clashes["overlap_m2"].tolist(), strict=True):
        size = "" if np.isnan(shared_m2) else f" ({area(shared_m2)})"
        texts.append(text.format(functions=functions, size=size))
    off = np.abs(_imbalance_m2(overlay)) > np.maximum(0.01, 1e-6 * np.nan_to_num(overlay.cover.area_m2))
    told: list[_Told] = [
        (clashes["position"].to_numpy(dtype=int), "contradiction", texts, "warning",
         _("Tanyakan fungsi yang benar kepada BPKH.")),
        (np.flatnonzero(off), "area_mismatch", _("Luas per fungsi tidak sama dengan luas bidang."), "error",
         _("Laporkan kepada pengembang bersama berkasnya; jangan pakai angka luasnya.")),
    ]  # fmt: skip
    return _issues(sites, told)


def _imbalance_m2(overlay: Overlay) -> Floats:
    """Parts, shared ground once, + uncovered - area; 0 for what is no parcel."""
    c = overlay.cover
    total = np.zeros(len(c.area_m2))
    np.add.at(total, c.parts["position"], c.parts["overlap_m2"].fillna(0.0))
    single = np.ones(len(total), dtype=bool)
    single[c.clashes["position"].to_numpy(dtype=int)] = False
    gap = total + (c.area_m2 - c.covered_m2) - c.area_m2
    return np.where(np.isfinite(c.area_m2) & single, np.nan_to_num(gap), 0.0)


def _judged(sites: GeoDataFrame, overlay: Overlay, band: Floats, issues: pd.DataFrame) -> dict[str, Any]:
    """Columns of the findings that follow from geometry, tolerance and what was said of the sites."""
    status, reason = certainty.judge(overlay, band)
    reason[overlay.beyond] = "not_covered"
    nominal = certainty.nominal_status(overlay)
    shapes = sites.geometry.to_numpy()
    missing = shapely.is_missing(shapes)
    if missing.any():
        reason[missing] = _why_missing(sites[missing], issues)
    action = map_unique(ACTIONS.__getitem__, status).words()
    action[missing] = "fix_data"
    coarse = _told(sites, issues, "low_precision")
    if coarse.any():
        action[coarse & (action == "none") & (overlay.edge_m < _rounding_m(shapes))] = "verify"
    # whatever lies at a place that can't be right: the place has to be mended first
    action[_told(sites, issues, "outside_indonesia", "outside_regency")] = "fix_data"
    unjudged = status == "not_assessed"
    c = overlay.cover
    sign = np.where(overlay.holds_forest, 1.0, -1.0)
    edge = np.where(np.isfinite(overlay.edge_m) & ~unjudged, overlay.edge_m * sign, np.nan)
    first = _first_parts(c.parts, len(sites))
    function = c.parts["function"].array.take(first, allow_fill=True)
    on_water = np.asarray(function == "WATER", dtype=bool) & (first >= 0)
    action[(action == "none") & on_water] = "verify"  # nobody builds in a river: the place or the map is off
    return {
        "status": encode(status).strings(),
        "nominal_status": encode(nominal).strings(),
        "reason_code": encode(reason).strings(),
        "action": encode(action).strings(),
        "area_m2": c.area_m2,
        "forest_m2": c.forest_m2,
        "forest_share": np.clip(c.forest_m2 / c.area_m2, 0.0, 1.0),
        "uncovered_m2": np.maximum(c.area_m2 - c.covered_m2, 0.0),
        "function": function,
        "functions": _function_texts(overlay, len(sites)),
        "boundary_m": edge + 0.0,
        "rim_m": np.where(np.isfinite(overlay.rim_m), overlay.rim_m, np.nan),
        "tolerance_m": band,
        "p_forest": np.where(unjudged, np.nan, certainty.probability(overlay.deepest_m, band)),
        "decree": c.parts["decree"].array.take(first, allow_fill=True),
    }


def _first_parts(parts: pd.DataFrame, n: int) -> Rows:
    """Row of each site's first part, that with most ground; -1 where it has none."""
    positions, firsts = np.unique(parts["position"].to_numpy(dtype=int), return_index=True)
    first = np.full(n, -1, dtype=np.intp)
    first[positions] = firsts
    return first


def _findings(sites: GeoDataFrame, columns: dict[str, Any]) -> GeoDataFrame:
    """Sites with what was found of each, and the reason in words."""
    table = schema.set_dtypes(pd.DataFrame(columns, index=sites.index), "findings")
    table["reason"] = reason_sentences(table)
    result = GeoDataFrame(pd.concat([sites.drop(columns="geometry"), table], axis=1), geometry=sites.geometry)
    result.attrs = {}
    return result


def _told(sites: GeoDataFrame, issues: pd.DataFrame, *codes: str) -> Bools:
    """Sites whose place itself is in doubt: "outside" there says little of the ground that is meant."""
    wrong = issues["code"].isin(codes) & (issues["severity"] != "info")
    if not wrong.any():
        return np.zeros(len(sites), dtype=bool)
    doubtful: Bools = sites.index.isin(issues.loc[wrong, "site_id"])
    return doubtful


def _rounding_m(shapes: Geometries) -> Floats:
    """How far a point may lie from where it was meant, by the decimals its degrees were written with; 0 beyond 3."""
    error_m = np.zeros(len(shapes))
    points = np.flatnonzero(shapely.get_type_id(shapes) == 0)
    lonlat = shapely.get_coordinates(shapes[points])
    for decimals in (3, 2, 1, 0):
        scaled = lonlat * 10.0**decimals
        rough = (np.abs(scaled - np.round(scaled)) < 1e-6).all(axis=1)
        error_m[points[rough]] = 111_320 * 0.5 * 10.0**-decimals * np.sqrt(2)
    return error_m


def _why_missing(sites: GeoDataFrame, issues: pd.DataFrame) -> Geometries:
    """Reason code of sites without geometry, from what reading said of them."""
    why = issues["code"].replace(dict.fromkeys(_UNFORMED, "bad_geometry"))
    told = issues.assign(code=why)[why.isin(("no_coordinates", "bad_coordinates", "bad_geometry"))]
    by_site = told.drop_duplicates("site_id").set_index("site_id")["code"]
    given = sites["coordinates_as_given"].notna().to_numpy()
    fallback = np.where(given, "bad_coordinates", "no_coordinates")
    reasons: Geometries = (
        by_site.reindex(sites.index).fillna(pd.Series(fallback, index=sites.index)).to_numpy(dtype=object)
    )
    return reasons


def _function_texts(overlay: Overlay, n: int) -> Words:
    """All functions of each site: ``HP 62.0 %; APL 38.0 %``, of a point without shares; None where it has none."""
    parts = overlay.cover.parts
    position = parts["position"].to_numpy(dtype=int)
    percent = as_shown(100 * parts["overlap_m2"].to_numpy(dtype=float) / overlay.cover.area_m2[position], 1)
    kinds, firsts = unique_rows(parts["function"], percent)
    pairs = zip(parts["function"].iloc[firsts].tolist(), percent[firsts].tolist(), strict=True)
    told = [f"{function} {share:.1f} %" if np.isfinite(share) else function for function, share in pairs]
    return joined(Encoded(kinds, told), position, n)


def _overlaps(sites: GeoDataFrame, overlay: Overlay) -> pd.DataFrame:
    parts = overlay.cover.parts
    position = parts["position"].to_numpy(dtype=int)
    table = pd.DataFrame(
        {
            "site_id": sites.index.array.take(position),
            "function": parts["function"],
            "in_forest": parts["in_forest"],
            "decree": parts["decree"],
            "overlap_m2": parts["overlap_m2"],
            "share": parts["overlap_m2"].to_numpy() / overlay.cover.area_m2[position],
        }
    )
    return schema.set_dtypes(table.reset_index(drop=True), "overlaps")


def _manifest(
    sites: GeoDataFrame, forest: Forest, findings: GeoDataFrame, tolerance_m: float | None, map_class: int
) -> dict[str, Any]:
    counts = findings["status"].value_counts()
    assessed = int((findings["status"] != "not_assessed").sum())
    usual = certainty.tolerance(forest.scale, np.array([np.nan]), map_class)[0]
    return {
        "disclaimer": disclaimer(),
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
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
        "tolerance_m": round(float(usual if tolerance_m is None else tolerance_m), 3),
        "tolerance": {
            "fixed": tolerance_m is not None,
            "map_class": map_class,
            "layer_ce90_mm": certainty.CE90_MM[map_class],
            "site_ce90_m": certainty.SITE_CE90_M,
        },
        "methods": {"area": geometry.AREA_METHOD, "distance": geometry.DISTANCE_METHOD},
        "rules": {"functions": _versions()["functions"]},
        "counts": {
            "rows": len(findings),
            "assessed": assessed,
            "not_assessed": len(findings) - assessed,
            "status": {s: int(counts.get(s, 0)) for s in schema.STATUSES},
        },
        "versions": dict(_packages()),
    }


@cache
def _packages() -> dict[str, str]:
    return {"python": platform.python_version()} | {p: version(p) for p in _PACKAGES}


@cache
def _versions() -> dict[str, str]:
    """Versions of the package's tables of facts, which don't change while it runs."""
    return {"functions": functions_version(), "criteria": criteria_version()}
