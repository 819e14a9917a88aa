"""
Positions of the rows of a raw table: cells or shapes as geometry in EPSG:4326, with issues.

A list may say where a site lies more than once: in degrees and in metres, as proposed and as verified, in columns that
are hidden. The first set of columns counts; where it is empty or can't be read, the next one that can; where two differ
by more than their accuracy, that is an issue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from gerai_geo.core.arrays import Floats
from gerai_geo.core.geometry import INDONESIA, geodesic_m
from gerai_geo.core.grids import in_boxes
from gerai_geo.errors import CRSError
from gerai_geo.i18n.labels import distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns.attributes import read_accuracies
from gerai_geo.intake.columns.coordinate_cells import column_names, metres_message, read_cells
from gerai_geo.intake.columns.layer_shapes import read_layer
from gerai_geo.intake.columns.position_table import Positions
from gerai_geo.intake.coordinates.results import ParseResult
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.records.crs import crs_name, read_crs
from gerai_geo.records.issues import Issue, IssueList

_MISSING = frozenset({"no_coordinates", "bad_coordinates", "bad_geometry", "zero_area"})


def read_positions(
    raw: RawTable,
    roles: Mapping[str, str],
    crs: Any,
    parsed: Mapping[str, ParseResult] | None = None,
    *,
    others: Sequence[Mapping[str, str]] = (),
    drawn: tuple[str, Positions] | None = None,
    alone: bool = True,
) -> Positions:
    """
    Positions of the rows of a raw table, from its geometry or its columns of coordinates.

    Points and polygons of a layer stay; one point in a MultiPoint becomes a point; invalid polygons are repaired by
    `geometry.repair`; heights are dropped. Every other shape becomes missing, with an issue.

    Parameters
    ----------
    roles
        Column of each role.
    crs
        CRS of coordinates that don't name theirs.
    parsed
        Texts parsed as pairs of coordinates before, with their results.
    others
        Further sets of columns that give a position, best first.
    drawn
        Parcels read from the columns of their corners before, with the names of these.
    alone
        Whether the CRS is meant for this file only: then it overrules that of a vector file.

    Raises
    ------
    CRSError
        If coordinates are metres of an unknown CRS, or a layer has no CRS or one that can't be true, and none is
        given.
    """
    given = read_crs(crs, raw.source) if crs is not None else None
    if raw.geometry is not None:
        first, name = read_layer(raw, raw.geometry, given, alone=alone), _("geometri")
    elif drawn is not None:
        name, first = drawn
    else:
        first = read_cells(raw, roles, given, parsed or {}, alone=alone, beside=bool(others))
        name = _named(roles)
    further = []
    for columns in others:
        try:
            further.append((columns, read_cells(raw, columns, given, {}, alone=alone)))
        except CRSError:
            continue  # parcels in metres of an unknown CRS, beside coordinates that can be read
    if first.needs_crs:
        readable = [n for n, (_columns, other) in enumerate(further) if not shapely.is_missing(other.shapes).all()]
        if not readable:
            raise CRSError(metres_message(raw.source, first.as_given))
        metres = (roles, first)
        columns, first = further.pop(readable[0])
        name = _named(columns)
        further.append(metres)
    for columns, other in further:
        _compare(raw, roles, first, name, columns, other)
        _fill(raw, first, name, columns, other)
    if given is not None and raw.geometry is None and alone:
        _note_unused(raw, crs_name(given), first)
    return first


def _note_unused(raw: RawTable, given: str, positions: Positions) -> None:
    """Add an issue where no position is in the CRS that the user named, since the cells name another."""
    used = [name for name in positions.source_crs if name]
    said = any(issue.code == "read_degrees_despite_crs" for issue in positions.issues)
    if not used or given in used or said:
        return
    text = _("{name}: CRS {given} yang disebut tidak dipakai, sebab sel-selnya menyebut atau hanya mungkin {own}.")
    message = text.format(name=raw.source, given=given, own=", ".join(sorted(set(used))))
    row = next(i for i, name in enumerate(positions.source_crs) if name)
    positions.issues.append(Issue(row, "crs_not_used", message, "warning"))


def _named(roles: Mapping[str, str]) -> str:
    """Names of the columns of coordinates."""
    return " / ".join(n for n in column_names(roles) if n)


def _shown(raw: RawTable, columns: Mapping[str, str]) -> tuple[str, bool]:
    """Names of columns of coordinates for messages, and whether they are hidden."""
    hidden = not raw.hidden_columns.isdisjoint(n for n in column_names(columns) if n)
    return (_("{columns} (tersembunyi)").format(columns=_named(columns)) if hidden else _named(columns)), hidden


def _fill(raw: RawTable, positions: Positions, name: str, columns: Mapping[str, str], other: Positions) -> None:
    """Take rows without a position from another set of columns, each with an issue."""
    shown, hidden = _shown(raw, columns)
    rows = set(np.flatnonzero(shapely.is_missing(positions.shapes) & ~shapely.is_missing(other.shapes)).tolist())
    unreadable = {i.row for i in positions.issues if i.code in _MISSING - {"no_coordinates"}} | {
        i.row for i in positions.issues if i.code == "no_coordinates" and i.value
    }
    worse = {i.row: i for i in other.issues if i.code in _MISSING and (i.code != "no_coordinates" or i.value)}
    blank = {i.row for i in positions.issues if i.code == "no_coordinates"} - unreadable - rows
    replaced = rows | (blank & worse.keys())
    if not replaced:
        return
    positions.issues = IssueList(i for i in positions.issues if i.row not in replaced or i.code not in _MISSING)
    positions.issues += (i for i in other.issues if i.row in replaced)
    empty = _("{first} kosong; letaknya dibaca dari {second}.").format(first=name, second=shown)
    broken = _("{first} tidak terbaca; letaknya dibaca dari {second}.").format(first=name, second=shown)
    for i in sorted(replaced):
        given = positions.as_given[i]
        positions.take(i, other)
        if i in rows:
            severity = "warning" if hidden or i in unreadable else "info"
            text = broken if i in unreadable else empty
            positions.issues.append(Issue(i, "position_elsewhere", text, severity, name, given))


def _compare(
    raw: RawTable,
    roles: Mapping[str, str],
    positions: Positions,
    name: str,
    columns: Mapping[str, str],
    other: Positions,
) -> None:
    """Add an issue for each row whose second position lies farther from the first than both can be wrong."""
    rows = np.flatnonzero(~shapely.is_missing(positions.shapes) & ~shapely.is_missing(other.shapes))
    if "x" in columns:  # small numbers under X and Y may be those of a picture or a grid
        corners = shapely.bounds(other.shapes[rows])
        rows = rows[in_boxes(corners[:, :2], [INDONESIA])]
    if not len(rows):
        return
    ends = shapely.get_coordinates(shapely.shortest_line(positions.shapes[rows], other.shapes[rows]))
    metres: Floats = geodesic_m(ends[::2], ends[1::2])
    given_m, _issues = read_accuracies(raw, roles, positions.accuracy_m)
    error_m = np.hypot(np.fmax(positions.ce90_m(rows), np.array(given_m, dtype=float)[rows]), other.ce90_m(rows))
    shown, _hidden = _shown(raw, columns)
    text = _("{first} dan {second} menunjuk tempat yang berjarak {distance}; yang dipakai {first}.")
    hint = _("Pastikan mana letak lahannya, lalu hapus yang lain; atau sebutkan kolomnya.")
    for i, m in zip(rows[metres > error_m].tolist(), metres[metres > error_m].tolist(), strict=True):
        message = text.format(first=name, second=shown, distance=distance(m))
        issue = Issue(i, "positions_differ", message, "warning", shown, other.as_given[i], hint)
        positions.issues.append(issue)
