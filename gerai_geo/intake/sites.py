"""
`read_sites`: any list of candidate sites -> the `schema.SITES` table and what is wrong with it.

Rows in = rows out, in the file's order, under the user's own ids. Nothing is corrected silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import CRSError, InputError
from gerai_geo.i18n.issue_labels import corrects
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.admin import harmonise as naming
from gerai_geo.intake.admin import lookup as places
from gerai_geo.intake.admin import regencies as regions
from gerai_geo.intake.admin.lookup import Places
from gerai_geo.intake.boundaries import read_boundaries
from gerai_geo.intake.columns import attributes, positions
from gerai_geo.intake.columns import compose as composed
from gerai_geo.intake.columns import roles as columns
from gerai_geo.intake.columns import wkt_column as wkt
from gerai_geo.intake.files.digest import sha256
from gerai_geo.intake.files.raw_table import RawTable, cell_text, column_texts, unique_names
from gerai_geo.intake.parcels import assumed as plots
from gerai_geo.intake.parcels import vertices as corners
from gerai_geo.intake.quality import duplicates as rows
from gerai_geo.intake.quality import location as checks
from gerai_geo.intake.quality import shared_points as neighbours
from gerai_geo.intake.quality import suggestions as proposals
from gerai_geo.intake.quality import suspicious_points as patterns
from gerai_geo.intake.quality.corrections import apply_corrections, read_corrections
from gerai_geo.intake.tables import sources
from gerai_geo.intake.tables import vector_tables as vectors
from gerai_geo.intake.tables.sources import Source
from gerai_geo.records.issues import Issue, IssueList, all_params, issue_row, issues_table

_FOREST_COLUMNS: Final = frozenset(
    {"fungsikws", "fngskws", "fungsitap", "fungsi_kws", "noskkws", "noskpnjk", "nosktap", "function_as_given"}
)
_TAKEN: Final = {c.casefold() for c in (*schema.SITES, *schema.FINDINGS, "site_id", "lon", "lat")}
_VERBATIM: Final = (
    "site_id",
    "name",
    "village",
    "district",
    "latitude",
    "longitude",
    "coordinates",
    "x",
    "y",
    "accuracy_m",
)


@localised
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
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """
    Read candidate sites from any file that offices and village staff send.

    Parameters
    ----------
    source
        Path of a CSV, TSV, XLSX, XLS, ODS, GeoJSON, GPKG, shapefile, KML, KMZ, GPX, FlatGeobuf or GeoParquet file,
        of a folder or zip of such files, a list of paths, or a table in memory.
    crs
        CRS of coordinates that don't say theirs: metres in a list, a shapefile without .prj.
    columns
        Which column is what, e.g. ``{"name": "Nama KDKMP", "latitude": "Y"}``; keys: ``site_id, name, village,
        district, regency, regency_code, latitude, longitude, x, y, zone, coordinates, declared_area, width, length,
        accuracy_m``. Columns not named here are found by their names, then by their content.
    lang
        Language of the issues and errors, ``id`` or ``en``.
    boundaries
        Polygons of villages or regencies: fills in the regency where the list doesn't say it, and checks where it
        does.
    regency
        Regency of the rows whose list doesn't say it.
    corrections
        Workbook or CSV with what a person accepted of the corrections proposed (``gerai-geo check -o masalah.xlsx``
        with its last column filled in). Each change is told, as ``corrected``.
    parcels
        Whether to draw a rectangle of the declared width and length (or a square of the declared area) around points,
        and to widen their accuracy by half its diagonal, since nobody knows how it lies; see `plots`.

    Returns
    -------
    sites
        The `schema.SITES` table in EPSG:4326, index ``site_id``; the user's further columns behind it. A row whose
        coordinates are missing or impossible has no geometry.
    issues
        The `schema.ISSUES` table: what was left out, what is wrong, and what would mend it.

    Raises
    ------
    InputError
        If a file is missing, empty, damaged, of an unknown kind, or holds no coordinates; if a correction fits no row;
        all problems together.
    CRSError
        If a vector file or a list in metres doesn't say its CRS and none is given.
    """
    given = _given(columns)
    accepted = read_corrections(corrections) if corrections is not None else []
    blocks, problems = sources.read_blocks(source, given)
    blocks = [wkt.as_layer(whole) for b in blocks for whole in composed.prepare(b, given)]
    parts, issues = _site_tables(blocks, given, crs, problems)
    ground = read_boundaries(boundaries)
    remarks = IssueList()
    start = 0
    for table, own in parts:
        remarks += (r._replace(row=r.row + start) for r in own) if start else own
        start += len(table)
    sites = _concat([t for t, _own in parts])
    remarks += _set_ids(sites)
    if ground is not None:
        ground = naming.settle_regencies(sites, ground)
    if accepted:
        told = apply_corrections(sites, accepted, crs)
        mended = {(r.row, r.column) for r in told}
        remarks = IssueList(r for r in remarks if (r.row, corrects(r.code)) not in mended)
        remarks += told
    remarks += _fill_regency(sites, ground, regency)
    inputs = _inputs(sites, {b.file: b.sha256 for b in reversed(blocks)})
    width_m, length_m = (pd.to_numeric(sites.pop(c)) for c in ("_width_m", "_length_m"))
    sites = sites.set_index("site_id").drop(columns=["_stem", "_file", "_corners"])
    sites = schema.set_dtypes(GeoDataFrame(sites, geometry="geometry", crs=schema.CRS), "sites")
    where = places.places_of(sites, ground)
    remarks = IssueList(proposals.settle(remarks, where))
    remarks += checks.check_places(where, ground)
    remarks += _compared(sites, where, ground)
    if parcels:
        remarks += plots.draw_parcels(sites, width_m, length_m)
    issues += [r for b in blocks for r in b.issues]
    issues += _no_regency(sites)
    schema.check_table(sites, "sites")
    sites.attrs["inputs"] = inputs
    if corrections is not None:
        used = {"source": Path(corrections).name, "sha256": sha256(Path(corrections)), "applied": len(accepted)}
        sites.attrs["corrections"] = used
    return sites, _issues(remarks, sites, issues)


def _inputs(sites: GeoDataFrame, digests: Mapping[str, str]) -> list[dict[str, Any]]:
    """Files with their digests and rows, which are sites; where corners were joined, also how many they were."""
    inputs = []
    for file, own in sites.groupby("_file", sort=False):
        told = {"source": file, "sha256": digests[str(file)], "rows": len(own)}
        if own["_corners"].max() > 1:
            told["corners"] = int(own["_corners"].sum())
        inputs.append(told)
    return inputs


def _compared(sites: GeoDataFrame, where: Places, ground: GeoDataFrame | None) -> Iterator[Issue]:
    """Remarks of sites on each other and of their areas."""
    points = shapely.get_type_id(sites.geometry.to_numpy()) == 0
    yield from neighbours.check_shared(where, sites.index.to_list(), points)
    yield from patterns.check_patterns(where, points)
    yield from rows.check_areas(sites)
    yield from rows.check_repeated(sites)
    yield from rows.check_names(sites, where, ground)


def _given(given: Mapping[str, str] | None) -> dict[str, str]:
    return columns.check_given(given or {})


def _site_tables(
    blocks: list[RawTable], given: Mapping[str, str], crs: Any, problems: list[InputError]
) -> tuple[list[tuple[GeoDataFrame, Iterable[Issue]]], list[dict[str, Any]]]:
    """Sites of each block with remarks on its rows; blocks that hold no sites are told, problems raised together."""
    parts: list[tuple[GeoDataFrame, Iterable[Issue]]] = []
    issues: list[dict[str, Any]] = []
    problems = list(problems)
    for file in dict.fromkeys(b.file for b in blocks):
        own = [b for b in blocks if b.file == file]
        read: list[tuple[GeoDataFrame, Iterable[Issue]]] = []
        failed: list[tuple[RawTable, InputError]] = []
        for block in own:
            try:
                roles = columns.find_columns(block.table, given, block.source, shapes=block.geometry is not None)
                _refuse_unfit(block, roles)
                read.append(_site_table(block, roles, crs))
                issues.append(_columns_read(block, roles))
            except CRSError as error:
                problems.append(error)
            except InputError as error:
                failed.append((block, error))
        if failed and not read:
            problems += [error for _block, error in failed]
        elif failed:
            issues += [
                issue_row(
                    "sheet_skipped",
                    _("{n} baris tidak dibaca. {why}").format(n=len(block.table), why=error),
                    source=block.source,
                )
                for block, error in failed
                if len(block.table)
            ]
        parts += read
    if problems:
        kind = CRSError if all(isinstance(p, CRSError) for p in problems) else InputError
        raise kind("\n".join(dict.fromkeys(map(str, problems))))
    return parts, issues


def _refuse_unfit(block: RawTable, roles: Mapping[str, str]) -> None:
    """Refuse a block that holds no list of sites."""
    there = ", ".join(map(str, block.table.columns)) or "–"
    if block.geometry is None and not columns.has_position(roles):
        raise InputError(
            _(
                "{source}: tidak ada kolom koordinat. Kolom yang ada: {there}. Sebutkan dengan "
                "columns={{'latitude': '..', 'longitude': '..'}} (--columns latitude=..)."
            ).format(source=block.source, there=there)
        )
    if not len(block.table):
        raise InputError(
            _("{source}: hanya judul kolom, tidak ada satu pun baris. Isi daftarnya.").format(source=block.source)
        )
    forest = [c for c in block.table.columns if str(c).casefold() in _FOREST_COLUMNS]
    if block.geometry is not None and forest:
        areal = np.isin(shapely.get_type_id(block.geometry), (3, 6)).mean()
        if areal > 0.5:
            raise InputError(
                _(
                    "{source}: ini tampaknya layer kawasan hutan (kolom {column}), bukan daftar titik. "
                    "Berikan lewat --forest."
                ).format(source=block.source, column=forest[0])
            )


def _site_table(block: RawTable, roles: dict[str, str], crs: Any) -> tuple[GeoDataFrame, Iterable[Issue]]:
    """Sites of one block in the contract's columns, the user's further columns beside them; corners as one parcel."""
    found = positions.from_cells(block, roles, crs) if block.geometry is None else positions.from_shapes(block, crs)
    of_parcels = corners.find_corners(block, roles, found.shapes)
    if of_parcels is not None:
        corners.settle_roles(roles, of_parcels)
    names, codes, of_regency = attributes.regencies(block, roles)
    declared, of_area = attributes.declared_areas(block, roles)
    accuracy, of_accuracy = attributes.accuracies(block, roles, found.accuracy_m)
    plain = ("site_id", "name", "village", "district")
    ours: dict[str, Any] = {r: attributes.text_column(block, roles, r) for r in plain}
    ours |= {"regency": names, "regency_code": codes, "source": block.source, "source_row": block.rows}
    ours |= {"coordinates_as_given": found.as_given, "source_crs": found.source_crs}
    ours |= {"_stem": block.stem, "_file": block.file, "_corners": 1}
    numbers = {"declared_area_m2": declared, "accuracy_m": accuracy}
    numbers |= dict(zip(("_width_m", "_length_m"), plots.declared_sides(block, roles), strict=True))
    ours |= {c: np.array(values, dtype=float) for c, values in numbers.items()}
    kept = [c for c in block.table.columns if c not in {roles[r] for r in _VERBATIM if r in roles}]
    named = unique_names([*ours, *(f"{c}_as_given" if str(c).casefold() in _TAKEN else str(c) for c in kept)])[
        len(ours) :
    ]
    theirs = {n: vectors.native_column(block.table[c]) for n, c in zip(named, kept, strict=True)}
    table = GeoDataFrame(pd.DataFrame(ours | theirs, index=block.table.index), geometry=found.shapes, crs=schema.CRS)
    for remarks in (of_regency, of_area, of_accuracy):
        found.remarks += remarks
    if of_parcels is None:
        return table, found.remarks
    return corners.join_corners(table, list(found.remarks), block, of_parcels)


def _concat(tables: list[GeoDataFrame]) -> GeoDataFrame:
    """Tables of all blocks as one; a column that is of two types becomes text."""
    if len(tables) == 1:
        return tables[0]
    columns: dict[str, pd.Series] = {}
    for c in dict.fromkeys(c for t in tables for c in t.columns if c != "geometry"):
        held = [t[c] for t in tables if c in t and t[c].notna().any()]
        kinds = {s.dtype for s in held}
        if len(kinds) > 1 and all(
            pd.api.types.is_numeric_dtype(k) and not pd.api.types.is_bool_dtype(k) for k in kinds
        ):
            kinds = {np.dtype("float64")}
        values = [None if pd.isna(v) else v for t in tables for v in (t[c].tolist() if c in t else [None] * len(t))]
        if len(kinds) > 1 and c not in schema.SITES:
            values = [cell_text(v) for v in values]
        dtype = kinds.pop() if len(kinds) == 1 and c not in schema.SITES else object
        columns[c] = pd.Series(values, dtype="str" if kinds else dtype)
    shapes = np.concatenate([t.geometry.to_numpy() for t in tables])
    return GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=schema.CRS)


def _set_ids(sites: GeoDataFrame) -> list[Issue]:
    """Give every site an id of its own: the user's, with an ending where it repeats, else file stem and row."""
    given = column_texts(sites["site_id"])
    taken = {g for g in given if g}
    if len(taken) == len(given):
        return []
    seen: set[str] = set()
    ids: list[str] = []
    remarks = []
    for i, (own, stem, row) in enumerate(zip(given, sites["_stem"], sites["source_row"], strict=True)):
        wanted = own or f"{stem}-{row}"
        name, n = wanted, 1
        while name in seen or (name in taken and name != own):
            n += 1
            name = f"{wanted}-{n}"
        if own and name != own:
            remarks.append(
                Issue(
                    i,
                    "duplicate_id",
                    _("ID {id} sudah dipakai baris lain; baris ini menjadi {new}.").format(id=own, new=name),
                    "warning",
                    value=own,
                    suggestion=_("Beri setiap titik ID sendiri."),
                )
            )
        elif not own and any(given):
            remarks.append(
                Issue(
                    i,
                    "missing_id",
                    _("Baris tanpa ID; diberi {new}.").format(new=name),
                    "info",
                    suggestion=_("Beri setiap titik ID sendiri."),
                )
            )
        seen.add(name)
        ids.append(name)
    sites["site_id"] = pd.Series(ids, dtype="str", index=sites.index)
    return remarks


