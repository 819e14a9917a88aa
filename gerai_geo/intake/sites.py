"""
`read_sites`: any list of candidate sites -> the `schema.SITES` table and what is wrong with it.

Rows in = rows out, in the file's order, under the user's own ids. Nothing is corrected silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake import areas, checks, columns, positions, regions, sources, vectors
from gerai_geo.intake.blocks import Block, Remark, cell_text, is_blank
from gerai_geo.intake.sources import Source
from gerai_geo.language import translator

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


def read_sites(
    source: Source,
    *,
    crs: Any = None,
    columns: Mapping[str, str] | None = None,
    lang: str = "id",
    boundaries: str | Path | GeoDataFrame | None = None,
    regency: str | None = None,
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
        If a file is missing, empty, damaged, of an unknown kind, or holds no coordinates; all problems together.
    CRSError
        If a vector file or a list in metres doesn't say its CRS and none is given.
    """
    _ = translator(lang)
    given = _check_given(columns, lang)
    blocks = sources.read_blocks(source, given, lang)
    ground = _boundaries(boundaries, lang)
    parts, issues = _site_tables(blocks, given, crs, lang)
    remarks: list[Remark] = []
    start = 0
    for table, own in parts:
        remarks += [replace(r, row=r.row + start) for r in own]
        start += len(table)
    sites = _concat([t for t, _own in parts])
    remarks += _fill_regency(sites, ground, regency, lang)
    remarks += _set_ids(sites, lang)
    sites = sites.set_index("site_id").drop(columns="_stem")
    sites = schema.set_dtypes(GeoDataFrame(sites, geometry="geometry", crs=schema.CRS), "sites")
    remarks += checks.check_places(sites, ground, lang)
    remarks += checks.check_shared(sites, lang)
    issues += [r for b in blocks for r in b.issues]
    issues += _no_regency(sites, lang)
    schema.check_table(sites, "sites")
    return sites, schema.issues_table(_in_order(_as_issues(remarks, sites), issues))


def _check_given(given: Mapping[str, str] | None, lang: str) -> dict[str, str]:
    return columns.check_given(given or {}, lang)


