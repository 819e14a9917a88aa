"""
`read_forest`: any kawasan hutan layer -> `record.Forest`.

Codes are looked up exactly in `reference/functions.toml`; what is not there is ``UNKNOWN``, told with its row
count, and never guessed. `describe_forest` says what a layer holds.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pyogrio.errors import DataLayerError, DataSourceError

from gerai_geo import geometry, reference, schema
from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake.files import sha256
from gerai_geo.language import number, translator
from gerai_geo.record import Forest

DEFAULT_SCALE: Final = 250_000
SUFFIXES: Final = (
    ".shp", ".zip", ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet", ".gdb", ".kml", ".tab", ".mif",
)  # fmt: skip
INDONESIA: Final = (94.0, -12.0, 142.0, 7.0)


def read_forest(
    source: str | Path | GeoDataFrame,
    *,
    scale: int | None = None,
    edition: str | None = None,
    covers: str | Path | GeoDataFrame | shapely.Geometry | None = None,
    crs: Any = None,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    lang: str = "id",
) -> Forest:
    """
    Read a kawasan hutan layer: shapefile (also zipped), GPKG, GeoJSON, FlatGeobuf, GeoParquet, file geodatabase.

    Parameters
    ----------
    source
        Path of the layer, or a table already in memory.
    scale
        Scale number of the map; 250000 where not given, and told as assumed.
    edition
        Edition or date of the layer, shown in every output.
    covers
        Where ground under no polygon is *not* kawasan hutan. None: nowhere, such ground is not known. A polygon,
        table or vector file: inside it. ``"bbox"``: inside the layer's bounding box. ``"all"``: everywhere.
    crs
        CRS of the layer, only for one that carries none.
    layer
        Name of the layer, for a file that holds several.
    columns
        ``{"function": "KODE", "decree": ..}`` where the names are not the usual ones.
    lang
        Language of the issues, ``id`` or ``en``.

    Returns
    -------
    forest
        Its table is `schema.FOREST` in EPSG:4326 with the layer's further columns; index ``forest_id`` counts
        the features of the file from 1.

    Raises
    ------
    InputError
        If there is no such file, it is empty, holds no polygon, or no column says the function.
    CRSError
        If the layer carries no CRS and none is given.

    Notes
    -----
    Invalid polygons are mended by `geometry.repair` and counted in ``defects``, as are null geometries,
    features that are no polygons, exact duplicates and unknown codes.
    """
    _ = translator(lang)
    table, name, digest = _read(source, layer, lang)
    if table.empty:
        raise InputError(_("{name}: layer kosong, tidak ada satu pun fitur. Periksa berkasnya.").format(name=name))
    if table.crs is None:
        if crs is None:
            raise CRSError(
                _(
                    "{name}: layer tidak membawa CRS (berkas .prj tidak ada). Sebutkan CRS-nya, misalnya "
                    "crs='EPSG:4326' (perintah: --forest-crs EPSG:4326)."
                ).format(name=name)
            )
        table = table.set_crs(geometry.read_crs(crs, name))
    table = geometry.to_lonlat(table, name)
    columns = _find_columns(table, dict(columns or {}), name, lang)
    functions, as_given = _functions(table[columns["function"]])
    issues: list[dict[str, Any]] = []
    defects: dict[str, int] = {}

    shapes = table.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    defects["null_geometry"] = int((shapely.is_missing(shapes) | shapely.is_empty(shapes)).sum())
    mended, repaired = geometry.repair(shapes)
    defects["invalid"] = int(repaired.sum())
    lost = shapely.is_missing(mended)
    defects["not_polygon"] = int((lost & ~np.isin(kinds, (-1, 3, 6))).sum())
    defects["no_area_left"] = int((lost & repaired).sum())
    result = GeoDataFrame(
        {
            "function": functions,
            "function_as_given": as_given,
            "in_forest": [reference.forest_functions()[f].in_forest for f in functions],
            "decree": _texts(table, columns.get("decree")),
            "decree_date": _dates(table, columns.get("decree_date")),
            "stage": _texts(table, columns.get("stage")),
        },
        geometry=mended,
        crs=schema.CRS,
    )
    result.index = pd.Index([str(i) for i in range(1, len(table) + 1)], name="forest_id", dtype="str")
    for c in table.columns:
        if c != table.geometry.name and c not in result.columns:
            result[c] = table[c].to_numpy()
    result = result[~lost]
    if result.empty:
        raise InputError(_("{name}: tidak ada poligon. Layer kawasan hutan harus berisi poligon.").format(name=name))
    keys = pd.Series(shapely.to_wkb(shapely.normalize(result.geometry.to_numpy())), index=result.index)
    defects["duplicate"] = int(pd.DataFrame({"g": keys, "f": result["function"]}).duplicated().sum())
    issues += _function_issues(result, table, columns["function"], name, lang)
    issues += _defect_issues(defects, name, lang)
    if scale is None:
        text = _("Skala peta tidak disebut; dianggap 1:{scale}. Sebutkan dengan --scale bila lain.")
        issues.append(
            schema.issue(
                "scale_assumed",
                text.format(scale=number(DEFAULT_SCALE, 0, lang)),
                severity="info",
                source=name,
            )
        )
    elif scale <= 0:
        raise InputError(
            _("{name}: skala {scale} tidak mungkin. Tulis misalnya 250000.").format(name=name, scale=scale)
        )
    covered = "polygons"
    if covers is not None:
        covered, gap = _gap(result, covers, lang)
        if gap is not None:
            result = pd.concat([result, gap])
    return Forest(
        table=schema.set_dtypes(result, "forest"),
        source=name,
        sha256=digest,
        scale=scale or DEFAULT_SCALE,
        edition=edition or "",
        covers=covered,
        defects={k: n for k, n in defects.items() if n},
        issues=schema.issues_table(issues),
    )


def function_of(value: object) -> str:
    """
    Key of the forest function that a code or a name stands for; ``UNKNOWN`` where it is not in the table.

    Codes are looked up exactly, as text, float or integer; names without case, accents, punctuation and
    repeated spaces.

    Examples
    --------
    >>> function_of(1001.0), function_of("100500"), function_of(1), function_of("Hutan  Lindung")
    ('HL', 'HPK', 'KSA_KPA', 'HL')
    >>> function_of(100201), function_of("HPX"), function_of(None)
    ('KSA_KPA', 'UNKNOWN', 'UNKNOWN')
    """
    return _lookup().get(_plain(value), "UNKNOWN")


def describe_forest(forest: Forest, lang: str = "id") -> pd.DataFrame:
    """
    Say what a layer holds, a row a function.

    Returns
    -------
    summary
        ``function, name, in_forest, polygons, area_m2`` (of the polygons; shared ground counts twice),
        ``decrees`` (their numbers, joined), ``confidence`` of our reading; in the order of the legend.
    """
    table = forest.table.assign(area_m2=geometry.area_m2(forest.table.geometry))
    rows = []
    for key, function in reference.forest_functions().items():
        part = table[table["function"] == key]
        if len(part):
            rows.append(
                {
                    "function": key,
                    "name": function.name(lang),
                    "in_forest": function.in_forest,
                    "polygons": len(part),
                    "area_m2": float(part["area_m2"].sum()),
                    "decrees": "; ".join(sorted(part["decree"].dropna().unique())),
                    "confidence": function.confidence,
                }
            )
    return pd.DataFrame(rows)


def _read(source: str | Path | GeoDataFrame, layer: str | None, lang: str) -> tuple[GeoDataFrame, str, str]:
    """Table as it stands, name for people, sha256."""
    _ = translator(lang)
    if isinstance(source, GeoDataFrame):
        return source.copy(), _("tabel di memori"), ""
    path = Path(source)
    if not path.exists():
        raise InputError(_("{path}: tidak ada berkas ini. Periksa nama dan foldernya.").format(path=path))
    if path.is_dir() and path.suffix.lower() != ".gdb":
        raise InputError(
            _("{path}: ini folder. Sebutkan satu berkas layer, misalnya berkas .shp atau .gpkg di dalamnya.").format(
                path=path
            )
        )
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            _("{path}: bukan berkas layer yang dikenal. Yang dapat dibaca: {kinds}.").format(
                path=path, kinds=", ".join(SUFFIXES)
            )
        )
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(_("{path}: berkas kosong (0 bita). Salin ulang dari sumbernya.").format(path=path))
    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            return geopandas.read_parquet(path), path.name, sha256(path)
        opened = _inside_zip(path, lang) if path.suffix.lower() == ".zip" else str(path)
        layer = layer or _only_layer(opened, path, lang)
        table = pyogrio.read_dataframe(opened, layer=layer)
    except (DataSourceError, DataLayerError, zipfile.BadZipFile, ValueError, OSError) as error:
        raise InputError(
            _("{path}: tidak dapat dibaca sebagai layer peta ({error}). Buka di QGIS dan simpan ulang.").format(
                path=path, error=str(error).splitlines()[0][:200]
            )
        ) from error
    if not isinstance(table, GeoDataFrame):
        raise InputError(_("{path}: tabel tanpa geometri, bukan layer peta.").format(path=path))
    return table, path.name, sha256(path)


def _inside_zip(path: Path, lang: str) -> str:
    """Find the one layer file in a zip, in whatever folder, as a GDAL path."""
    _ = translator(lang)
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if Path(n).suffix.lower() in SUFFIXES and not n.startswith("__MACOSX")]
    if len(names) != 1:
        found = ", ".join(names[:5]) or _("tidak ada")
        raise InputError(
            _("{path}: harus berisi tepat satu layer; ada {n}: {found}. Ekstrak dan sebutkan salah satu.").format(
                path=path, n=len(names), found=found
            )
        )
    return f"/vsizip/{path.resolve().as_posix()}/{names[0]}"


def _only_layer(opened: str, path: Path, lang: str) -> str | None:
    """Layer of polygons that has a column for the function; None where the file has just one layer."""
    layers = pyogrio.list_layers(opened)
    if len(layers) <= 1:
        return None
    _ = translator(lang)
    wanted = _aliases("function")
    found = []
    for name, kind in layers:
        if kind is None or "Polygon" in kind or kind == "Unknown":
            fields = {str(f).lower() for f in pyogrio.read_info(opened, layer=name)["fields"]}
            if fields & {w.lower() for w in wanted}:
                found.append(str(name))
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(n) for n, _kind in layers[:10])
    raise InputError(
        _("{path}: berisi {n} layer ({names}). Sebutkan satu dengan layer='..' (--layer).").format(
            path=path, n=len(layers), names=names
        )
    )


@cache
def _aliases(what: str) -> tuple[str, ...]:
    return tuple(row["name"] for row in reference.read_toml("forest_columns.toml")[what]["columns"])


def _find_columns(table: GeoDataFrame, given: dict[str, str], name: str, lang: str) -> dict[str, str]:
    """
    Columns of the layer by our names.

    The function's column is the first alias in which most of the filled cells are known; where none is, the
    first alias that is there, so that unknown codes are told instead of the layer being refused.
    """
    _ = translator(lang)
    there = [c for c in table.columns if c != table.geometry.name]
    wrong = [c for c in given.values() if c not in there]
    if wrong:
        raise InputError(
            _("{name}: kolom {wrong} tidak ada. Kolomnya: {there}.").format(
                name=name, wrong=", ".join(wrong), there=", ".join(map(str, there))
            )
        )
    by_lower = {str(c).lower(): c for c in reversed(there)}
    found = {
        what: [by_lower[a.lower()] for a in _aliases(what) if a.lower() in by_lower]
        for what in ("function", "decree", "decree_date", "stage")
    }
    chosen = {what: names[0] for what, names in found.items() if names}
    for column in found["decree"]:
        if table[column].notna().any():
            chosen["decree"] = column
            break
    for column in found["function"]:
        values = table[column].dropna()
        if len(values) and np.mean([function_of(v) != "UNKNOWN" for v in values]) > 0.5:
            chosen["function"] = column
            break
    chosen |= given
    if "function" not in chosen:
        raise InputError(
            _(
                "{name}: tidak ada kolom fungsi kawasan (biasanya FUNGSIKWS). Kolom yang ada: {there}. Sebutkan dengan "
                "columns={{'function': '..'}}."
            ).format(name=name, there=", ".join(map(str, there)) or "–")
        )
    return chosen


def _plain(value: object) -> str:
    """Code or name in the one form the table is keyed by."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKD", str(value)).encode("ascii", "ignore").decode().casefold().strip()
    if re.fullmatch(r"\d+\.0+", text):
        text = text.split(".")[0]
    text = re.sub(r"[^a-z0-9]+", " ", text).strip()
    return text.removeprefix("kawasan ").strip() or text


