"""
Tables of the package: columns, units, allowed values.

Tables are plain (Geo)DataFrames in EPSG:4326. Further columns of the user are kept under their names; one whose name
is taken gets the suffix ``_as_given``. `docs/tables.md` is generated from this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import pandas as pd

from gerai_geo.errors import SchemaError

Table = TypeVar("Table", bound=pd.DataFrame)

CRS: Final = "EPSG:4326"

SYNTHETIC_MARK: Final = "DATA CONTOH BUATAN"
"""Text in every table of invented data; outputs made from such a table carry a note."""

FUNCTION_CONFLICT: Final = "function_conflict"
"""Further column of a forest table: what the layer's columns say of a function where they contradict each other."""

STATUSES: Final = ("inside", "partly_inside", "near_boundary", "outside", "not_assessed")
"""Status of a finding, most serious first, ``not_assessed`` last."""

NOMINAL_STATUSES: Final = ("inside", "partly_inside", "outside", "not_assessed")
"""Status from geometry alone, without tolerance."""

ACTIONS: Final = ("legalize", "verify", "none", "fix_data")
SEVERITIES: Final = ("error", "warning", "info")

FUNCTIONS: Final = (
    "HL", "HP", "HPT", "HPK", "CA", "SM", "TN", "TWA", "TAHURA", "TB", "KSA_KPA", "APL", "WATER", "UNKNOWN",
)  # fmt: skip
"""Keys of forest functions, described in `reference/functions.toml`."""

FOLLOWUP_STATES: Final = ("open", "in_progress", "waiting", "done", "dropped")
"""State of the follow-up of a site."""

CHANGED: Final = ("added", "removed", "status", "function", "place", "followup")
"""Kinds of change of a site between two screenings."""

MATCHED_BY: Final = ("id", "name", "village", "place", "none", "ambiguous")
"""Basis on which a site was matched with a row of another list; ``ambiguous`` where several rows fit."""

REASON_CODES: Final = (
    "inside", "partly_inside", "near_edge", "crosses_edge", "near_rim", "touches_unknown", "outside",
    "no_coordinates", "bad_coordinates", "bad_geometry", "not_covered", "unknown_function",
)  # fmt: skip
"""Reasons of a status; `records.reasons.reason_sentences` renders them as sentences."""

CLEAR_WHERE: Final = ("village", "regency", "nearby")
"""Areas in which clear ground was searched."""


@dataclass(frozen=True)
class Column:
    """
    Column of a table.

    Parameters
    ----------
    kind
        ``text``, ``number``, ``integer``, ``boolean`` or ``geometry``.
    meaning
        Its content, in one line.
    unit
        ``m``, ``m²``, ``°`` or empty.
    allowed
        Allowed values besides a missing one; empty means any.
    required
        Whether `check_table` raises an error without it.
    """

    kind: str
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    required: bool = False


SITES: Final[Mapping[str, Column]] = {
    "name": Column("text", "name of the site or cooperative, as given"),
    "village": Column("text", "desa or kelurahan, as given"),
    "district": Column("text", "kecamatan, as given"),
    "regency": Column("text", "kabupaten or kota: the official short name where it is known"),
    "regency_code": Column("text", "Kemendagri code with a dot, e.g. 62.07"),
    "source": Column("text", "file (and layer or sheet) of the row"),
    "source_row": Column("integer", "row number in the source, as shown by spreadsheet programs"),
    "coordinates_as_given": Column("text", "coordinates as text in the source"),
    "source_crs": Column("text", "CRS of the coordinates in the source, e.g. EPSG:4326"),
    "declared_area_m2": Column("number", "area declared in the list", "m²"),
    "accuracy_m": Column("number", "CE90 of the site's position; missing where not given", "m"),
    "geometry": Column("geometry", "Point, Polygon, MultiPolygon or none", required=True),
}