def _site_tables(
    blocks: list[Block], given: Mapping[str, str], crs: Any, lang: str
) -> tuple[list[tuple[GeoDataFrame, list[Remark]]], list[dict[str, Any]]]:
    """Sites of each block with remarks on its rows; blocks that hold no sites are told, problems raised together."""
    _ = translator(lang)
    parts: list[tuple[GeoDataFrame, list[Remark]]] = []
    issues: list[dict[str, Any]] = []
    problems: list[InputError] = []
    for file in dict.fromkeys(b.file for b in blocks):
        own = [b for b in blocks if b.file == file]
        read: list[tuple[GeoDataFrame, list[Remark]]] = []
        failed: list[tuple[Block, InputError]] = []
        for block in own:
            try:
                roles = columns.find_columns(block.table, given, block.source, lang, shapes=block.geometry is not None)
                _refuse_unfit(block, roles, lang)
                read.append(_site_table(block, roles, crs, lang))
                issues.append(_columns_read(block, roles, lang))
            except CRSError as error:
                problems.append(error)
            except InputError as error:
                failed.append((block, error))
        if failed and not read:
            problems += [error for _block, error in failed]
        elif failed:
            issues += [
                schema.issue(
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


def _refuse_unfit(block: Block, roles: Mapping[str, str], lang: str) -> None:
    """Refuse a block that holds no list of sites."""
    _ = translator(lang)
    there = ", ".join(map(str, block.table.columns)) or "–"
    if block.geometry is None and not columns.has_position(roles):
        raise InputError(
            _(
                "{source}: tidak ada kolom koordinat. Kolom yang ada: {there}. Sebutkan dengan columns={{'latitude': '..', "
                "'longitude': '..'}} (--columns latitude=..)."
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
                    "{source}: ini tampaknya layer kawasan hutan (kolom {column}), bukan daftar titik. Berikan lewat --forest."
                ).format(source=block.source, column=forest[0])
            )


def _site_table(block: Block, roles: Mapping[str, str], crs: Any, lang: str) -> tuple[GeoDataFrame, list[Remark]]:
    """Sites of one block in the contract's columns, the user's further columns beside them."""
    found = (
        positions.from_cells(block, roles, crs, lang)
        if block.geometry is None
        else positions.from_shapes(block, crs, lang)
    )
    remarks = found.remarks
    table = pd.DataFrame(index=range(len(block.table)))
    for role in ("site_id", "name", "village", "district"):
        table[role] = _texts(block, roles, role)
    names, codes, more = _regencies(block, roles, lang)
    table["regency"], table["regency_code"] = names, codes
    table["source"], table["source_row"] = block.source, block.rows
    table["coordinates_as_given"] = found.as_given
    table["source_crs"] = found.source_crs
    table["declared_area_m2"], area_remarks = _declared_areas(block, roles, lang)
    table["accuracy_m"], accuracy_remarks = _accuracies(block, roles, found.accuracy_m, lang)
    table["_stem"] = block.stem
    remarks = [*remarks, *more, *area_remarks, *accuracy_remarks]
    used = {roles[r] for r in _VERBATIM if r in roles}
    for c in block.table.columns:
        if c not in used:
            name = f"{c}_as_given" if str(c).casefold() in _TAKEN or c == "_stem" else str(c)
            table[name] = vectors.native_column(block.table[c])
    return geopandas.GeoDataFrame(table, geometry=geopandas.GeoSeries(found.shapes, crs=schema.CRS)), remarks


def _texts(block: Block, roles: Mapping[str, str], role: str) -> list[str | None]:
    if role not in roles:
        return [None] * len(block.table)
    texts = [cell_text(v) for v in block.table[roles[role]].tolist()]
    return [None if is_blank(t) else t for t in texts]


def _regencies(
    block: Block, roles: Mapping[str, str], lang: str
) -> tuple[list[str | None], list[str | None], list[Remark]]:
    """Official short name and code where the name or code is known, else the name as given."""
    _ = translator(lang)
    names, codes = _texts(block, roles, "regency"), _texts(block, roles, "regency_code")
    known_names = {n: regions.normalise_regency(n) for n in set(names) if n}
    known_codes = {c: regions.code_candidates(c) for c in set(codes) if c}
    remarks = []
    for i, (name, code) in enumerate(zip(names, codes, strict=True)):
        known = known_names.get(name) if name else None
        candidates = known_codes.get(code, ()) if code else ()
        if code and known and candidates and known not in candidates:
            remarks.append(
                Remark(
                    i,
                    "code_mismatch",
                    _("Kode {code} bukan kode {regency}; nama yang dipakai.").format(code=code, regency=known.name),
                    "warning",
                    roles["regency_code"],
                    code,
                    _("Betulkan kode atau nama kabupatennya."),
                )  # fmt: skip
            )
        elif code and not name and len(candidates) > 1:
            remarks.append(
                Remark(
                    i,
                    "ambiguous_code",
                    _("Kode {code} berarti {a} menurut Kemendagri dan {b} menurut BPS.").format(
                        code=code, a=candidates[0].name, b=candidates[1].name
                    ),
                    "warning",
                    roles["regency_code"],
                    code,
                    _("Tulis nama kabupatennya, atau kode bertitik (62.06)."),
                )  # fmt: skip
            )
        known = known or (candidates[0] if len(candidates) == 1 and not name else None)
        dotted = code[:5] if code and code[2:3] == "." else None
        names[i], codes[i] = (known.name, known.code) if known else (name, dotted)
    return names, codes, remarks


def _declared_areas(block: Block, roles: Mapping[str, str], lang: str) -> tuple[list[float | None], list[Remark]]:
    """Area that the list declares: its own column, else width times length."""
    _ = translator(lang)
    result: list[float | None] = [None] * len(block.table)
    remarks = []
    if "declared_area" in roles:
        column = roles["declared_area"]
        unit = "ha" if {"ha", "hektar"} & set(columns.header_key(column).split()) else "m2"
        numeric = pd.api.types.is_numeric_dtype(block.table[column].dtype)
        for i, text in enumerate(_texts(block, roles, "declared_area")):
            if text is not None:
                factor = 10_000 if unit == "ha" else 1
                result[i] = float(text) * factor if numeric else areas.read_area_m2(text, unit)
                if result[i] is None:
                    remarks.append(
                        Remark(
                            i,
                            "bad_area",
                            _("Luas tidak terbaca."),
                            "warning",
                            column,
                            text,
                            _("Tulis luas dalam m², misalnya 1.250."),
                        )  # fmt: skip
                    )
    elif {"width", "length"} <= set(roles):
        for i, (a, b) in enumerate(zip(_texts(block, roles, "width"), _texts(block, roles, "length"), strict=True)):
            sides = [areas.read_quantity(t.casefold().rstrip("meter ")) if t else None for t in (a, b)]
            if sides[0] is not None and sides[1] is not None:
                result[i] = sides[0] * sides[1]
    return result, remarks


def _accuracies(
    block: Block, roles: Mapping[str, str], own: list[float | None], lang: str
) -> tuple[list[float | None], list[Remark]]:
    """Accuracy that the list gives; else what the coarseness of the coordinates says."""
    if "accuracy_m" not in roles:
        return own, []
    _ = translator(lang)
    result, remarks = list(own), []
    for i, text in enumerate(_texts(block, roles, "accuracy_m")):
        value = areas.read_quantity(text.casefold().rstrip("meter ").lstrip("±")) if text else None
        if value is not None:
            result[i] = max(value, own[i] or 0.0)
        elif text:
            remarks.append(
                Remark(i, "bad_accuracy", _("Ketelitian tidak terbaca."), "warning", roles["accuracy_m"], text)
            )
    return result, remarks


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


def _set_ids(sites: GeoDataFrame, lang: str) -> list[Remark]:
    """Give every site an id of its own: the user's, with an ending where it repeats, else file stem and row."""
    _ = translator(lang)
    given = sites["site_id"].tolist()
    taken = {g for g in given if g}
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
                Remark(
                    i,
                    "duplicate_id",
                    _("ID {id} sudah dipakai baris lain; baris ini menjadi {new}.").format(id=own, new=name),
                    "warning",
                    value=own,
                    suggestion=_("Beri setiap titik ID sendiri."),
                )  # fmt: skip
            )
        elif not own and any(given):
            remarks.append(
                Remark(
                    i,
                    "missing_id",
                    _("Baris tanpa ID; diberi {new}.").format(new=name),
                    "info",
                    suggestion=_("Beri setiap titik ID sendiri."),
                )  # fmt: skip
            )
        seen.add(name)
        ids.append(name)
    sites["site_id"] = pd.Series(ids, dtype="str", index=sites.index)
    return remarks


def _boundaries(source: str | Path | GeoDataFrame | None, lang: str) -> GeoDataFrame | None:
    if source is None:
        return None
    _ = translator(lang)
    if isinstance(source, GeoDataFrame):
        return regions.prepare_boundaries(source, _("batas wilayah"))
    blocks = [b for b in sources.read_blocks(source, {}, lang) if b.geometry is not None]
    if not blocks:
        raise InputError(_("{source}: bukan berkas peta. Batas wilayah harus berupa poligon.").format(source=source))
    tables = [
        regions.prepare_boundaries(GeoDataFrame(b.table, geometry=b.geometry, crs=b.crs), b.source) for b in blocks
    ]
    return tables[0] if len(tables) == 1 else GeoDataFrame(pd.concat(tables, ignore_index=True), crs=schema.CRS)


def _fill_regency(sites: GeoDataFrame, ground: GeoDataFrame | None, regency: str | None, lang: str) -> list[Remark]:
    """Fill in the regency of rows that don't say it: the user's word, else where they lie."""
    _ = translator(lang)
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
    places = regions.assign_regency(sites.geometry[empty].representative_point(), ground)
    sites.loc[empty, "regency"] = places["regency"]
    sites.loc[empty, "regency_code"] = places["regency_code"]
    return [
        Remark(
            int(i),
            "regency_from_boundaries",
            _("Kabupaten diisi dari batas wilayah: {name}.").format(name=name),
            "info",
        )
        for i, name in places["regency"].dropna().items()
    ]


def _no_regency(sites: GeoDataFrame, lang: str) -> list[dict[str, Any]]:
    _ = translator(lang)
    rows = sites[sites["regency"].isna()].groupby("source", sort=False).size()
    return [
        schema.issue(
            "no_regency",
            _("{n} baris tanpa kabupaten/kota.").format(n=n),
            source=source,
            suggestion=_("Tambahkan kolom Kabupaten, atau beri batas wilayah (--boundaries)."),
        )  # fmt: skip
        for source, n in rows.items()
    ]


def _columns_read(block: Block, roles: Mapping[str, str], lang: str) -> dict[str, Any]:
    _ = translator(lang)
    shown = "; ".join(f"{role} = {column}" for role, column in roles.items())
    return schema.issue(
        "columns_read", _("Kolom yang dibaca: {columns}.").format(columns=shown or "–"), severity="info", source=block.source,
        suggestion=_("Bila keliru, sebutkan dengan --columns name=.. dan seterusnya."),
    )  # fmt: skip


def _as_issues(remarks: list[Remark], sites: GeoDataFrame) -> list[dict[str, Any]]:
    ids, names, rows = sites.index.tolist(), sites["source"].tolist(), sites["source_row"].tolist()
    return [
        schema.issue(
            r.code,
            r.message,
            severity=r.severity,
            site_id=ids[r.row],
            source=names[r.row],
            source_row=int(rows[r.row]),
            column=r.column,
            value=r.value,
            suggestion=r.suggestion,
        )  # fmt: skip
        for r in remarks
    ]


def _in_order(of_rows: list[dict[str, Any]], of_files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Worst first, then by kind, then as they stand in the source."""
    order = {c: n for n, c in enumerate(dict.fromkeys(i["code"] for i in of_rows + of_files))}
    return sorted(of_rows + of_files, key=lambda i: (schema.SEVERITIES.index(i["severity"]), order[i["code"]]))