@cache
def _lookup() -> dict[str, str]:
    table: dict[str, str] = {"": "UNKNOWN"}
    for key, function in reference.forest_functions().items():
        for text in (key, *function.names, *(c["code"] for c in function.codes)):
            table[_plain(text)] = key
    return table


def _functions(values: pd.Series) -> tuple[list[str], list[str | None]]:
    """Look each value up; give the values back as text, as they stood."""
    known = {v: function_of(v) for v in values.dropna().unique()}
    functions = [known.get(v, "UNKNOWN") if pd.notna(v) else "UNKNOWN" for v in values]
    return functions, [None if pd.isna(v) else str(v) for v in values]


def _texts(table: GeoDataFrame, column: str | None) -> list[str | None]:
    if column is None:
        return [None] * len(table)
    return [None if pd.isna(v) or not str(v).strip() else str(v).strip() for v in table[column]]


def _dates(table: GeoDataFrame, column: str | None) -> list[str | None]:
    """Dates as ISO text; epoch milliseconds (ArcGIS) understood; anything else as it stands."""
    if column is None:
        return [None] * len(table)
    values = table[column]
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(v) else v.date().isoformat() for v in values]
    if pd.api.types.is_numeric_dtype(values):
        return [None if pd.isna(v) else pd.Timestamp(int(v), unit="ms").date().isoformat() for v in values]
    return _texts(table, column)


