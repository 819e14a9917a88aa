"""
`read_sites`: any list of candidate sites as the `schema.SITES` table, with the issues found.

A list is read in six stages, each by functions that take the result of the one before:

1. files -> raw tables (`tables`; pieces of coordinates joined by `columns.compose`)
2. roles of columns (`columns.roles`)
3. positions, and corners grouped by parcel (`columns.positions`, `parcels.vertices`)
4. attributes (`columns.attributes`)
5. sites: one table, with ids, accepted corrections and regencies
6. checks (`quality`)

Rows in = rows out, in the file's order, under the user's own ids. Nothing is corrected silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Geometries
from gerai_geo.core.name_keys import unique_names
from gerai_geo.core.steps.memory import collector_paused
from gerai_geo.errors import CRSError, InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.issue_labels import corrects
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.admin.harmonise import harmonise_regencies
from gerai_geo.intake.admin.list_parts import inputs_of, no_regency_issues
from gerai_geo.intake.admin.lookup import Places, locate_sites
from gerai_geo.intake.admin.regencies import assign_regency, find_by_code, normalise_regency
from gerai_geo.intake.boundaries import boundaries_here, read_boundaries
from gerai_geo.intake.columns.attributes import read_attributes
from gerai_geo.intake.columns.compose import join_coordinate_columns
from gerai_geo.intake.columns.content import ContentClassifier
from gerai_geo.intake.columns.position_table import Positions
from gerai_geo.intake.columns.positions import read_positions
from gerai_geo.intake.columns.roles import check_columns, find_roles
from gerai_geo.intake.files.raw_table import RawTable, cell_text, column_texts, tidy_column
from gerai_geo.intake.files.source_digest import source_sha256
from gerai_geo.intake.layers.shortfalls import list_shortfalls
from gerai_geo.intake.parcels.assumed import draw_parcels
from gerai_geo.intake.parcels.corner_columns import find_corner_columns, read_corner_columns
from gerai_geo.intake.parcels.vertices import assign_corner_roles, find_corner_groups, join_corners
from gerai_geo.intake.quality.cell_notes import check_cells, check_digits, check_hidden_columns
from gerai_geo.intake.quality.corrections import apply_corrections, read_corrections
from gerai_geo.intake.quality.duplicates import (
    check_areas,
    check_duplicate_rows,
    check_similar_ids,
    check_village_names,
)
from gerai_geo.intake.quality.location import check_locations
from gerai_geo.intake.quality.shared_points import check_shared_points
from gerai_geo.intake.quality.suggestions import settle_ambiguous
from gerai_geo.intake.quality.suspicious_points import check_suspicious_points
from gerai_geo.intake.tables.column_names import POSITION_ROLES, has_position
from gerai_geo.intake.tables.sources import Source, read_raw_tables
from gerai_geo.intake.tables.vector_tables import native_column
from gerai_geo.records.crs import read_crs
from gerai_geo.records.issues import Issue, IssueList, all_params, issue_row, issues_table

Part = tuple[GeoDataFrame, Iterable[Issue]]

_FOREST_COLUMNS: Final = frozenset(
    {"fungsikws", "fngskws", "fungsitap", "fungsi_kws", "noskkws", "noskpnjk", "nosktap", "function_as_given"}
)
_TAKEN: Final = {
    c.casefold() for c in (*schema.SITES, *schema.FINDINGS, *schema.EXPORT, *schema.DECISIONS, "site_id", "lon", "lat")
}
_VERBATIM: Final = (
    "site_id", "name", "village", "district", "latitude", "longitude", "coordinates", "x", "y", "accuracy_m",
)  # fmt: skip
"""Roles whose columns stand in the sites table as they are, so that the user's own column is not kept as well."""


