"""
Write the tables of notations, apps and files: what is read from each, and what is said about it.

The package itself reads every row when the pages are made. What it must read is written by hand in `notations.toml` and
`notation_files.py`; a row that is read otherwise stops the script. `make_pages.py` runs it.
"""

from __future__ import annotations

import functools
import runpy
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from markdown_cells import escaped

import gerai_geo as gg
from gerai_geo.errors import GeraiGeoError
from gerai_geo.i18n.issue_labels import issue_label
from gerai_geo.i18n.translate import use_language

HERE = Path(__file__).parent
LEFT_OUT = {"no_regency", "low_precision", "default_pin", "truncated_degree", "reader_warning", "area_below_600"}
"""Codes about the list rather than its notation."""
SEVERE = ("error", "warning")

WORDS = {
    "id": {
        "title": "Tulisan, aplikasi, dan berkas yang dicoba",
        "other": "[English](en/notations.md)",
        "intro": """\
Ada {n} baris. Setiap baris dibaca oleh `gg.read_sites` sewaktu halaman ini dibuat, dan hasilnya sama dengan yang
ditulis tangan di `docs/notations.toml` dan `docs/notation_files.py`; bila tidak, pengujian gagal. Cara umumnya:
[Bagaimana daftar dibaca](pembacaan.md). Tanda ⏎ berarti baris berikutnya, ⇥ berarti tab. Yang dibaca: lintang dan
bujur (bidang: titik tengahnya), CRS bila bukan EPSG:4326, ± ketelitian dalam meter, [kabupaten], = luas tertulis
dalam m².""",
        "given": "tulisan", "app": "aplikasi", "file": "berkas", "read": "dibaca", "reported": "yang dilaporkan",
        "none": "tanpa letak", "refused": "ditolak", "of_file": "berkas",
    },
    "en": {
        "title": "Notations, apps and files tried",
        "other": "[Indonesia](../notasi.md)",
        "intro": """\
There are {n} rows. `gg.read_sites` read each when this page was made, and the outcome equals the one written by
hand in `docs/notations.toml` and `docs/notation_files.py`; else a test fails. In general: [How lists are
read](reading.md). ⏎ means the next line, ⇥ a tab. What is read: latitude and longitude (of a parcel: of its
middle), the CRS unless EPSG:4326, ± the accuracy in metres, [regency], = the declared area in m².""",
        "given": "text", "app": "app", "file": "file", "read": "read", "reported": "reported",
        "none": "no position", "refused": "refused", "of_file": "file",
    },
}  # fmt: skip


class Outcome(NamedTuple):
    """
    What was read from a file.

    Parameters
    ----------
    sites
        Outcome of each site without its issues, as in `notations.toml`.
    codes
        Codes of the issues of each site; those of the file last.
    refusal
        Message of the error in each language, where the file was refused.
    """

    sites: tuple[str, ...] = ()
    codes: tuple[tuple[str, ...], ...] = ()
    refusal: tuple[str, str] | None = None

    def text(self) -> str:
        """Outcome as it is written in `notations.toml`."""
        if self.refusal:
            return f"refused: {self.refusal[1]}"
        marks = [f" !{','.join(own)}" if own else "" for own in self.codes]
        parts = [site + mark for site, mark in zip(self.sites, marks[:-1], strict=True)]
        return " | ".join([*parts, *([f"FILE{marks[-1]}"] if marks[-1] else [])])


class Row(NamedTuple):
    """A row of the tables: how to make its file, what is shown of it in each language, and what must be read."""

    name: str
    make: Callable[[Path], object]
    shown: dict[str, str]
    outcome: str


def rows() -> Iterator[tuple[dict[str, str], list[Row]]]:
    """Yield groups of rows, each with its titles and kind."""
    for group in tomllib.loads((HERE / "notations.toml").read_text(encoding="utf-8"))["group"]:
        yield group, [_text_row(group["kind"], row) for row in group["rows"]]
    files = runpy.run_path(str(HERE / "notation_files.py"))["FILES"]
    titles = {"kind": "file", "id": "Berkas biner", "en": "Binary files"}
    yield titles, [Row(f.name, f.make, {"id": f.holds_id, "en": f.holds_en}, f.outcome) for f in files]


def _text_row(kind: str, row: list[str]) -> Row:
    if kind == "text":
        name, text, outcome = row
    else:
        text, outcome = row[:2]
        name = row[2] if len(row) > 2 else "daftar.csv"
    content = f"id,koordinat\nA,{_quoted(text)}\n" if kind == "cell" else text
    shown = {"id": text or "–", "en": text or "–"}
    return Row(name, lambda path: path.write_text(content, encoding="utf-8", newline=""), shown, outcome)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@functools.cache
def tables() -> list[tuple[dict[str, str], list[tuple[Row, Outcome]]]]:
    """Read all rows, by group."""
    return [(group, [(row, read(row)) for row in own]) for group, own in rows()]