def _function_issues(
    result: GeoDataFrame, table: GeoDataFrame, column: str, name: str, lang: str
) -> list[dict[str, Any]]:
    """Tell unknown codes with their counts, codes of confidence C, and a label that contradicts its code."""
    _ = translator(lang)
    issues = []
    plain = result["function_as_given"].map(_plain)
    unlisted = (result["function"] == "UNKNOWN") & ~plain.isin([_plain(c) for c in _codes("UNKNOWN")])
    for value, rows in result[unlisted].groupby("function_as_given", dropna=False, sort=False):
        shown = None if pd.isna(value) else str(value)
        near = difflib.get_close_matches(_plain(shown), [k for k in _lookup() if k], n=1, cutoff=0.85)
        hint = (
            _(" Mungkin maksudnya {near}?").format(near=_lookup()[near[0]])
            if near and not _plain(shown).isdigit()
            else ""
        )
        issues.append(
            schema.issue(
                "unknown_function",
                _("Fungsi kawasan {value} tidak dikenal pada {n} poligon; titik di atasnya tidak dinilai.").format(
                    value=repr(shown) if shown else _("kosong"), n=len(rows)
                ),
                source=name,
                column=column,
                value=shown,
                suggestion=_("Betulkan layer, atau tanyakan arti kode itu kepada BPKH.") + hint,
            )
        )
    weak = {_plain(c["code"]) for f in reference.forest_functions().values() for c in f.codes if c["confidence"] == "C"}
    for value, rows in result[plain.isin(weak)].groupby("function_as_given", sort=False):
        issues.append(
            schema.issue(
                "weak_code",
                _("Arti kode {value} ({n} poligon, dibaca {function}) baru dari satu sumber; perlu konfirmasi.").format(
                    value=value, n=len(rows), function=rows["function"].iloc[0]
                ),
                severity="info",
                source=name,
                column=column,
                value=value,
            )
        )
    return issues + _label_conflicts(result, table, column, name, lang)


