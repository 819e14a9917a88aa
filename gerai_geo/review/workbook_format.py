"""
Snapshot of the lists of a meeting workbook, kept in a hidden sheet, against which edits are found later.

Each list carries a hidden row with the key of every column, and a hidden column with the key of every row; both follow
when people sort, insert and rename. All of it is text, which every program keeps.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from tempfile import SpooledTemporaryFile
from typing import Any, Final

import pandas as pd
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from gerai_geo.records.decisions.layer_decisions import computed_statuses
from gerai_geo.records.models import Screening
from gerai_geo.review.cell_values import cell_text, normalised_text

SHEET: Final = "_gerai_geo"
KEY: Final = "#key"
"""Key of the hidden column."""

MARK: Final = "gg:"
"""Prefix of each cell of the hidden row."""

FOLLOWUP: Final = "followup:"
"""Prefix of the keys of columns that people fill in."""

AGENDA: Final = "agenda"
ALL: Final = "all"
NEW: Final = "new"
"""Roles of the lists that are read back: sites to follow up, all sites, new sites."""

NEW_SITE: Final = "new:"
"""Prefix of the keys of columns in the sheet for new sites."""

NEW_SITE_FIELDS: Final = (
    "site_id", "name", "village", "district", "regency", "coordinates_as_given", "declared_area", "note",
)  # fmt: skip

MAX_TEXT: Final = 32_767
"""Characters in a cell; Excel's own limit."""

_FORMAT: Final = 2
_READABLE: Final = (1, 2)
_CHUNK: Final = 30_000  # characters in a cell; Excel holds 32,767
_BLOCK: Final = 500  # sites packed together
_AT_ONCE: Final = 20 * _BLOCK  # sites whose texts are in memory at once
_SPOOLED_BYTES: Final = 8 << 20
_READ_BYTES: Final = 1 << 20
_MAX_BLOCK_BYTES: Final = 256 << 20  # unpacked; 500 sites of 50 full cells would need more, a list of people never does
_DIGEST: Final = 10


class RecordingSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """
    Worksheet that records the texts, numbers and dates written to it, and takes rows of cells as XML.

    ``written`` has them, those that were written while ``recording`` was on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[str, None] = {}
        self.recording = True
        self.rows = SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115 - closed with the workbook
        """Cells in XML until the workbook is written: a long list does not fit into memory beside its table."""
        self._put: dict[int, tuple[int, int, int]] = {}  # rows in XML: by the first one, that after them, from, to
        self._links: list[tuple[int, int, tuple[str, str]]] = []
        self._tip = ""

    def write_string(self, row: Any, col: Any, string: Any = None, *args: Any) -> Any:
        """Write a text, see xlsxwriter."""
        if self.recording:
            self.written[cell_text(string)] = None
        return super().write_string(row, col, string, *args)

    def write_number(self, row: Any, col: Any, number: Any = None, *args: Any) -> Any:
        """Write a number, see xlsxwriter."""
        self.written[cell_text(float(number))] = None
        return super().write_number(row, col, number, *args)

    def write_datetime(self, row: Any, col: Any, date: Any = None, *args: Any) -> Any:
        """Write a date, see xlsxwriter."""
        self.written[cell_text(date)] = None
        return super().write_datetime(row, col, date, *args)

    def text_index(self, text: str) -> int:
        """Place of a text in the strings of the workbook, to which a cell in XML refers."""
        if self.recording:
            self.written[cell_text(text)] = None
        if len(text) > MAX_TEXT // 2:  # Excel counts units of UTF-16
            units = text.encode("utf-16-le", "surrogatepass")[: 2 * MAX_TEXT]
            text = units.decode("utf-16-le", "ignore") if len(units) == 2 * MAX_TEXT else text
        return int(self.str_table._get_shared_string_index(text))

    def put_rows(self, row: int, cells: Sequence[str], last_col: int, heights: Sequence[float | None]) -> None:
        """
        Put whole rows in XML into consecutive rows, to which nothing else is written.

        Parameters
        ----------
        row
            The first one.
        cells
            Cells of each row.
        last_col
            The last column.
        heights
            Height of each row in points; None for the usual one.
        """
        if not cells:
            return
        looks = {height: self._look(height) for height in set(heights)}
        rows = zip(range(row + 1, row + len(cells) + 1), heights, cells, strict=True)
        content = "".join([f'<row r="{n}"{looks[height]}>{xml}</row>' for n, height, xml in rows]).encode("ascii")
        start = self.rows.tell()
        self.rows.write(content)
        self._put[row] = (row + len(cells), start, start + len(content))
        for place in (row, row + len(cells) - 1):
            self._check_dimensions(place, last_col)

    def check_written_once(self) -> None:
        """Raise ValueError where cells were written to rows that were put as a whole: they would be lost."""
        for first, (after, _start, _stop) in self._put.items():
            if twice := [n for n in range(first, after) if n in self.table or n in self.row_info]:
                raise ValueError(f"row {twice[0]} of {self.name} is written twice")

    def _look(self, height: float | None) -> str:
        """Attributes of a row for its height, as xlsxwriter writes them: in whole pixels."""
        pixels = self.default_row_height if height is None else int(height * 4 / 3 + 0.5)
        return "" if pixels == self.default_row_height else f' ht="{pixels * 0.75:.16g}" customHeight="1"'

    def put_links(self, row: int, col: int, links: Iterable[tuple[str, str] | None], tip: str) -> None:
        """Link the cells of a column from a row on to pages, each with its anchor; None for no link."""
        self._tip, self._links = tip, [*self._links, *((n, col, link) for n, link in enumerate(links, row) if link)]

    def _write_hyperlinks(self) -> None:
        """Write the links: each is one of the sheet's relations."""
        if not self._links:
            super()._write_hyperlinks()
            return
        self._xml_start_tag("hyperlinks")
        escaped = cache(self._escape_attributes)
        targets: dict[str, str] = {}
        tip, columns = escaped(self._tip), {col: xl_col_to_name(col) for _row, col, _link in self._links}
        for row, col, (page, anchor) in self._links:
            if page not in targets:
                targets[page] = Url(f"external:{page}")._target()
            self.rel_count += 1
            location = f' location="{escaped(anchor)}"' if anchor else ""
            self.fh.write(
                f'<hyperlink ref="{columns[col]}{row + 1}" r:id="rId{self.rel_count}"{location} tooltip="{tip}"/>'
            )
            self.external_hyper_links.append(["/hyperlink", targets[page], "External"])
        self._xml_end_tag("hyperlinks")

    def _write_rows(self) -> None:
        """Write the rows: as xlsxwriter, without a look at each column of each row."""
        self.check_written_once()
        row, last = self.dim_rowmin or 0, self.dim_rowmax or 0
        while row <= last:
            if row in self._put:
                after, start, stop = self._put[row]
                self.rows.seek(start)
                for size in (*[_READ_BYTES] * ((stop - start) // _READ_BYTES), (stop - start) % _READ_BYTES):
                    self.fh.write(self.rows.read(size).decode("ascii"))
                row = after
                continue
            cells, look = self.table.get(row), self.row_info.get(row)
            if cells:
                self._write_row(row, None, look)
                for col in sorted(cells):
                    self._write_cell(row, col, cells[col])
                self.fh.write("</row>")
            elif look is not None:
                self._write_empty_row(row, None, look)
            row += 1


@dataclass(frozen=True)
class SnapshotSite:
    """
    One site in a snapshot.

    Parameters
    ----------
    site_id
        Its id.
    cells
        Texts in the lists, by key of the column.
    followup
        Its follow-up: columns of `schema.FOLLOWUP` and those that people added.
    roles
        The lists it is in.
    status
        Its computed status; empty for a site that is not in the findings.
    """

    site_id: str
    cells: dict[str, str] = field(default_factory=dict)
    followup: dict[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True)
class Snapshot:
    """
    Content of a workbook as it was written.

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
        Digests of the texts of each sheet outside its list, by name of the sheet.
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
    """Short digest of a screening's date, inputs and site ids; follow-up doesn't change it."""
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


def text_digest(text: str) -> str:
    """Digest of a cell's text, independent of spaces and line ends."""
    return hashlib.sha256(normalised_text(text).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]


def write_snapshot(
    sheet: Worksheet,
    screening: Screening,
    dropdowns: Sequence[Sequence[str]],
    table: pd.DataFrame,
    lists: Mapping[str, tuple[str, Iterable[str]]],
    labels: Mapping[str, str],
    texts: Mapping[str, Iterable[str]],
) -> None:
    """
    Write the hidden sheet.

    Parameters
    ----------
    sheet
        The sheet to write to.
    screening
        The screening that the workbook shows.
    dropdowns
        Choices of the dropdowns; they come first, in columns A, B .., to which the dropdowns refer.
    table
        Content of the lists, index site_id, columns by their keys.
    lists
        By role: name of the sheet, and ids of its sites.
    labels
        Headings by key.
    texts
        Texts of each sheet outside its list.
    """
    for column, choices in enumerate(dropdowns):
        for row, choice in enumerate(choices):
            sheet.write_string(row, column, choice)
    about = {
        "format": _FORMAT,
        "screening": screening_id(screening),
        "created": str(screening.manifest.get("created") or ""),
        "labels": dict(labels),
        "lists": {role: name for role, (name, _ids) in lists.items()},
    }
    row = _write_entry(sheet, 10, "about", "-", json.dumps(about))
    for name, written in texts.items():
        row = _write_entry(sheet, row, "texts", json.dumps(name), "".join(sorted({text_digest(t) for t in written})))
    roles: dict[str, list[str]] = {}
    for role, (_name, ids) in lists.items():
        for site_id in ids:
            roles.setdefault(site_id, []).append(role)
    status = computed_statuses(screening).to_dict()
    names = table.index.astype("str").tolist()
    followup = {str(i): site_followup(screening.followup, i) for i in screening.followup.index}
    for some, values in _blocks(table[[k for k in labels if k in table]]):
        sites = {
            "id": names[some], "v": {k: texts for k, texts in values.items() if any(texts)},
            "f": [followup.get(i, {}) for i in names[some]], "in": [roles.get(i, []) for i in names[some]],
            "status": [status[i] for i in names[some]],
        }  # fmt: skip
        row = _write_entry(sheet, row, "sites", str(some.start), _packed(sites))
    for site_id in screening.followup.index.difference(screening.findings.index):
        site = {"id": str(site_id), "f": followup[str(site_id)]}
        row = _write_entry(sheet, row, "site", row_key(str(site_id)), json.dumps(site))


def _packed(content: Any) -> str:
    """JSON of a value, compressed, in letters that every program keeps."""
    return base64.b64encode(zlib.compress(json.dumps(content, separators=(",", ":")).encode("ascii"), 6)).decode(
        "ascii"
    )


def _unpacked(text: str) -> Any:
    """Value packed by `_packed`; raises ValueError where the text is damaged."""
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(base64.b64decode(text, validate=True), _MAX_BLOCK_BYTES)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflate.eof:
        raise ValueError("incomplete")
    return json.loads(content)


def _sites_of(block: Any) -> Iterator[tuple[str, SnapshotSite]]:
    """Sites of one block, by the keys of their rows."""
    columns = list(block["v"].items())
    rows = zip(block["id"], block["f"], block["in"], block["status"], strict=True)
    for n, (site_id, followup, roles, status) in enumerate(rows):
        cells = {key: texts[n] for key, texts in columns if texts[n]}
        yield row_key(site_id), SnapshotSite(site_id, cells, followup, tuple(roles), status)


def site_followup(followup: pd.DataFrame, site_id: str) -> dict[str, str]:
    """Follow-up of one site, without missing values."""
    if site_id not in followup.index:
        return {}
    return {str(c): str(v) for c, v in followup.loc[site_id].items() if pd.notna(v)}


def _write_entry(sheet: Worksheet, row: int, kind: str, name: str, text: str) -> int:
    """Write one entry into as many cells as it needs; returns the next row."""
    sheet.write_string(row, 0, kind)
    sheet.write_string(row, 1, name)
    for column, start in enumerate(range(0, len(text), _CHUNK), 2):
        sheet.write_string(row, column, text[start : start + _CHUNK])
    return row + 1


def _blocks(table: pd.DataFrame) -> Iterator[tuple[slice, dict[str, list[str]]]]:
    """Yield the rows of each block of sites, and their texts by column."""
    for begin in range(0, len(table), _AT_ONCE):
        columns = {k: _shown_texts(column) for k, column in table.iloc[begin : begin + _AT_ONCE].items()}
        for start in range(0, min(_AT_ONCE, len(table) - begin), _BLOCK):
            block = {str(k): texts[start : start + _BLOCK] for k, texts in columns.items()}
            yield slice(begin + start, begin + start + _BLOCK), block


def _shown_texts(column: pd.Series) -> list[str]:
    """Texts of the cells of a column; empty where they are blank."""
    shown = cache(lambda text: cell_text(cut(text)))
    any_column: Any = column
    values = any_column.to_numpy(dtype=object, na_value=None).tolist()
    return [
        "" if value is None or value is pd.NaT else shown(value) if isinstance(value, str) else cell_text(value)
        for value in values
    ]


def cut(value: Any) -> Any:
    """Shorten a text to what a cell can hold; other values stay."""
    long = isinstance(value, str) and len(value) > MAX_TEXT
    return value[: MAX_TEXT - 1] + "…" if long else value


def read_snapshot(rows: Sequence[Sequence[Any]]) -> Snapshot | None:
    """Read the snapshot from the cells of a sheet; None where the sheet holds none, or a damaged one."""
    about: dict[str, Any] = {}
    sites: dict[str, SnapshotSite] = {}
    texts: dict[str, frozenset[str]] = {}
    try:
        for row in rows:
            if len(row) < 3 or row[0] not in ("about", "texts", "site", "sites"):
                continue
            text = "".join(str(c) for c in row[2:] if c is not None)
            if row[0] == "about":
                about = json.loads(text)
            elif row[0] == "texts":
                digests = (text[n : n + _DIGEST] for n in range(0, len(text), _DIGEST))
                texts[json.loads(str(row[1]))] = frozenset(digests)
            elif row[0] == "sites":
                sites |= dict(_sites_of(_unpacked(text)))
            else:
                s = json.loads(text)
                sites[str(row[1])] = SnapshotSite(
                    s["id"], s.get("v", {}), s.get("f", {}), tuple(s.get("in", ())), s.get("status", "")
                )
        if about.get("format") not in _READABLE:
            return None
        return Snapshot(about["screening"], about["created"], about["labels"], sites, texts, about["lists"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def read_created(rows: Sequence[Sequence[Any]]) -> str | None:
    """Read when the screening of a snapshot was made, without its sites; None where a sheet holds no snapshot."""
    for row in rows:
        if len(row) > 2 and row[0] == "about":
            try:
                about = json.loads("".join(str(c) for c in row[2:] if c is not None))
                return str(about["created"]) if about["format"] in _READABLE else None
            except (ValueError, KeyError, TypeError):
                return None
    return None


def followup_column(key: str) -> str | None:
    """Name of the follow-up column with a key; None for other columns."""
    name = key.removeprefix(FOLLOWUP)
    return name if key != name else None