def read(row: Row) -> Outcome:
    """Make the file of a row and read it."""
    name = row.name if "." in row.name and " " not in row.name else "daftar.csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        row.make(path)
        try:
            sites, issues = gg.read_sites(path)
        except GeraiGeoError as error:
            try:
                gg.read_sites(path, lang="en")
            except GeraiGeoError as english:
                return Outcome(refusal=(str(error), str(english)))
            raise
    issues = issues[issues["severity"].isin(SEVERE) & ~issues["code"].isin(LEFT_OUT)]
    own = [tuple(sorted(set(issues.loc[issues["site_id"] == site, "code"]))) for site in sites.index]
    of_file = tuple(sorted(set(issues.loc[issues["site_id"].isna(), "code"])))
    return Outcome(tuple(_site(site) for _id, site in sites.iterrows()), (*own, of_file))


def _site(site) -> str:  # a row of a table
    shape = site["geometry"]
    if shape is None:
        return "-"
    at = shape.centroid
    words = [] if shape.geom_type == "Point" else [shape.geom_type]
    words += [f"{round(at.y, 6) + 0:.9g}", f"{round(at.x, 6) + 0:.9g}"]
    words += [site["source_crs"]] if site["source_crs"] != "EPSG:4326" else []
    words += [f"±{site['accuracy_m']:g}"] if site["accuracy_m"] == site["accuracy_m"] else []
    words += [f"[{site['regency']}]"] if isinstance(site["regency"], str) else []
    words += [f"={site['declared_area_m2']:g}"] if site["declared_area_m2"] == site["declared_area_m2"] else []
    return " ".join(words)


def fits(outcome: Outcome, expected: str) -> bool:
    """Whether an outcome is the expected one; of a refusal the words given."""
    if expected.startswith("refused: "):
        return outcome.refusal is not None and expected.removeprefix("refused: ") in outcome.refusal[1]
    return outcome.text() == expected


def wrong_rows() -> list[str]:
    """Rows that are read otherwise than written by hand, each with both outcomes."""
    return [
        f"{row.name}: {row.shown['en']!r}: read {outcome.text()!r}, expected {row.outcome!r}"
        for _group, own in tables()
        for row, outcome in own
        if not fits(outcome, row.outcome)
    ]


def notation_page(lang: str) -> str:
    """
    Text of `notasi.md` (``id``) or `en/notations.md` (``en``).

    Raises
    ------
    ValueError
        If a row is read otherwise than written by hand.
    """
    if wrong := wrong_rows():
        raise ValueError("\n".join(wrong))
    words = WORDS[lang]
    groups = tables()
    parts = [f"# {words['title']}\n", f"{words['other']}\n"]
    parts += [words["intro"].format(n=sum(len(own) for _group, own in groups)) + "\n"]
    with use_language(lang):
        for group, own in groups:
            named = group["kind"] in ("text", "file") or own[0][0].name != "daftar.csv"
            heads = [words["file" if group["kind"] in ("text", "file") else "app"]] if named else []
            heads += [words["given"], words["read"], words["reported"]]
            parts += [f"## {group[lang]}\n", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
            parts += [_line(*each, words, lang, named=named, code=group["kind"] != "file") for each in own]
            parts.append("")
    return "\n".join(parts)


def _line(row: Row, outcome: Outcome, words: dict[str, str], lang: str, *, named: bool, code: bool) -> str:
    if outcome.refusal:
        found, reported = words["refused"], _cell(outcome.refusal[lang == "en"])
    else:
        found = "<br>".join(words["none"] if site == "-" else site for site in outcome.sites)
        several = len(outcome.sites) > 1
        lines = []
        for n, codes in enumerate(outcome.codes):
            label = words["of_file"] if n == len(outcome.sites) else str(n + 1)
            lines += [f"{label}: {issue_label(c)}" if several or n else issue_label(c) for c in codes]
        reported = _cell("\n".join(lines)).replace("⏎", "<br>") if lines else "–"
    given = _given(row.shown[lang]) if code else _cell(row.shown[lang])
    return f"| {row.name + ' | ' if named else ''}{given} | {_cell(found).replace('&lt;br&gt;', '<br>')} | {reported} |"


def _cell(text: str) -> str:
    """Text for a cell of a table, with nothing in it that Markdown or HTML would take for its own."""
    return escaped(text).replace("\n", "⏎")


def _given(text: str) -> str:
    text = text.replace("\r\n", "⏎").replace("\r", "⏎").replace("\n", "⏎").replace("\t", "⇥")
    return f"<code>{_cell(text)}</code>"


PAGES: dict[str, Callable[[], str]] = {
    "notasi.md": partial(notation_page, "id"),
    "en/notations.md": partial(notation_page, "en"),
}