def _fill_regency(sites: GeoDataFrame, ground: GeoDataFrame | None, regency: str | None) -> list[Issue]:
    """Fill in the regency of rows that don't say it: the user's word, else where they lie."""
    empty = sites["regency"].isna().to_numpy()
    if not empty.any():
        return []
    if regency is not None:
        known = regions.normalise_regency(regency) or regions.find_by_code(regency)
        sites.loc[empty, "regency"] = known.name if known else regency
        sites.loc[empty, "regency_code"] = known.code if known else None
        return []
    if ground is None:
        return []
    there = regions.assign_regency(sites.geometry[empty].representative_point(), ground)
    sites.loc[empty, "regency"] = there["regency"]
    sites.loc[empty, "regency_code"] = there["regency_code"]
    text = _("Kabupaten diisi dari batas wilayah: {name}.")
    filled = zip(np.flatnonzero(empty), there["regency"], strict=True)
    return [
        Issue(int(i), "regency_from_boundaries", text.format(name=name), "info") for i, name in filled if pd.notna(name)
    ]


def _no_regency(sites: GeoDataFrame) -> list[dict[str, Any]]:
    without = sites["source"][sites["regency"].isna()].value_counts(sort=False)
    return [
        issue_row(
            "no_regency",
            _("{n} baris tanpa kabupaten/kota.").format(n=n),
            source=str(source),
            suggestion=_("Tambahkan kolom Kabupaten, atau beri batas wilayah (--boundaries)."),
        )
        for source, n in without.items()
    ]