@typed
@localised
@collector_paused()
def read_sites(
    source: Source,
    *,
    crs: Any = None,
    columns: Mapping[str, str] | None = None,
    lang: str | None = None,
    boundaries: str | Path | GeoDataFrame | None = None,
    regency: str | None = None,
    corrections: str | Path | None = None,
    parcels: bool = False,
    accept_incomplete: bool = False,
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """
    Read candidate sites from any file that offices and village staff send.

    Parameters
    ----------
    source
        Path of a CSV, TSV, XLSX, XLS, ODS, GeoJSON, GPKG, shapefile, KML, KMZ, GPX, FlatGeobuf or GeoParquet file,
        of a folder or zip of such files, a list of paths, or a table in memory.
    crs
        CRS of coordinates that don't name theirs: metres in a list, a shapefile without .prj.
    columns
        Which column is what, e.g. ``{"name": "Nama KDKMP", "latitude": "Y"}``; keys: ``site_id, name, village,
        district, regency, regency_code, province, latitude, longitude, x, y, zone, coordinates, declared_area, width,
        length, accuracy_m``. Columns not named here are found by their names, then by their content.
    lang
        Language of the issues and errors, ``id`` or ``en``.
    boundaries
        Polygons of villages or regencies: fill in the regency where the list lacks it, and check it where it doesn't.
    regency
        Regency of the rows whose list lacks it.
    corrections
        Workbook or CSV of accepted corrections (``gerai-geo check -o masalah.xlsx`` with its last column filled in).
        Each change becomes an issue ``corrected``.
    parcels
        Whether to draw a rectangle of the declared width and length (or a square of the declared area) around points,
        and to widen their accuracy by half its diagonal, since the direction of its sides is unknown.
    accept_incomplete
        Whether to use boundaries of which a part is missing. Of a list all rows that are there are always read.

    Returns
    -------
    sites
        The `schema.SITES` table in EPSG:4326, index ``site_id``, followed by the user's further columns. A row whose
        coordinates are missing or impossible has no geometry.
    issues
        The `schema.ISSUES` table: what was left out, what is wrong, and suggested corrections.

    Raises
    ------
    InputError
        If a file is missing, empty, damaged, of an unknown kind, or holds no coordinates; if a correction fits no row.
        All problems are raised together.
    CRSError
        If a vector file or a list in metres has no CRS and none is given.
    """
    return read_with_origins(
        source, crs=crs, columns=columns, boundaries=boundaries, regency=regency, corrections=corrections,
        parcels=parcels, accept_incomplete=accept_incomplete,
    )[:2]  # fmt: skip


def read_with_origins(
    source: Source,
    *,
    crs: Any = None,
    columns: Mapping[str, str] | None = None,
    boundaries: str | Path | GeoDataFrame | None = None,
    regency: str | None = None,
    corrections: str | Path | None = None,
    parcels: bool = False,
    accept_incomplete: bool = False,
) -> tuple[GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    """
    Sites and issues as of `read_sites`, and where each site comes from.

    Returns
    -------
    sites, issues
        As of `read_sites`.
    origins
        ``file, corners`` (rows that a site was made of) and ``province`` (as the row names it), indexed like the sites.
    """
    given = check_columns(columns or {})
    accepted = read_corrections(corrections) if corrections is not None else []

    # 1. files -> raw tables
    raw_tables, problems = read_raw_tables(source, given)
    raw_tables = [part for raw in raw_tables for part in join_coordinate_columns(raw, given)]

    # 2 to 4. roles of columns, positions and attributes of each raw table
    parts, file_issues = _read_tables(raw_tables, given, crs, problems)

    # 5. sites
    sites = _concat([table for table, _issues in parts])
    areas, place_issues = boundaries_here(read_boundaries(boundaries, accept_incomplete=accept_incomplete), sites)
    file_issues += place_issues
    issues = _number_issues(parts)
    issues += _set_ids(sites)
    if areas is not None:
        areas = harmonise_regencies(sites, areas)
    if accepted:
        changes = apply_corrections(sites, accepted, crs)
        corrected = {(change.row, change.column) for change in changes}
        issues = IssueList(issue for issue in issues if (issue.row, corrects(issue.code)) not in corrected)
        issues += changes
    issues += _fill_regency(sites, areas, regency)
    digests = {raw.file: raw.sha256 for raw in reversed(raw_tables)}
    width_m, length_m = (pd.to_numeric(sites.pop(c)) for c in ("_width_m", "_length_m"))
    provinces = column_texts(sites.pop("_province"))
    sites = sites.set_index("site_id")
    origins = pd.DataFrame({"file": sites["_file"], "corners": sites["_corners"], "province": provinces})
    sites = sites.drop(columns=["_stem", "_file", "_corners"])
    sites = schema.set_dtypes(GeoDataFrame(sites, geometry="geometry", crs=schema.CRS), "sites")

    # 6. checks
    places = locate_sites(sites, areas, provinces)
    issues = IssueList(settle_ambiguous(issues, places))
    issues += _check(sites, places, areas)
    if parcels:
        issues += draw_parcels(sites, width_m, length_m)
    file_issues += [*list_shortfalls(raw_tables), *(issue for raw in raw_tables for issue in raw.issues)]
    file_issues += no_regency_issues(sites)
    schema.check_table(sites, "sites")
    sites.attrs["inputs"] = inputs_of(origins, digests)
    if corrections is not None:
        used = {"source": Path(corrections).name, "sha256": source_sha256(corrections), "applied": len(accepted)}
        sites.attrs["corrections"] = used
    return sites, _sorted_issues(issues, sites, file_issues), origins


def _read_tables(
    raw_tables: list[RawTable], given: Mapping[str, str], crs: Any, problems: list[InputError]
) -> tuple[list[Part], list[dict[str, Any]]]:
    """Sites and issues of each raw table, and issues of the files; raise all problems together."""
    parts: list[Part] = []
    file_issues: list[dict[str, Any]] = []
    problems = list(problems)
    files = dict.fromkeys(raw.file for raw in raw_tables)
    for file in files:
        read: list[Part] = []
        failed: list[tuple[RawTable, InputError]] = []
        for raw in (r for r in raw_tables if r.file == file):
            try:
                table, issues, roles = _read_table(raw, given, crs, alone=len(files) == 1)
                read.append((table, issues))
                file_issues += [_columns_read(raw, roles), *check_hidden_columns(raw, roles), *check_digits(raw)]
            except CRSError as error:
                problems.append(error)
            except InputError as error:
                failed.append((raw, error))
        if read:
            file_issues += [_skipped(raw, error) for raw, error in failed if len(raw.table)]
        else:
            problems += [error for _raw, error in failed]
        parts += read
    if problems:
        kind = CRSError if all(isinstance(p, CRSError) for p in problems) else InputError
        raise kind("\n".join(dict.fromkeys(map(str, problems))))
    return parts, file_issues


def _read_table(
    raw: RawTable, given: Mapping[str, str], crs: Any, *, alone: bool
) -> tuple[GeoDataFrame, Iterable[Issue], dict[str, str]]:
    """Sites of one raw table, the user's further columns behind those of the schema; issues; column of each role."""
    content = ContentClassifier(raw.table)
    roles, others, drawn = _find_columns(raw, given, content, crs, alone=alone)
    positions = read_positions(raw, roles, crs, content.parsed, others=others, drawn=drawn, alone=alone)
    _refuse_forest(raw, positions.shapes)
    corners = find_corner_groups(raw, roles, positions.shapes)
    if corners is not None:
        roles = assign_corner_roles(roles, corners)
    columns, issues = read_attributes(raw, roles, positions.accuracy_m)
    columns |= {"source": raw.source, "source_row": raw.rows, "_stem": raw.stem, "_file": raw.file, "_corners": 1}
    columns |= {"coordinates_as_given": positions.as_given, "source_crs": positions.source_crs}
    own = {roles[r] for r in _VERBATIM if r in roles}
    kept = [c for c in raw.table.columns if c not in own]
    wanted = (f"{c}_as_given" if str(c).casefold() in _TAKEN else str(c) for c in kept)
    names = unique_names([*columns, *wanted])[len(columns) :]
    columns |= {name: native_column(raw.table[c]) for name, c in zip(names, kept, strict=True)}
    table = GeoDataFrame(pd.DataFrame(columns, index=raw.table.index), geometry=positions.shapes, crs=schema.CRS)
    positions.issues += issues
    all_issues = check_cells(raw, roles, positions, positions.issues)
    if corners is None:
        return table, all_issues, roles if drawn is None else {**roles, "corners": drawn[0]}
    return *join_corners(table, list(all_issues), raw, corners), roles


def _find_columns(
    raw: RawTable, given: Mapping[str, str], content: ContentClassifier, crs: Any, *, alone: bool
) -> tuple[dict[str, str], list[dict[str, str]], tuple[str, Positions] | None]:
    """Column of each role; further sets that give a position; parcels from columns of corners, with their names."""
    sets = find_corner_columns(raw, content) if raw.geometry is None and POSITION_ROLES.isdisjoint(given) else []
    if sets:
        rest = replace(raw, table=raw.table.drop(columns=[c for s in sets for c in s.values()]))
        roles, others = find_roles(rest, given, ContentClassifier(rest.table))
        zone = {"zone": roles["zone"]} if "zone" in roles else {}
        known = read_crs(crs, raw.source) if crs is not None else None
        parcels = read_corner_columns(raw, sets, zone, known, alone=alone)
        if parcels is not None:
            place = {role: c for role, c in roles.items() if role in POSITION_ROLES}
            roles = {role: c for role, c in roles.items() if role not in POSITION_ROLES}
            names = " – ".join(" / ".join(s.values()) for s in (sets[0], sets[-1]))
            return roles, [place | zone, *others] if place else others, (names, parcels)
    roles, others = find_roles(raw, given, content)
    _require_positions(raw, roles)
    return roles, others, None


def _require_positions(raw: RawTable, roles: Mapping[str, str]) -> None:
    """Refuse a raw table without coordinates or rows."""
    if raw.geometry is None and not has_position(roles):
        raise InputError(
            _("{source}: tidak ada kolom koordinat. Kolom yang ada: {there}.").format(
                source=raw.source, there=", ".join(map(str, raw.table.columns)) or "–"
            ),
            _("Sebutkan dengan columns={{'latitude': '..', 'longitude': '..'}} (--columns latitude=..).").format(),
        )
    if not len(raw.table):
        raise InputError(
            _("{source}: hanya judul kolom, tidak ada satu pun baris. Isi daftarnya.").format(source=raw.source)
        )


def _refuse_forest(raw: RawTable, shapes: Geometries) -> None:
    """Refuse a layer of forest polygons given as a list of sites."""
    forest = next((c for c in raw.table.columns if str(c).casefold() in _FOREST_COLUMNS), None)
    if forest and np.isin(shapely.get_type_id(shapes), (3, 6)).mean() > 0.5:
        raise InputError(
            _("{source}: ini tampaknya layer kawasan hutan (kolom {column}), bukan daftar titik.").format(
                source=raw.source, column=forest
            ),
            _("Berikan lewat --forest."),
        )


def _columns_read(raw: RawTable, roles: Mapping[str, str]) -> dict[str, Any]:
    text = _("Kolom yang dibaca: {columns}.")
    text = text.format(columns="; ".join(f"{role} = {column}" for role, column in roles.items()) or "–")
    hint = _("Bila keliru, sebutkan kolom yang benar.")
    return issue_row("columns_read", text, severity="info", source=raw.source, suggestion=hint)


def _skipped(raw: RawTable, error: InputError) -> dict[str, Any]:
    text = _("{n} baris tidak dibaca. {why}").format(n=len(raw.table), why=error.args[0])
    return issue_row("sheet_skipped", text, source=raw.source)


def _concat(tables: list[GeoDataFrame]) -> GeoDataFrame:
    """Tables of all raw tables as one; a further column of several types becomes numbers where it can, else text."""
    if len(tables) == 1:
        return tables[0]
    columns: dict[str, pd.Series] = {}
    for c in dict.fromkeys(c for t in tables for c in t.columns if c != "geometry"):
        dtypes = {t[c].dtype for t in tables if c in t and t[c].notna().any()}
        numeric = all(pd.api.types.is_numeric_dtype(d) and not pd.api.types.is_bool_dtype(d) for d in dtypes)
        values = [None if pd.isna(v) else v for t in tables for v in (t[c].tolist() if c in t else [None] * len(t))]
        if len(dtypes) > 1 and c not in schema.SITES:
            columns[c] = tidy_column(values) if numeric else pd.Series([cell_text(v) for v in values], dtype="str")
            continue
        dtype = dtypes.pop() if len(dtypes) == 1 and c not in schema.SITES else object
        columns[c] = pd.Series(values, dtype="str" if dtypes else dtype)
    shapes = np.concatenate([t.geometry.to_numpy() for t in tables])
    return GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=schema.CRS)


def _number_issues(parts: list[Part]) -> IssueList:
    """Issues of all parts, by row of the table that `_concat` makes of them."""
    issues = IssueList()
    start = 0
    for table, own in parts:
        issues += (issue._replace(row=issue.row + start) for issue in own) if start else own
        start += len(table)
    return issues


def _set_ids(sites: GeoDataFrame) -> list[Issue]:
    """Give every site a unique id: the user's, with an ending where it repeats, else file stem and row."""
    given = column_texts(sites["site_id"])
    taken = {g for g in given if g}
    if len(taken) == len(given):
        return []
    seen: set[str] = set()
    first_row: dict[str, Any] = {}
    tried: dict[tuple[str, str | None], int] = {}
    ids: list[str] = []
    issues = []
    hint = _("Beri setiap titik ID sendiri.")
    for i, (own, stem, row) in enumerate(zip(given, sites["_stem"], sites["source_row"], strict=True)):
        wanted = own or f"{stem}-{row}"
        name, n = wanted, tried.get((wanted, own), 1)  # all lower numbers are taken
        if n > 1:
            name = f"{wanted}-{n}"
        while name in seen or (name in taken and name != own):
            n += 1
            name = f"{wanted}-{n}"
        if own and name != own:
            text = _("ID {id} sudah dipakai baris {row}; baris ini menjadi {new}.")
            text = text.format(id=own, row=first_row[own], new=name)
            issues.append(Issue(i, "duplicate_id", text, "warning", value=own, suggestion=hint))
        elif not own and taken:
            text = _("Baris tanpa ID; diberi {new}.").format(new=name)
            issues.append(Issue(i, "missing_id", text, "info", suggestion=hint))
        if own:
            first_row.setdefault(own, row)
        tried[wanted, own] = n
        seen.add(name)
        ids.append(name)
    sites["site_id"] = pd.Series(ids, dtype="str", index=sites.index)
    return issues


def _fill_regency(sites: GeoDataFrame, boundaries: GeoDataFrame | None, regency: str | None) -> list[Issue]:
    """Fill in missing regencies: the one the user names, else the one in which a site lies."""
    empty = sites["regency"].isna().to_numpy()
    if not empty.any():
        return []
    if regency is not None:
        known = normalise_regency(regency) or find_by_code(regency)
        sites.loc[empty, "regency"] = known.name if known else regency
        sites.loc[empty, "regency_code"] = known.code if known else None
        return []
    if boundaries is None:
        return []
    found = assign_regency(sites.geometry[empty].representative_point(), boundaries)
    sites.loc[empty, "regency"] = found["regency"]
    sites.loc[empty, "regency_code"] = found["regency_code"]
    text = _("Kabupaten diisi dari batas wilayah: {name}.")
    messages = {name: text.format(name=name) for name in found["regency"].dropna().unique()}
    filled = zip(np.flatnonzero(empty).tolist(), found["regency"].tolist(), strict=True)
    return [Issue(i, "regency_from_boundaries", messages[name], "info") for i, name in filled if name in messages]


def _check(sites: GeoDataFrame, places: Places, boundaries: GeoDataFrame | None) -> Iterator[Issue]:
    """Issues of sites against the places they name, against each other and against the criteria of areas."""
    points = shapely.get_type_id(sites.geometry.to_numpy()) == 0
    yield from check_locations(places, boundaries)
    yield from check_shared_points(places, sites.index.to_list(), points)
    yield from check_suspicious_points(places, points)
    yield from check_areas(sites)
    yield from check_similar_ids(sites)
    yield from check_duplicate_rows(sites)
    yield from check_village_names(sites, places, boundaries)


def _sorted_issues(issues: IssueList, sites: GeoDataFrame, file_issues: list[dict[str, Any]]) -> pd.DataFrame:
    """All issues: worst first, then by code, then in the order of the source."""
    rows = np.array(issues.columns["row"], dtype=np.int64)
    columns = {c: sites[c].iloc[rows].reset_index(drop=True) for c in ("source", "source_row")}
    columns["site_id"] = sites.index.to_series().iloc[rows].reset_index(drop=True)
    of_corners = {n: row for n, row in enumerate(issues.columns["source_row"]) if row is not None}
    columns["source_row"].iloc[list(of_corners)] = list(of_corners.values())
    params = all_params(issues.columns["message"], issues.columns["suggestion"])
    columns["params"] = pd.Series(params, dtype="str")
    columns |= {c: pd.Series(issues.columns[c], dtype="str") for c in schema.ISSUES if c not in columns}
    table = pd.concat([pd.DataFrame(columns), issues_table(file_issues)], ignore_index=True)
    worst = table["severity"].map({s: n for n, s in enumerate(schema.SEVERITIES)}).to_numpy(dtype=np.int64)
    order = np.lexsort((pd.factorize(table["code"])[0], worst))
    return schema.set_dtypes(table[list(schema.ISSUES)].iloc[order].reset_index(drop=True), "issues")