ISSUES: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "site concerned; missing for an issue of a whole file", required=True),
    "source": Column("text", "file (and layer or sheet)"),
    "source_row": Column("integer", "row number in the source, as shown by spreadsheet programs"),
    "column": Column("text", "column of the source"),
    "value": Column("text", "value as given"),
    "severity": Column("text", "how serious it is", allowed=SEVERITIES, required=True),
    "code": Column("text", "code of this kind of issue", required=True),
    "params": Column("text", "JSON from which message and suggestion are rendered in either language"),
    "message": Column("text", "description of the issue", required=True),
    "suggestion": Column("text", "how to fix it, or the proposed correction"),
    "correction": Column("text", "proposed value, as written in a list; missing where none is certain"),
}

FOREST: Final[Mapping[str, Column]] = {
    "function": Column("text", "forest function", allowed=FUNCTIONS, required=True),
    "function_as_given": Column("text", "code or name as given in the layer"),
    "in_forest": Column("boolean", "whether it is kawasan hutan; missing where not known", required=True),
    "decree": Column("text", "number of the decree, as given"),
    "decree_date": Column("text", "date of the decree, ISO 8601 where it could be read"),
    "stage": Column("text", "stage of gazettement (penunjukan, penetapan ..), as given"),
    "geometry": Column("geometry", "Polygon or MultiPolygon, valid", required=True),
}

EXTRA: Final[Mapping[str, Column]] = {
    "label": Column("text", "holder, village or criterion, as given"),
    "decree": Column("text", "number of the decree, as given"),
    "decree_date": Column("text", "date of the decree, ISO 8601 where it could be read"),
    "geometry": Column("geometry", "Polygon or MultiPolygon, valid", required=True),
}

OVERLAPS: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "the site", required=True),
    "function": Column("text", "forest function", allowed=FUNCTIONS, required=True),
    "in_forest": Column("boolean", "whether it is kawasan hutan; missing where not known"),
    "decree": Column("text", "decrees of the polygons"),
    "overlap_m2": Column("number", "area of the site in this function; missing for a point", "m²"),
    "share": Column("number", "share of the site's area, 0 to 1; missing for a point"),
}

FINDINGS: Final[Mapping[str, Column]] = {
    "status": Column("text", "status, tolerance considered", allowed=STATUSES, required=True),
    "nominal_status": Column("text", "status from geometry alone, with tolerance 0", allowed=NOMINAL_STATUSES),
    "reason": Column("text", "reason of the status in one sentence; never missing", required=True),
    "reason_code": Column("text", "the same as a code", allowed=REASON_CODES),
    "action": Column("text", "what to do next", allowed=ACTIONS, required=True),
    "area_m2": Column("number", "area of the parcel; missing for a point", "m²"),
    "forest_m2": Column("number", "area in kawasan hutan; missing for a point", "m²"),
    "forest_share": Column("number", "forest_m2 / area_m2, 0 to 1; missing for a point"),
    "uncovered_m2": Column("number", "area under no polygon of the layer; missing for a point", "m²"),
    "function": Column("text", "function with the largest area; of a point the one at its position", allowed=FUNCTIONS),
    "functions": Column("text", "all functions with their shares, e.g. HP 62.0 %; APL 38.0 %"),
    "overlays": Column(
        "text",
        "overlay layers the site lies on, with shares for a parcel, e.g. PIPPIB 2026 100.0 %; empty text where it is "
        "recorded on none of them (which doesn't mean that the ground is free), missing without overlay layers or "
        "position",
    ),
    "boundary_m": Column(
        "number",
        "signed distance to the nearest edge of kawasan hutan: positive inside, negative outside; of a parcel "
        "its clearance as a whole, 0 where it crosses the edge, of several parts that of the nearest; missing beyond "
        "35 km",
        "m",
    ),
    "rim_m": Column(
        "number", "distance to ground not covered by the layer, 0 where the site touches it; missing beyond 5 km", "m"
    ),
    "tolerance_m": Column("number", "tolerance: CE90 of boundary and site combined", "m"),
    "p_forest": Column("number", "probability that any of the site lies in kawasan hutan, 0 to 1"),
    "route": Column("text", "suggested route: id in routes.toml, confidence A or B, the first that is open"),
    "routes": Column(
        "text",
        "all routes that apply or may apply, the suggested one first, each with confidence and open conditions, e.g. "
        "ppkh_menteri A (building?); telaah_bpkh B",
    ),
    "decider": Column("text", "deciding authority"),
    "citations": Column("text", "legal instruments of the routes, each with the confidence of the citation"),
    "route_confidence": Column("text", "confidence of the suggested route: A or B", allowed=("A", "B", "C", "I", "U")),
    "clear_m": Column("number", "distance to the nearest clear ground, where requested", "m"),
    "clear_bearing": Column("text", "its direction in words"),
    "clear_lon": Column("number", "its longitude", "°"),
    "clear_lat": Column("number", "its latitude", "°"),
    "clear_where": Column(
        "text", "area it was found in: the site's village, its regency, or only nearby", allowed=CLEAR_WHERE
    ),
    "clear_p": Column("number", "probability that any of a plot there lies in kawasan hutan nevertheless, 0 to 1"),
    "clear_note": Column("text", "the same in one sentence, also where none was found"),
    "recorded": Column("boolean", "whether it is in the application export; missing where not compared or not clear"),
    "recorded_id": Column("text", "its id in the application export"),
    "recorded_m": Column("number", "distance between both positions; missing where one has none", "m"),
    "decree": Column("text", "decree of the polygon with the largest area of the site"),
    "edition": Column("text", "edition of the forest layer"),
    "scale": Column("integer", "scale number of the layer, e.g. 250000"),
}

