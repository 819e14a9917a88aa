"""
Every table of the package as documented data: columns, units, allowed values.

The tables are plain (Geo)DataFrames in EPSG:4326. Their column names are contracts: further columns of the
user are kept beside them, under the user's names; a user's column whose name is taken gets the ending
``_as_given``. `docs/tables.md` is generated from this module.
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
"""Stands in a text column of every invented table; what is made from such a table says so."""

STATUSES: Final = ("inside", "partly_inside", "near_boundary", "outside", "not_assessed")
"""Status of a finding, most serious first, what could not be judged last."""

NOMINAL_STATUSES: Final = ("inside", "partly_inside", "outside", "not_assessed")
"""Status from geometry alone, as if the boundary had no error."""

ACTIONS: Final = ("legalize", "verify", "none", "fix_data")
SEVERITIES: Final = ("error", "warning", "info")

FUNCTIONS: Final = (
    "HL", "HP", "HPT", "HPK", "CA", "SM", "TN", "TWA", "TAHURA", "TB", "KSA_KPA", "APL", "WATER", "UNKNOWN",
)  # fmt: skip
"""Keys of forest functions; `reference/functions.toml` says what each is and where the fact comes from."""

FOLLOWUP_STATES: Final = ("open", "in_progress", "waiting", "done", "dropped")
"""How far people are with a site."""

CHANGED: Final = ("added", "removed", "status", "function", "place", "followup")
"""What two screenings can differ in for one site."""

MATCHED_BY: Final = ("id", "name", "village", "place", "none", "ambiguous")
"""By what a site was found in another list; ``ambiguous`` where more than one row fits and none was chosen."""

REASON_CODES: Final = (
    "inside", "partly_inside", "near_edge", "crosses_edge", "near_rim", "touches_unknown", "outside",
    "no_coordinates", "bad_coordinates", "bad_geometry", "not_covered", "unknown_function",
)  # fmt: skip
"""Why a finding has its status; `language.reason_sentences` turns them into sentences."""


CLEAR_WHERE: Final = ("village", "regency", "nearby")
"""How far clear ground lies from home."""


@dataclass(frozen=True)
class Column:
    """
    One column of a table.

    Parameters
    ----------
    kind
        ``text``, ``number``, ``integer``, ``boolean`` or ``geometry``.
    meaning
        What it holds, in one line.
    unit
        ``m``, ``m²``, ``°`` or empty.
    allowed
        The values it may take; empty means any. A missing value is always allowed.
    required
        Whether `check_table` refuses a table without it.
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
    "source": Column("text", "file (and layer or sheet) the row came from"),
    "source_row": Column("integer", "row of the source as the user's program counts it"),
    "coordinates_as_given": Column("text", "the coordinates as they stood in the source"),
    "source_crs": Column("text", "CRS the coordinates were read in, e.g. EPSG:4326"),
    "declared_area_m2": Column("number", "area the list declares", "m²"),
    "accuracy_m": Column("number", "CE90 of the site's own position; missing where not given", "m"),
    "geometry": Column("geometry", "Point, Polygon, MultiPolygon or none", required=True),
}

ISSUES: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "the site it is about; missing where it is about a whole file", required=True),
    "source": Column("text", "file (and layer or sheet)"),
    "source_row": Column("integer", "row of the source as the user's program counts it"),
    "column": Column("text", "column of the source"),
    "value": Column("text", "the value as given"),
    "severity": Column("text", "how bad it is", allowed=SEVERITIES, required=True),
    "code": Column("text", "short fixed word for this kind of issue", required=True),
    "params": Column("text", "what the sentences are made of, as JSON, so that they can be said in either language"),
    "message": Column("text", "what is wrong", required=True),
    "suggestion": Column("text", "how to mend it, or the correction proposed"),
    "correction": Column("text", "the value proposed, as it would stand in the list; missing where none is certain"),
}

