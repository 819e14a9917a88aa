"""Fields of a shapefile as its .dbf declares them: name, kind, width and decimals, from the columns of a table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo.core.name_keys import unique_names
from gerai_geo.records.geopackage import listed_decimals

SHORT_NAMES: Final = {
    "regency_code": "reg_code", "source_row": "src_row", "coordinates_as_given": "coord_txt", "source_crs": "src_crs",
    "declared_area_m2": "decl_m2", "accuracy_m": "accur_m", "nominal_status": "nominal", "reason_code": "reason_cd",
    "forest_share": "for_share", "uncovered_m2": "uncov_m2", "boundary_m": "boundary_m", "tolerance_m": "toler_m",
    "land_papers": "land_paper", "land_paper_kinds": "paper_kind",
    "route_confidence": "route_conf", "clear_bearing": "clear_dir", "recorded_id": "record_id",
    "recorded_m": "record_m", "clear_where": "clr_where", "computed_status": "comp_stat", "layer_decision": "layer_dec",
    "layer_decision_text": "layer_txt", "recorded_stage": "rec_stage", "recorded_building": "rec_build",
    "recorded_percent": "rec_pct", "recorded_batch": "rec_batch", "recorded_kodim": "rec_kodim",
    "recorded_report": "rec_report", "recorded_land": "rec_land",
}  # fmt: skip
"""Field names of columns of ours, at most ten characters; names of other columns are cut."""

LONGEST_TEXT: Final = 254
"""Bytes of a text in a .dbf."""
_LONGEST_NAME: Final = 10
_SHORT_INTEGER: Final = 9
"""Digits of an integer of 32 bits; fiona 1.10 refuses a long one where there are also short ones."""
_LONGEST_INTEGER: Final = 18
_LONGEST_NUMBER: Final = 19
_MOST_DECIMALS: Final = 15


@dataclass(frozen=True)
class DbfField:
    """
    One field.

    Parameters
    ----------
    column
        Column of the table that it holds.
    name
        Its name in the .dbf.
    kind
        ``text``, ``integer``, ``number``, ``date`` or ``logical``.
    width
        Bytes of a text, characters of a number with sign and point.
    decimals
        Of a number.
    cut
        How many texts were cut to `LONGEST_TEXT`.
    """

    column: str
    name: str
    kind: str
    width: int
    decimals: int = 0
    cut: int = 0


def dbf_table(table: pd.DataFrame) -> tuple[pd.DataFrame, list[DbfField]]:
    """
    Return the values of a table as a .dbf can hold them, and their fields.

    Columns keep their kind: whole numbers, numbers, dates, truths and texts. What a .dbf lacks becomes text: times of
    day, and numbers of more digits than it has room for. Infinite numbers become missing.

    Returns
    -------
    values, fields
        Values under the names of the fields: texts, `datetime64` of whole days, nullable integers and truths, floats
        rounded to the declared decimals. Fields in the order of the columns.

    Examples
    --------
    >>> given = pd.DataFrame({"Nilai": [1, -20], "Luas (m2)": [1.5, None], "Catatan Kepala Desa": ["é", "ab"]})
    >>> values, fields = dbf_table(given)
    >>> [(f.name, f.kind, f.width, f.decimals) for f in fields]
    [('Nilai', 'integer', 3, 0), ('Luas__m2_', 'number', 3, 1), ('Catatan_Ke', 'text', 2, 0)]
    """
    names = short_names([str(c) for c in table.columns])
    values, fields = {}, []
    for column, name in names.items():
        series, field = _field(table[column], column, name)
        values[name] = series
        fields.append(field)
    if any(field.kind == "integer" and field.width > _SHORT_INTEGER for field in fields):
        fields = [_long_integer(field) for field in fields]
    return pd.DataFrame(values, index=table.index), fields


def short_names(columns: Sequence[str]) -> dict[str, str]:
    """
    Short, unique field names of at most ten characters for columns.

    Examples
    --------
    >>> short_names(["site_id", "route_confidence", "Catatan Kepala Desa", "Catatan Kepala Adat"])
    {'site_id': 'site_id', 'route_confidence': 'route_conf', 'Catatan Kepala Desa': 'Catatan_Ke', \
'Catatan Kepala Adat': 'Catatan__2'}
    """
    plain = (unicodedata.normalize("NFKD", SHORT_NAMES.get(c, c)).encode("ascii", "ignore").decode() for c in columns)
    fields = (re.sub(r"[^A-Za-z0-9_]", "_", name) or "kolom" for name in plain)
    return dict(zip(columns, unique_names(fields, key=str.casefold, longest=_LONGEST_NAME), strict=True))


def _field(series: pd.Series[Any], column: str, name: str) -> tuple[pd.Series[Any], DbfField]:
    kind = series.dtype
    if pd.api.types.is_bool_dtype(kind):
        return series.astype("boolean"), DbfField(column, name, "logical", 1)
    if pd.api.types.is_integer_dtype(kind):
        width = max((len(str(v)) for v in series.dropna().unique()), default=1)
        if width <= _LONGEST_INTEGER:
            return series.astype("Int64"), DbfField(column, name, "integer", width)
    elif pd.api.types.is_float_dtype(kind):
        numbers = pd.Series(series.to_numpy("float64", na_value=np.nan), series.index)
        numbers = numbers.where(np.isfinite(numbers))
        if (form := _number_form(numbers, column)) is not None:
            width, decimals = form
            return numbers.round(decimals), DbfField(column, name, "number", width, decimals)
    elif (days := _days(series)) is not None:
        return days, DbfField(column, name, "date", 8)
    texts = _texts(series)
    short = [None if t is None else _cut_text(t) for t in texts]
    width = max((len(t.encode()) for t in short if t is not None), default=1)
    cut = sum(a != b for a, b in zip(texts, short, strict=True))
    return pd.Series(short, series.index, dtype="str"), DbfField(column, name, "text", max(1, width), cut=cut)


def _long_integer(field: DbfField) -> DbfField:
    return replace(field, width=max(field.width, _SHORT_INTEGER + 1)) if field.kind == "integer" else field


def _number_form(numbers: pd.Series[float], column: str) -> tuple[int, int] | None:
    """Width and decimals of numbers: those of the lists, else as many as the numbers have; None without room."""
    filled = numbers.dropna().unique()
    whole = len(f"{np.abs(filled).max(initial=0.0):.0f}") + bool((filled < 0).any())
    decimals = listed_decimals(column)
    if decimals is None:
        decimals = max((_decimals(n) for n in filled), default=1)
    decimals = max(1, min(decimals, _MOST_DECIMALS, _LONGEST_NUMBER - whole - 1))
    width = max((len(f"{n:.{decimals}f}") for n in filled), default=decimals + 2)
    return (width, decimals) if width <= _LONGEST_NUMBER else None


def _decimals(number: float) -> int:
    """
    Decimals of a number as it is written shortest.

    Examples
    --------
    >>> _decimals(2.25), _decimals(600.0), _decimals(1e-07)
    (2, 1, 7)
    """
    return len(np.format_float_positional(number, trim="0").partition(".")[2])


def _days(series: pd.Series[Any]) -> pd.Series[Any] | None:
    """Days of a column of dates; None of other columns, and of dates with a time of day."""
    if series.dtype == object:
        filled = series.dropna()
        if filled.empty or not all(type(v) is date for v in filled):
            return None
        return pd.to_datetime(series)
    if not pd.api.types.is_datetime64_dtype(series.dtype):
        return None
    return series if (series.dropna() == series.dropna().dt.normalize()).all() else None


def _texts(series: pd.Series[Any]) -> list[str | None]:
    """Values as texts; NUL, which ends a text for GDAL, as a blank."""
    return [None if pd.isna(v) else str(v).replace("\x00", " ") for v in series]


def _cut_text(text: str) -> str:
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= LONGEST_TEXT:
        return encoded.decode("utf-8")
    return encoded[: LONGEST_TEXT - 3].decode("utf-8", "ignore") + "…"