FOLLOWUP: Final[Mapping[str, Column]] = {
    "followup": Column("text", "state of follow-up", allowed=FOLLOWUP_STATES),
    "person_in_charge": Column("text", "person in charge, as typed"),
    "due_date": Column("text", "due date: ISO 8601 where it could be read, else as typed"),
    "letter_number": Column("text", "number of the letter, as typed"),
    "note": Column("text", "note of the meeting, as typed"),
    "decision": Column("text", "status decided by people; the computed one stays in findings", allowed=STATUSES),
    "decision_reason": Column("text", "reason of the decision, as typed"),
    "decided_by": Column("text", "who decided, as typed"),
}

CHANGES: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "id in the newer screening; of a removed site its old id", required=True),
    "what": Column("text", "kind of change", allowed=CHANGED, required=True),
    "before": Column("text", "value before, as a code where there is one"),
    "after": Column("text", "value now"),
    "why": Column("text", "possible causes: site, layer, tolerance, rules, program; joined by commas"),
    "message": Column("text", "the same in one sentence", required=True),
}

MATCHES: Final[Mapping[str, Column]] = {
    "recorded": Column("boolean", "whether it is in the application export; missing where not clear"),
    "recorded_id": Column("text", "its id in the application export"),
    "recorded_m": Column("number", "distance between both positions; missing where one has none", "m"),
    "matched_by": Column("text", "basis of the match", allowed=MATCHED_BY, required=True),
    "message": Column("text", "explanation in one sentence", required=True),
}

ROUTES: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "the site", required=True),
    "route": Column("text", "id of a route in routes.toml", required=True),
    "title": Column("text", "name of the route"),
    "applies": Column("boolean", "whether it applies; missing where it depends on `needs`"),
    "needs": Column("text", "conditions that are not known, e.g. building overlay"),
    "why": Column("text", "conditions as sentences: met (✓), not met (✗), not known (?)"),
    "outcome": Column("text", "consequence, as text"),
    "decider": Column("text", "deciding authority"),
    "contact": Column("text", "office to contact"),
    "confidence": Column("text", "A to I; below B with a note that it must be confirmed"),
    "review": Column("text", "the same, with the reviewer of the rule"),
    "citations": Column("text", "legal instruments, each with the confidence of the citation"),
    "rules_version": Column("text", "version of the rules"),
}

CRITERIA: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "the site", required=True),
    "criterion": Column("text", "id of a criterion in criteria.toml", required=True),
    "title": Column("text", "name of the criterion"),
    "met": Column("boolean", "whether it is met; missing where neither list nor layers show it"),
    "value": Column("text", "value found"),
    "column": Column("text", "column of the value"),
    "confidence": Column("text", "confidence of the criterion, A to I"),
    "sources": Column("text", "sources of the criterion"),
}