FOREST: Final[Mapping[str, Column]] = {
    "function": Column("text", "forest function", allowed=FUNCTIONS, required=True),
    "function_as_given": Column("text", "the code or name as it stood in the layer"),
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
    "decree": Column("text", "decrees of the polygons it lies on"),
    "overlap_m2": Column("number", "ground of the site in this function; missing for a point", "m²"),
    "share": Column("number", "of the site's area, 0 to 1; missing for a point"),
}

FINDINGS: Final[Mapping[str, Column]] = {
    "status": Column("text", "the answer, tolerance considered", allowed=STATUSES, required=True),
    "nominal_status": Column("text", "the answer from geometry alone, tolerance 0", allowed=NOMINAL_STATUSES),
    "reason": Column("text", "why, in one sentence; always there", required=True),
    "reason_code": Column("text", "the same as a fixed word", allowed=REASON_CODES),
    "action": Column("text", "what to do next", allowed=ACTIONS, required=True),
    "area_m2": Column("number", "area of the parcel; missing for a point", "m²"),
    "forest_m2": Column("number", "ground in kawasan hutan; missing for a point", "m²"),
    "forest_share": Column("number", "forest_m2 / area_m2, 0 to 1; missing for a point"),
    "uncovered_m2": Column("number", "ground under no polygon of the layer; missing for a point", "m²"),
    "function": Column("text", "function with most ground; of a point the one it stands on", allowed=FUNCTIONS),
    "functions": Column("text", "all functions with their shares, e.g. HP 62.0 %; APL 38.0 %"),
    "overlays": Column(
        "text",
        "further layers it lies on, of a parcel with shares, e.g. PIPPIB 2026 100.0 %; empty text where it is recorded "
        "on none of them (which doesn't say that the ground is free), missing where none was given or the site has no "
        "place",
    ),
    "boundary_m": Column(
        "number",
        "signed distance to the nearest edge of kawasan hutan: positive inside, negative outside; of a parcel "
        "its clearance as a whole, 0 where it crosses the edge",
        "m",
    ),
    "rim_m": Column(
        "number", "distance to ground the layer does not know, 0 where the site touches it; missing beyond 5 km", "m"
    ),
    "tolerance_m": Column("number", "the band used: CE90 of boundary and site together", "m"),
    "p_forest": Column("number", "probability that any of the site lies in kawasan hutan, 0 to 1"),
    "route": Column("text", "the answer: id of a route in routes.toml; firm (A or B), the first that is open"),
    "routes": Column(
        "text",
        "all routes that apply or may apply, the answer first, each with its confidence and what it depends on, e.g. "
        "ppkh_menteri A (building?); telaah_bpkh B",
    ),
    "decider": Column("text", "who decides"),
    "citations": Column("text", "instruments that the routes rest on, each with the confidence of what it says"),
    "route_confidence": Column("text", "confidence of the answer: A or B", allowed=("A", "B", "C", "I", "U")),
    "clear_m": Column("number", "distance to the nearest clear ground, where asked for", "m"),
    "clear_bearing": Column("text", "its direction in words"),
    "clear_lon": Column("number", "its longitude", "°"),
    "clear_lat": Column("number", "its latitude", "°"),
    "clear_where": Column(
        "text", "where it was found: in the site's village, its regency, or just nearby", allowed=CLEAR_WHERE
    ),
    "clear_p": Column("number", "probability that any of a plot there lies in kawasan hutan all the same, 0 to 1"),
    "clear_note": Column("text", "the same in one sentence; that there is none, where none was found"),
    "recorded": Column(
        "boolean", "whether the reporting application holds it; missing where not compared or not clear"
    ),
    "recorded_id": Column("text", "its id there"),
    "recorded_m": Column("number", "how far from here it is recorded there; missing where a place is", "m"),
    "decree": Column("text", "decree of the polygon under most of the site"),
    "edition": Column("text", "edition of the layer compared against"),
    "scale": Column("integer", "scale number of the layer, e.g. 250000"),
}

