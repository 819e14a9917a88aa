"""
What a workbook for a meeting was sent with, kept in a hidden sheet of it, so that what people change can be told.

Each list carries a hidden row with the key of every column, and a hidden column with the key of every row; both move
with what people sort, insert and rename. All of it is text, which every program keeps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from gerai_geo.records.models import Screening
from gerai_geo.review.cell_values import bare, cell_text

SHEET: Final = "_gerai_geo"
KEY: Final = "#key"
"""Key of the hidden column."""

MARK: Final = "gg:"
"""Begins each cell of the hidden row."""

MAX_TEXT: Final = 32_767
"""Characters in a cell; Excel's own limit."""

_FORMAT: Final = 1
_CHUNK: Final = 30_000  # characters in a cell; Excel holds 32,767
_DIGEST: Final = 10


class RecordingSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """A worksheet that remembers which texts and numbers were written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, None] = {}

    def write_string(self, row: Any, col: Any, string: Any = None, *args: Any) -> Any:
        """Write a text, see xlsxwriter."""
        self.sent[cell_text(string)] = None
        return super().write_string(row, col, string, *args)

    def write_number(self, row: Any, col: Any, number: Any = None, *args: Any) -> Any:
        """Write a number, see xlsxwriter."""
        self.sent[cell_text(float(number))] = None
        return super().write_number(row, col, number, *args)


@dataclass(frozen=True)
class SnapshotSite:
    """
    One site as it was sent.

    Parameters
    ----------
    site_id
        Its id.
    shown
        What the lists showed, as text, by key of the column.
    followup
        What was known of it then: columns of `schema.FOLLOWUP` and those that people added.
    roles
        In which lists it stood.
    status
        Its status then; empty for one that had left the findings.
    """

    site_id: str
    shown: dict[str, str] = field(default_factory=dict)
    followup: dict[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True)
class Snapshot:
    """
    What a workbook was sent with.

    Parameters
    ----------
    screening_id
        Of the screening it shows, see `screening_id`.
    created
        Day of the screening, ISO 8601.
    labels
        Headings of the columns by their keys.
    sites
        By key of the row.
    texts
        Check sums of all texts of each sheet that is no list, by its name.
    lists
        Names of the lists by their role.
    """

    screening_id: str
    created: str
    labels: dict[str, str]
    sites: dict[str, SnapshotSite]
    texts: dict[str, frozenset[str]]
    lists: dict[str, str]


def screening_id(screening: Screening) -> str:
    """
    Tell screenings apart: a short check sum of when, from what and of which sites one was made.

    What people do about its sites doesn't change it.
    """
    manifest = screening.manifest
    parts = [manifest.get("created"), manifest.get("sites"), manifest.get("forest"), list(screening.findings.index)]
    return hashlib.sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()[:16]


def row_key(site_id: str) -> str:
    """
    Key of a site's row, short and safe for every program.

    Examples
    --------
    >>> row_key("SRY-014")
    'k547adc8f7ea4'
    """
    return "k" + hashlib.sha256(site_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def digest(text: str) -> str:
    """Check sum of a cell's text; spaces and line ends don't count."""
    return hashlib.sha256(bare(text).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]


def write_snapshot(
    sheet: Worksheet,
    screening: Screening,
    words: tuple[Sequence[str], Sequence[str]],
    table: pd.DataFrame,
    lists: Mapping[str, tuple[str, Iterable[str]]],
    labels: Mapping[str, str],
    texts: Mapping[str, Iterable[str]],
) -> None:
    """
    Fill the hidden sheet.

    Parameters
    ----------
    sheet
        Where to.
    screening
        The record that the workbook shows.
    words
        Words of the two dropdowns; they come first, in columns A and B, where the dropdowns look.
    table
        What the lists show, index site_id, columns by their keys.
    lists
        By role: name of the sheet, and the ids it shows.
    labels
        Headings by key.
    texts
        Texts of each sheet that is no list.
    """
    for column, some in enumerate(words):
        for row, word in enumerate(some):
            sheet.write_string(row, column, word)
    row = 10
    about = {
        "format": _FORMAT,
        "screening": screening_id(screening),
        "created": str(screening.manifest.get("created") or ""),
        "labels": dict(labels),
        "lists": {role: name for role, (name, _ids) in lists.items()},
    }
    row = _put(sheet, row, "about", "-", json.dumps(about))
    for name, written in texts.items():
        row = _put(sheet, row, "texts", json.dumps(name), "".join(sorted({digest(t) for t in written})))
    roles: dict[str, list[str]] = {}
    for role, (_name, ids) in lists.items():
        for site_id in ids:
            roles.setdefault(site_id, []).append(role)
    status = screening.findings["status"].to_dict()
    shown = table[[k for k in labels if k in table]].to_dict("records")
    for site_id, cells in zip(table.index.astype("str"), shown, strict=True):
        values = {k: text for k, v in cells.items() if (text := _shown(v))}
        site = {"id": site_id, "v": values, "f": known(screening.followup, site_id), "in": roles.get(site_id, [])}
        row = _put(sheet, row, "site", row_key(site_id), json.dumps(site | {"status": status[site_id]}))
    for site_id in screening.followup.index.difference(screening.findings.index):
        site = {"id": str(site_id), "f": known(screening.followup, site_id)}
        row = _put(sheet, row, "site", row_key(str(site_id)), json.dumps(site))


def known(followup: pd.DataFrame, site_id: str) -> dict[str, str]:
    """Say what is known of a site's follow-up, without what is missing."""
    if site_id not in followup.index:
        return {}
    return {str(c): str(v) for c, v in followup.loc[site_id].items() if pd.notna(v)}