def _codes(key: str) -> list[str]:
    function = reference.forest_functions()[key]
    return [*(c["code"] for c in function.codes), *function.names]


def _label_conflicts(
    result: GeoDataFrame, table: GeoDataFrame, column: str, name: str, lang: str
) -> list[dict[str, Any]]:
    """Tell where a second column names another function than the code; the code is kept."""
    _ = translator(lang)
    groups = {key: f.group for key, f in reference.forest_functions().items()}
    issues = []
    positions = result.index.astype(int) - 1
    for other in {c for c in table.columns if str(c).lower() in {a.lower() for a in _aliases("function")}} - {column}:
        said = table[other].iloc[positions].map(function_of)
        code = result["function"].set_axis(said.index)
        # a layer may group all conservation functions under one label: only another group contradicts
        clash = (said != "UNKNOWN") & (code != "UNKNOWN") & (said.map(groups) != code.map(groups))
        if clash.any():
            first = table.loc[clash.idxmax(), other]
            issues.append(
                schema.issue(
                    "function_conflict",
                    _(
                        "Kolom {other} menyebut fungsi lain daripada kolom {column} pada {n} poligon; {column} dipakai."
                    ).format(other=other, column=column, n=int(clash.sum())),
                    source=name,
                    column=str(other),
                    value=first,
                    suggestion=_("Periksa poligon itu; pilih kolom dengan columns={'function': '..'}."),
                )
            )
    return issues


