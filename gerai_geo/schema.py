"""
Tables of the package: columns, units, allowed values, from `schema.toml`.

Tables are plain (Geo)DataFrames in EPSG:4326. Further columns of the user are kept under their names; one whose name
is taken gets the suffix ``_as_given``. `docs/tables.md` is generated from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, TypeVar, cast

import pandas as pd
import tomli

from gerai_geo.errors import SchemaError

Table = TypeVar("Table", bound=pd.DataFrame)

CRS: Final = "EPSG:4326"

SYNTHETIC_MARK: Final = "DATA CONTOH BUATAN"
"""Text in every table of invented data; outputs made from such a table carry a note."""

PAGE_MARK: Final = "gerai-geo: "
"""Beginning of a text file of ours that explains the files beside it, and so is no list."""

FUNCTION_CONFLICT: Final = "function_conflict"
"""Further column of a forest table: what the layer's columns say of a function where they contradict each other."""

FOLLOWUP_DATES: Final = ("due_date", "decision_date")
"""Follow-up columns that hold a date."""


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


def _read_schema() -> tuple[dict[str, tuple[str, ...]], dict[str, str], dict[str, dict[str, Column]]]:
    """Read the lists of allowed values by name, the actions by status, and the columns of the tables."""
    data = tomli.loads(resources.files("gerai_geo").joinpath("schema.toml").read_text(encoding="utf-8"))
    values = {name: tuple(allowed) for name, allowed in data.pop("values").items()}
    actions = data.pop("status_actions")
    tables: dict[str, dict[str, Column]] = {}
    for table, columns in data.items():
        for column in columns.values():
            column["allowed"] = values[column["allowed"]] if "allowed" in column else ()
        tables[table] = {name: Column(**column) for name, column in columns.items()}
    return values, actions, tables


_VALUES, STATUS_ACTIONS, _TABLES = _read_schema()

STATUSES: Final = _VALUES["statuses"]
NOMINAL_STATUSES: Final = _VALUES["nominal_statuses"]
ACTIONS: Final = _VALUES["actions"]
SEVERITIES: Final = _VALUES["severities"]
FUNCTIONS: Final = _VALUES["functions"]
FOLLOWUP_STATES: Final = _VALUES["followup_states"]
LAYER_HERE: Final = _VALUES["layer_here"]
DECISION_STATES: Final = _VALUES["decision_states"]
CHANGED: Final = _VALUES["changed"]
VERIFIED: Final = _VALUES["verified"]
OUTCOMES: Final = _VALUES["outcomes"]
MATCHED_BY: Final = _VALUES["matched_by"]
REASON_CODES: Final = _VALUES["reason_codes"]
STAGES: Final = _VALUES["stages"]
LEVELS: Final = _VALUES["levels"]
LAND_PAPERS: Final = _VALUES["land_papers"]

TABLES: Final[Mapping[str, Mapping[str, Column]]] = _TABLES
SITES: Final = TABLES["sites"]
ISSUES: Final = TABLES["issues"]
FOREST: Final = TABLES["forest"]
EXTRA: Final = TABLES["extra"]
OVERLAPS: Final = TABLES["overlaps"]
FINDINGS: Final = TABLES["findings"]
FOLLOWUP: Final = TABLES["followup"]
DECISIONS: Final = TABLES["decisions"]
CHANGES: Final = TABLES["changes"]
CHECKS: Final = TABLES["checks"]
MATCHES: Final = TABLES["matches"]
ROUTES: Final = TABLES["routes"]
CRITERIA: Final = TABLES["criteria"]
EXPORT: Final = TABLES["export"]
TARGETS: Final = TABLES["targets"]
PROGRESS: Final = TABLES["progress"]
VILLAGES: Final = TABLES["villages"]

DTYPES: Final[Mapping[str, Any]] = {"text": "str", "number": "float64", "integer": "Int64", "boolean": "boolean"}
"""pandas' type of each kind of column."""


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


def column_of(table: pd.DataFrame, name: str, dtype: Any = "str") -> pd.Series[Any]:
    """
    Column of a table; where the table lacks it, missing values for all rows.

    Examples
    --------
    >>> column_of(pd.DataFrame({"name": ["Gerai A"]}), "regency").isna().tolist()
    [True]
    """
    return table[name] if name in table else pd.Series(None, table.index, dtype)


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
    dtypes = {c: DTYPES[column.kind] for c, column in columns.items() if column.kind != "geometry"}
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
    return _empty("followup", "site_id").copy()


def empty_table(name: str) -> pd.DataFrame:
    """Make an empty table with the columns of a key of `TABLES`, without geometry."""
    return _empty(name).copy()


@cache
def _empty(name: str, index: str | None = None) -> pd.DataFrame:
    """Empty table with a range index, or one of text with a name; it takes longer to make than to copy."""
    rows = pd.RangeIndex(0) if index is None else pd.Index([], name=index, dtype="str")
    return set_dtypes(pd.DataFrame(index=rows), name)