def _put(sheet: Worksheet, row: int, kind: str, name: str, text: str) -> int:
    """Write one entry, in as many cells as it needs; the row below."""
    sheet.write_string(row, 0, kind)
    sheet.write_string(row, 1, name)
    for place, start in enumerate(range(0, len(text), _CHUNK), 2):
        sheet.write_string(row, place, text[start : start + _CHUNK])
    return row + 1


def _shown(value: Any) -> str:
    return "" if not isinstance(value, str) and pd.isna(value) else cell_text(cut(value))


def cut(value: Any) -> Any:
    """Cut a text where a cell can't hold more."""
    long = isinstance(value, str) and len(value) > MAX_TEXT
    return value[: MAX_TEXT - 1] + "…" if long else value


def read_snapshot(rows: Sequence[Sequence[Any]]) -> Snapshot | None:
    """
    Read the hidden sheet back; None where it isn't one of ours, or is damaged.

    Parameters
    ----------
    rows
        Cells of the sheet.
    """
    about: dict[str, Any] = {}
    sites: dict[str, SnapshotSite] = {}
    texts: dict[str, frozenset[str]] = {}
    try:
        for row in rows:
            if len(row) < 3 or row[0] not in ("about", "texts", "site"):
                continue
            text = "".join(str(c) for c in row[2:] if c is not None)
            if row[0] == "about":
                about = json.loads(text)
            elif row[0] == "texts":
                sums = (text[n : n + _DIGEST] for n in range(0, len(text), _DIGEST))
                texts[json.loads(str(row[1]))] = frozenset(sums)
            else:
                s = json.loads(text)
                sites[str(row[1])] = SnapshotSite(
                    s["id"], s.get("v", {}), s.get("f", {}), tuple(s.get("in", ())), s.get("status", "")
                )
        if about.get("format") != _FORMAT:
            return None
        return Snapshot(about["screening"], about["created"], about["labels"], sites, texts, about["lists"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def followup_of(key: str) -> str | None:
    """Name of the follow-up column behind a key; None where it is another column."""
    name = key.removeprefix(FOLLOWUP)
    return name if key != name else None


FOLLOWUP: Final = "followup:"
"""Begins the key of each column that people fill in."""


AGENDA: Final = "agenda"


ALL: Final = "all"


NEW: Final = "new"
"""Roles of the lists that come back."""

NEW_SITE: Final = "new:"
"""Begins the key of each column of the sheet in which people write new sites."""

NEW_SITE_FIELDS: Final = (
    "site_id", "name", "village", "district", "regency", "coordinates_as_given", "declared_area", "note",
)  # fmt: skip