def _defect_issues(defects: dict[str, int], name: str, lang: str) -> list[dict[str, Any]]:
    _ = translator(lang)
    texts = {
        "null_geometry": _("{n} fitur tanpa geometri; dilewati."),
        "invalid": _("{n} poligon tidak sah (garis berpotongan dan sejenisnya); diperbaiki."),
        "not_polygon": _("{n} fitur bukan poligon; dilewati."),
        "no_area_left": _("{n} poligon tidak sah tanpa luas; dilewati."),
        "duplicate": _("{n} poligon rangkap persis; dihitung sekali."),
    }
    return [
        schema.issue(f"forest_{kind}", texts[kind].format(n=number(n, 0, lang)), severity="info", source=name)
        for kind, n in defects.items()
        if n
    ]


def _gap(
    table: GeoDataFrame, covers: str | Path | GeoDataFrame | shapely.Geometry, lang: str
) -> tuple[str, GeoDataFrame | None]:
    """Ground that the user says the layer covers and no polygon does: one APL row, marked as such."""
    _ = translator(lang)
    if isinstance(covers, str) and covers in ("all", "bbox"):
        bounds = table.total_bounds if covers == "bbox" else INDONESIA
        region, name = shapely.box(*bounds), covers
    elif isinstance(covers, shapely.Geometry):
        region, name = covers, _("poligon pengguna")
    else:
        outline, name, _digest = _read(covers, None, lang)
        region = shapely.union_all(geometry.repair(geometry.to_lonlat(outline, name).geometry.to_numpy())[0])
    rest, _bad = geometry.repair(np.array([shapely.difference(region, shapely.union_all(table.geometry.to_numpy()))]))
    if rest[0] is None:
        return name, None
    row = {
        "function": ["APL"],
        "function_as_given": [_("di luar poligon, menurut covers={name}").format(name=name)],
    }
    gap = GeoDataFrame(row | {"in_forest": [False]}, geometry=rest, crs=schema.CRS)
    gap.index = pd.Index(["covers"], name="forest_id")
    return name, gap
