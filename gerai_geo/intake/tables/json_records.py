"""JSON that is no GeoJSON: the records that services and apps export, read as raw tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.completeness import page_shortfalls, unread_places
from gerai_geo.intake.files.gdal_open import detail_of
from gerai_geo.intake.files.geojson_texts import json_texts
from gerai_geo.intake.files.raw_table import RawTable, tidy_column
from gerai_geo.intake.tables.column_names import has_position
from gerai_geo.intake.tables.header_rows import name_columns, suggest_roles
from gerai_geo.intake.tables.spreadsheets import split_sheet

SUFFIXES: Final = (".json", ".geojson", ".geojsonl", ".ndjson", ".jsonl")
_DEEPEST: Final = 5
_SAMPLE: Final = 50
_WRAPPERS: Final = ("properties", "attributes")
_EXTENDED: Final = {
    "$oid": str, "$date": None, "$uuid": str, "$symbol": str, "$numberInt": int, "$numberLong": int,
    "$numberDouble": float, "$numberDecimal": None,
}  # fmt: skip
"""Objects of a database export that stand for one value, and what makes it of their text."""
_HALF_CHARACTERS: Final = re.compile("[\ud800-\udfff]")

Record = dict[tuple[str, ...], Any]


def read_records(path: Path, label: str, given: Mapping[str, str]) -> list[RawTable]:
    """
    Read the list of records in a JSON file, wherever it stands in it.

    Read are lists of objects, on their own, within others (``{"data": [..]}``) or one a line; objects by id; columns;
    rows of values under a heading. Objects within a record become columns, shapes and other lists text.

    Parameters
    ----------
    label
        Name of the file in messages.
    given
        Columns that the user named, by role.

    Returns
    -------
    raw_tables
        ``rows`` counts the records from 1. Empty where there are no records.

    Raises
    ------
    InputError
        If the file is no JSON.
    """
    try:
        content = _load(path.read_bytes())
    except (ValueError, RecursionError) as error:
        text = _("{file}: tidak dapat dibaca sebagai berkas peta atau JSON ({detail}). Minta ekspor ulang.")
        raise InputError(text.format(file=label, detail=detail_of(error))) from None
    found = max(_lists(content), key=_worth, default=None)
    if not found:
        return []
    if isinstance(found[0], Mapping):
        raw_tables = [_raw_table(found, label, path.stem)]
    else:
        raw_tables = split_sheet([[_cell(v) for v in row] for row in found], label, path.stem, given)
    raw_tables[0].shortfalls += unread_places(content, sum(len(raw.table) for raw in raw_tables))
    if isinstance(content, Mapping):
        raw_tables[0].shortfalls += page_shortfalls(content, sum(len(raw.table) for raw in raw_tables))
    return raw_tables


def _load(content: bytes) -> Any:
    """Content of a file with one JSON text, or several one after the other."""
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if utf16 else "utf-8-sig", errors="strict" if utf16 else "surrogateescape")
    if _HALF_CHARACTERS.search(text):
        text = content.decode("cp1252", errors="replace")
    contents = [_plain(content) for content in json_texts(text)]
    if len(contents) == 1:
        return contents[0]
    if contents and all(isinstance(content, list) for content in contents):
        return [item for content in contents for item in content]
    return _joined_pages(contents) or contents


def _joined_pages(contents: list[Any]) -> dict[str, Any] | None:
    """Pages of one answer that follow each other in a file as one; None where they have no list in common."""
    if not contents or not all(isinstance(content, Mapping) for content in contents):
        return None
    keys = [k for k, v in contents[0].items() if isinstance(v, list) and any(isinstance(item, Mapping) for item in v)]
    key = next((k for k in keys if all(isinstance(content.get(k), list) for content in contents)), None)
    if key is None:
        return None
    return {**contents[-1], key: [item for content in contents for item in content[key]]}


def _lists(content: Any, depth: int = 0) -> Iterator[list[Any]]:
    """Everything in a JSON text that may be a list of records."""
    if isinstance(content, list):
        objects = sum(isinstance(item, Mapping) for item in content[:_SAMPLE])
        rows = sum(isinstance(item, list) for item in content[:_SAMPLE])
        if objects * 2 > len(content[:_SAMPLE]):
            yield [item if isinstance(item, Mapping) else {} if item is None else {"nilai": item} for item in content]
        elif rows * 2 > len(content[:_SAMPLE]) and _names_columns(content[0]):
            yield [item if isinstance(item, list) else [item] for item in content]
        if depth < _DEEPEST:
            for item in content[:_SAMPLE]:
                if isinstance(item, Mapping):
                    yield from _lists(item, depth + 1)
    elif isinstance(content, Mapping):
        values = list(content.values())
        columns, index = content.get("columns"), content.get("data")
        if isinstance(columns, list) and isinstance(index, list):  # pandas, orient="split"
            yield [columns, *(row for row in index if isinstance(row, list))]
        elif (
            values
            and all(isinstance(v, Mapping) for v in values)
            and (
                len(values) == 1 or set.intersection(*(set(v) for v in values))  # else they are the parts of one record
            )
        ):
            keys = [set(v) for v in values]
            if len(values) > 1 and all(k == keys[0] for k in keys) and all(str(k).isdecimal() for k in keys[0]):
                yield [{c: content[c][k] for c in content} for k in values[0]]  # pandas, orient="columns"
            else:
                yield [{"id": key, **value} for key, value in content.items()]
        elif values and all(isinstance(v, list) for v in values) and len(set(map(len, values))) == 1:
            yield [dict(zip(content, row, strict=True)) for row in zip(*values, strict=True)]
        if depth == 0 and _worth([content])[0]:
            yield [content]
        if depth < _DEEPEST:
            for value in values:
                yield from _lists(value, depth + 1)


def _names_columns(row: Any) -> bool:
    """Whether the first of several rows of values holds a text."""
    return isinstance(row, list) and any(isinstance(v, str) and v.strip() for v in row)


def _worth(records: list[Any]) -> tuple[bool, bool, int]:
    """Whether a list holds records with a position, more than one, and how many."""
    if not records:
        return False, False, 0
    if isinstance(records[0], Mapping):
        parts = list(dict.fromkeys(p for record in records[:_SAMPLE] for p in _flat(record)))
    else:
        parts = [(str(v),) for v in records[0]]
    placed = has_position(role for roles in suggest_roles(parts) for role, _rank in roles)
    placed = placed or any(
        isinstance(v, Mapping) and _is_shape(v) for r in records[:_SAMPLE] if isinstance(r, Mapping) for v in r.values()
    )
    placed = placed or any(p[-1] in ("geometry", "geom", "geojson", "wkt", "_geolocation") for p in parts if p)
    return placed, len(records) > 1, len(records)


def _raw_table(records: Sequence[Mapping[str, Any]], label: str, stem: str) -> RawTable:
    flat = [_flat(record) for record in records]
    parts = list(dict.fromkeys(p for record in flat for p in record))
    names = name_columns(parts)
    columns = {name: tidy_column([record.get(p) for record in flat]) for name, p in zip(names, parts, strict=True)}
    table = pd.DataFrame(columns, index=range(len(records)))
    return RawTable(table, label, list(range(1, len(records) + 1)), stem)


def _flat(record: Mapping[str, Any], above: tuple[str, ...] = ()) -> Record:
    """Values of a record and of the objects in it, by the names that lead to each."""
    flat: Record = {}
    for key, value in record.items():
        name = _HALF_CHARACTERS.sub("", str(key)).strip() or "kolom"
        inner = (*above, name) if name not in _WRAPPERS or above else above
        if isinstance(value, Mapping) and value and not _is_shape(value) and len(inner) < _DEEPEST:
            flat |= {p: v for p, v in _flat(value, inner).items() if p not in flat}
        elif inner not in flat:
            flat[inner or (name,)] = _cell(value)
    return flat


def _is_shape(value: Mapping[str, Any]) -> bool:
    """Whether an object is a shape of GeoJSON or ArcGIS."""
    return ("type" in value and ("coordinates" in value or "geometries" in value)) or not {
        "rings", "paths", "points"
    }.isdisjoint(value)  # fmt: skip


def _cell(value: Any) -> Any:
    """Value as a cell: a pair of numbers as people write it, other lists and objects as JSON."""
    if isinstance(value, str):
        return _HALF_CHARACTERS.sub("", value)
    if isinstance(value, list):
        numbers = [v for v in value if isinstance(v, int | float) and not isinstance(v, bool)]
        if not [v for v in value if v is not None]:
            return None
        if len(numbers) == len(value) and len(value) in (2, 3):
            return ", ".join(map(str, value[:2]))
    if isinstance(value, list | Mapping):
        return _HALF_CHARACTERS.sub("", json.dumps(value, ensure_ascii=False)) if value else None
    return value


def _plain(content: Any) -> Any:
    """Content whose objects that stand for one value (``{"$oid": ..}``) are this value."""
    if isinstance(content, list):
        return [_plain(item) for item in content]
    if not isinstance(content, Mapping):
        return content
    if len(content) == 1:
        ((key, value),) = content.items()
        if key in _EXTENDED:
            value, make = _plain(value), _EXTENDED[key]
            try:
                return value if make is None or not isinstance(value, str) else make(value)
            except ValueError:
                return value
    return {key: _plain(value) for key, value in content.items()}