def _columns_read(block: RawTable, roles: Mapping[str, str]) -> dict[str, Any]:
    shown = "; ".join(f"{role} = {column}" for role, column in roles.items())
    return issue_row(
        "columns_read",
        _("Kolom yang dibaca: {columns}.").format(columns=shown or "–"),
        severity="info",
        source=block.source,
        suggestion=_("Bila keliru, sebutkan dengan --columns name=.. dan seterusnya."),
    )


def _issues(remarks: IssueList, sites: GeoDataFrame, of_files: list[dict[str, Any]]) -> pd.DataFrame:
    """All issues: worst first, then by kind, then as they stand in the source."""
    rows = np.array(remarks.columns["row"], dtype=np.int64)
    there = {
        "site_id": sites.index.to_series().iloc[rows],
        "source": sites["source"].iloc[rows],
        "source_row": sites["source_row"].iloc[rows],
    }
    columns = {c: v.reset_index(drop=True) for c, v in there.items()}
    of_corners = {n: row for n, row in enumerate(remarks.columns["source_row"]) if row is not None}
    columns["source_row"].iloc[list(of_corners)] = list(of_corners.values())
    params = all_params(remarks.columns["message"], remarks.columns["suggestion"])
    plain = [c for c in schema.ISSUES if c not in there and c != "params"]
    columns |= {c: pd.Series(remarks.columns[c], dtype="str") for c in plain}
    columns["params"] = pd.Series(params, dtype="str")
    table = pd.concat([pd.DataFrame(columns), issues_table(of_files)], ignore_index=True)
    worst = table["severity"].map({s: n for n, s in enumerate(schema.SEVERITIES)}).to_numpy(dtype=np.int64)
    order = np.lexsort((pd.factorize(table["code"])[0], worst))
    return schema.set_dtypes(table[list(schema.ISSUES)].iloc[order].reset_index(drop=True), "issues")