TABLES: Final[Mapping[str, Mapping[str, Column]]] = {
    "sites": SITES,
    "issues": ISSUES,
    "forest": FOREST,
    "extra": EXTRA,
    "overlaps": OVERLAPS,
    "findings": FINDINGS,
    "routes": ROUTES,
    "criteria": CRITERIA,
    "followup": FOLLOWUP,
    "changes": CHANGES,
    "matches": MATCHES,
}

_DTYPES: Final[Mapping[str, Any]] = {"text": "str", "number": "float64", "integer": "Int64", "boolean": "boolean"}


def check_table(table: pd.DataFrame, name: str) -> None:
    """
    Check the columns, values, ids and CRS of a table, and report all problems together.

    Parameters
    ----------
    table
        The table; one with a geometry must be a GeoDataFrame with a CRS.
    name
        Key of `TABLES`.

    Raises
    ------
    SchemaError
        If columns are missing, values are not allowed, ids repeat, or there is no CRS.
    """
    columns = TABLES[name]
    problems = [
        f"column {c!r} is missing ({column.meaning})"
        for c, column in columns.items()
        if column.required and c not in table
    ]
    for c, column in columns.items():
        if column.allowed and c in table:
            wrong = sorted(set(table[c].dropna()) - set(column.allowed))
            if wrong:
                problems.append(f"column {c!r} holds {wrong[:5]}, expected one of {list(column.allowed)}")
    if "geometry" in columns and "geometry" in table and getattr(table, "crs", None) is None:
        problems.append(f"no CRS; declare one, e.g. crs={CRS!r}")
    if name in ("sites", "findings", "followup", "matches") and not table.index.is_unique:
        repeated = table.index[table.index.duplicated()].unique()[:5].tolist()
        problems.append(f"ids repeat: {repeated}; give each site its own")
    if problems:
        raise SchemaError(f"{name}: " + "; ".join(problems))


def is_synthetic(table: pd.DataFrame) -> bool:
    """
    Whether any text cell of a table contains `SYNTHETIC_MARK`, so that its data are invented.

    Examples
    --------
    >>> is_synthetic(pd.DataFrame({"name": ["Gerai A"], "KETERANGAN": ["data contoh buatan; batas rekaan"]}))
    True
    >>> is_synthetic(pd.DataFrame({"name": ["Contoh Jaya"], "rows": [3]}))
    False
    """
    texts = (c for _name, c in table.items() if pd.api.types.is_string_dtype(c) or c.dtype == object)
    filled = (c.astype("str").str for c in texts if c.notna().any())
    return any(c.contains(SYNTHETIC_MARK, case=False, regex=False, na=False).any() for c in filled)


def set_dtypes(table: Table, name: str) -> Table:
    """
    Set the types and order of a table's columns, and add missing ones, empty.

    Parameters
    ----------
    table
        Any table; further columns are kept unchanged, last.
    name
        Key of `TABLES`.

    Returns
    -------
    table
        A new table of the same class with the same index.
    """
    columns = TABLES[name]
    table = table.copy()
    dtypes = {c: _DTYPES[column.kind] for c, column in columns.items() if column.kind != "geometry"}
    given, attributes = list(table.columns), table.attrs
    for c, dtype in zip(given, table.dtypes.tolist(), strict=True):
        if c in dtypes and dtype != dtypes[c]:
            table[c] = table[c].astype(dtypes[c])
    if added := {c: d for c, d in dtypes.items() if c not in given}:
        empty = {d: pd.Series(pd.NA if d in ("Int64", "boolean") else None, table.index, d) for d in {*added.values()}}
        # at once: one by one they cost more than all the rest
        table = cast("Table", pd.concat([table, pd.DataFrame({c: empty[d] for c, d in added.items()})], axis=1))
        table.attrs = attributes
    order = [c for c in columns if c in given or c in added] + [c for c in given if c not in columns]
    return table if order == given else table[order]


def followup_table() -> pd.DataFrame:
    """Make an empty `FOLLOWUP` table, index ``site_id``, text."""
    return set_dtypes(pd.DataFrame(index=pd.Index([], name="site_id", dtype="str")), "followup")