FOLLOWUP: Final[Mapping[str, Column]] = {
    "followup": Column("text", "how far people are with it", allowed=FOLLOWUP_STATES),
    "person_in_charge": Column("text", "who sees to it, as typed"),
    "due_date": Column("text", "until when: ISO 8601 where it could be read, else as typed"),
    "letter_number": Column("text", "number of the letter about it, as typed"),
    "note": Column("text", "what the meeting noted, as typed"),
    "decision": Column(
        "text", "what people decided its status is; the computed one stays in findings", allowed=STATUSES
    ),
    "decision_reason": Column("text", "why they decided so, as typed"),
    "decided_by": Column("text", "who decided, as typed"),
}

CHANGES: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "the site, by its id in the newer screening; of a removed one its old id", required=True),
    "what": Column("text", "what changed", allowed=CHANGED, required=True),
    "before": Column("text", "as it was, as a fixed word where there is one"),
    "after": Column("text", "as it is now"),
    "why": Column("text", "all causes that are possible: site, layer, tolerance, rules, program; joined by commas"),
    "message": Column("text", "the same in one sentence", required=True),
}

MATCHES: Final[Mapping[str, Column]] = {
    "recorded": Column("boolean", "whether the export holds it; missing where that is not clear"),
    "recorded_id": Column("text", "its id there"),
    "recorded_m": Column("number", "how far from here it lies there; missing where one of the two has no place", "m"),
    "matched_by": Column("text", "by what it was found", allowed=MATCHED_BY, required=True),
    "message": Column("text", "why, in one sentence", required=True),
}

ROUTES: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "the site", required=True),
    "route": Column("text", "id of a route in routes.toml", required=True),
    "title": Column("text", "its name for people"),
    "applies": Column("boolean", "whether it applies; missing where it depends on `needs`"),
    "needs": Column("text", "conditions that are not known, e.g. building overlay"),
    "why": Column("text", "each condition in words: met (✓), not met (✗), not known (?)"),
    "outcome": Column("text", "what follows from it, in words"),
    "decider": Column("text", "who decides"),
    "contact": Column("text", "whom to ask"),
    "confidence": Column("text", "A to I; below B with the words that it must be confirmed"),
    "review": Column("text", "the same with who reviewed the rule"),
    "citations": Column("text", "instruments it rests on, each with the confidence of what it says"),
    "rules_version": Column("text", "version of the rules"),
}

CRITERIA: Final[Mapping[str, Column]] = {
    "site_id": Column("text", "the site", required=True),
    "criterion": Column("text", "id of a criterion in criteria.toml", required=True),
    "title": Column("text", "its name for people"),
    "met": Column("boolean", "whether it is met; missing where the list and the layers don't say"),
    "value": Column("text", "what was found"),
    "column": Column("text", "column it was read from"),
    "confidence": Column("text", "of the criterion, A to I"),
    "sources": Column("text", "where the criterion comes from"),
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
    Refuse a table that does not keep its contract, naming all problems at once.

    Parameters
    ----------
    table
        The table; where its contract has a geometry it must be a GeoDataFrame with a CRS.
    name
        Which contract: a key of `TABLES`.

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
    Whether any row of a table is invented: some text cell holds `SYNTHETIC_MARK`.

    Parameters
    ----------
    table
        Any table of sites or forest polygons, with the columns of the user still in it.

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
    Give the contract's columns their types; add those that are missing, empty, in the contract's order.

    Parameters
    ----------
    table
        Any table; columns the contract doesn't name are kept as they are, behind the others.
    name
        Which contract: a key of `TABLES`.

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
    """
    Give an empty `FOLLOWUP` table.

    Returns
    -------
    followup
        No rows; index ``site_id``, text.
    """
    return set_dtypes(pd.DataFrame(index=pd.Index([], name="site_id", dtype="str")), "followup")
