"""
Coordinates in pieces, put together before anybody asks which column means what.

Degrees, minutes and seconds in a column each; LS and BT in columns of their own; two tables side by side on one sheet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns.area_units import read_quantity
from gerai_geo.intake.columns.roles import has_position, header_key, roles_of
from gerai_geo.intake.files.raw_table import RawTable, column_texts, is_blank
from gerai_geo.records.issues import issue_row

POSITION: Final = frozenset({"latitude", "longitude", "x", "y", "coordinates"})
_UNITS: Final = frozenset(
    {"derajat", "menit", "detik", "degree", "degrees", "minute", "minutes", "second", "seconds", "deg", "min", "sec",
     "der", "mnt", "dtk", "°", "'", '"', "''", "′", "″", "º", "o", "d", "m", "s", "(°)", "(')", '(")', "arah"}
)  # fmt: skip
_HEMISPHERES: Final = {
    "latitude": frozenset(
        {"ls", "lu", "s", "n", "u", "lintang selatan", "lintang utara", "selatan", "utara", "l.s", "l.u"}
    ),
    "longitude": frozenset({"bt", "bb", "e", "t", "w", "bujur timur", "bujur barat", "timur", "barat", "b.t", "b.b"}),
}
_MARKS: Final = ("°", "'", '"')


def prepare(block: RawTable, given: Mapping[str, str]) -> list[RawTable]:
    """
    Blocks in which each row is one site and each coordinate stands in one column.

    Parameters
    ----------
    given
        Columns that the user named; where they say where sites are, nothing is put together.

    Returns
    -------
    blocks
        The block itself where nothing had to be put together; one for each table of those side by side.
    """
    if block.geometry is not None or len(block.table.columns) < 3 or not POSITION.isdisjoint(given):
        return [block]
    return [_whole(part) for part in _side_by_side(block)]


def _base(name: object) -> str:
    """Heading without the ending that made it unique."""
    return re.sub(r"_\d$", "", str(name))


def _quantity(name: object) -> str:
    """Heading without its ending and without units of angles: the columns of one coordinate have it in common."""
    words = [w for w in header_key(_base(name)).split() if w not in _UNITS]
    return " ".join(words)


def _axis(text: str) -> str | None:
    roles = dict(roles_of(text))
    return next((r for r in ("latitude", "longitude") if r in roles), None)


def _side_by_side(block: RawTable) -> list[RawTable]:
    """Cut a table where its headings begin anew, each part with coordinates and something else of its own."""
    names = [str(c) for c in block.table.columns]
    bases = [_base(n) for n in names]
    again = [n for n, (name, base) in enumerate(zip(names, bases, strict=True)) if name != base]
    if not again:
        return [block]
    cut = again[0]
    left, right = bases[:cut], bases[cut:]
    own = [{role for b in half for role, _rank in roles_of(b)[:1]} for half in (left, right)]
    further = [
        any(POSITION.isdisjoint(dict(roles_of(b))) and not b.startswith("kolom ") for b in half)
        for half in (left, right)
    ]
    if not (all(map(has_position, map(list, own))) and all(further) and set(right) <= set(left)):
        return [block]
    if len(set(right)) < len(right):
        return [block]
    parts = []
    for n, columns in enumerate((names[:cut], names[cut:]), 1):
        table = block.table[columns].rename(columns=dict(zip(columns, map(_base, columns), strict=True)))
        kept = [i for i in range(len(table)) if any(not is_blank(t) for t in map(_text, table.iloc[i].tolist()))]
        parts.append(
            replace(
                block,
                table=table.iloc[kept].reset_index(drop=True),
                rows=[block.rows[i] for i in kept],
                stem=f"{block.stem}-{n}",
                issues=block.issues if n == 1 else [],
            )
        )
    return parts


def _text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value)


def _whole(block: RawTable) -> RawTable:
    """Join the columns of each coordinate into one, and leave out a row of units under the heading."""
    columns = [str(c) for c in block.table.columns]
    runs: list[tuple[str, list[str]]] = []
    for c in columns:
        quantity = _quantity(c)
        axis = _axis(quantity) or _axis(_base(c))
        if runs and axis and axis == runs[-1][0] and quantity == _quantity(runs[-1][1][0]):
            runs[-1][1].append(c)
        elif axis:
            runs.append((axis, [c]))
        else:
            runs.append(("", [c]))
    cells = {c: column_texts(block.table[c]) for axis, run in runs for c in run if axis or len(run) > 1}
    units = _unit_row([c for axis, run in runs if axis and len(run) > 1 for c in run], cells)
    if units:
        block = _without_first(block)
        cells = {c: texts[1:] for c, texts in cells.items()}
    table = block.table
    for n, (axis, run) in enumerate(runs):
        if not axis or run[0] not in table:
            continue
        beside = runs[n + 1][1] if n + 1 < len(runs) else []
        hemisphere = next((c for c in (*run[1:], *beside) if _names_hemispheres(column_texts(table[c]), axis)), None)
        numbers = [c for c in run if c != hemisphere]
        joined = _joined([cells[c] for c in numbers])
        if joined is None or (len(numbers) == 1 and hemisphere is None):
            continue
        if hemisphere is not None:
            words = column_texts(table[hemisphere])
            joined = [t if t is None or is_blank(w) else f"{t} {w}" for t, w in zip(joined, words, strict=True)]
        table = table.assign(**{run[0]: pd.Series(joined, dtype="str", index=table.index)})
        table = table.drop(columns=[c for c in (*numbers[1:], hemisphere) if c is not None])
    return block if table is block.table else replace(block, table=table)


def _unit_row(columns: list[str], cells: dict[str, list[str | None]]) -> bool:
    """Whether the first row only names the units of the columns of a coordinate."""
    first = [(cells[c][0] or "").strip().casefold() for c in columns if cells[c]]
    said = [t for t in first if t]
    hemispheres = _HEMISPHERES["latitude"] | _HEMISPHERES["longitude"]
    return len(said) >= 2 and all(t in _UNITS or t in hemispheres or "/" in t for t in said)


def _without_first(block: RawTable) -> RawTable:
    shown = " | ".join(t for t in map(_text, block.table.iloc[0].tolist()) if t)
    told = issue_row(
        "heading_row", _("Judul kolom yang diulang; bukan titik."), severity="info", source=block.source,
        source_row=block.rows[0], value=shown[:200],
    )  # fmt: skip
    table = block.table.iloc[1:].reset_index(drop=True)
    return replace(block, table=table, rows=block.rows[1:], issues=[*block.issues, told])


def _names_hemispheres(texts: list[str | None], axis: str) -> bool:
    said = [t.strip().casefold() for t in texts if t is not None and not is_blank(t)]
    return bool(said) and all(t in _HEMISPHERES[axis] for t in said)


def _joined(columns: list[list[str | None]]) -> list[str | None] | None:
    """Degrees, minutes and seconds of a column each as one text a row; None where they are no such thing."""
    if len(columns) == 1:
        return columns[0]
    if len(columns) > 3:
        return None
    result: list[str | None] = []
    for parts in zip(*columns, strict=True):
        said = [p for p in parts if not is_blank(p)]
        values = [read_quantity(str(p).strip().lstrip("+-−").rstrip("°'\"′″º"), thousands=False) for p in said]
        if not said:
            result.append(None)
            continue
        whole = [v is not None and v.is_integer() for v in values[:-1]]
        if None in values or not all(whole) or any(v is None or v > 60 for v in values[1:]) or is_blank(parts[0]):
            return None
        plain = [str(p).strip().rstrip("°'\"′″º") for p in said]
        result.append("".join(p + mark for p, mark in zip(plain, _MARKS, strict=False)))
    return result
