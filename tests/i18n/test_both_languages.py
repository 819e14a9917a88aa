"""Every word of every output in both languages: the sample's results in one hold no words that only the other has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest
from needs import missing

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.i18n.labels import area, bearing, coordinates, day, number, percent
from gerai_geo.i18n.translate import catalogue, in_every_language

TERMS = {
    "kawasan", "hutan", "telaah", "gerai", "bpkh", "dinas", "kehutanan", "kabupaten", "kota", "desa", "kelurahan",
    "kecamatan", "penunjukan", "penetapan", "inver", "inventarisasi", "verifikasi", "satgas", "kantor", "pertanahan",
    "bupati", "daftar", "peta", "xlsx", "html", "gpkg", "pptpkh", "pippib", "ppkh", "koperasi", "merah", "contoh", "longitude", "village", "district", "width",
    "length", "water",
}  # fmt: skip
"""Terms of the trade that English texts keep, names of files, and names of columns and functions as one types them;
the last three stand in names of cooperatives, which a narrow column of a PDF breaks."""

CODES = {("key",), ("status",), ("action",), ("kind",), ("type",), ("followup",), ("what",), ("version",), ("rings",)}
"""Keys of a page's data whose values are fixed words for programs, or drawn lines packed into text."""

WORDS_OF_TABLES = {
    *schema.STATUSES, *schema.ACTIONS, *schema.FUNCTIONS, *schema.FOLLOWUP_STATES, *schema.LAND_PAPERS,
}  # fmt: skip
"""Fixed words of the tables, which stand beside their translations in a page's data."""

WORD = re.compile(r"[^\W\d_]{4,}")


def words(text: str) -> set[str]:
    return {w.lower() for w in WORD.findall(re.sub(r"\w*_\w*", " ", text))}  # names of columns are the same in both


@cache
def vocabulary() -> tuple[set[str], set[str]]:
    """Words that only our Indonesian texts use, and those that only our English ones do."""
    texts = {re.sub(r"\{[^}]*\}", " ", k): re.sub(r"\{[^}]*\}", " ", v) for k, v in catalogue("en").items()}
    indonesian, english = words(" ".join(texts)), words(" ".join(texts.values()))
    for file in resources.files("gerai_geo.reference").iterdir():
        if file.name.endswith(".toml"):
            for path, text in strings(tomllib.loads(file.read_text(encoding="utf-8"))):
                key = path[-1] if path else ""
                if (key == "id" and len(path) > 1 and " " in text) or key.endswith("_id"):
                    indonesian |= words(text)
                elif key == "en" or key.endswith("_en"):
                    english |= words(text)
    return indonesian - english - TERMS, english - indonesian - TERMS


def strings(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Texts of nested data with the way to them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, path)
    elif isinstance(value, str):
        yield path, value


@cache
def given() -> list[str]:
    """Texts of the data, longest first: of the lists, of the layer, names of files, regencies and laws."""
    sample = gg.sample_paths()
    found = {p.name for p in [*sample.sites, sample.forest]}
    frames = [pyogrio.read_dataframe(sample.forest), pyogrio.read_dataframe(sample.sites[2])]
    frames += [pyogrio.read_dataframe(sample.sites[1], layer=n) for n, _ in pyogrio.list_layers(sample.sites[1])]
    sheets = pd.read_excel(sample.sites[0], sheet_name=None, header=None, engine="calamine")
    frames += list(sheets.values())
    for frame in frames:
        for values in (frame.columns, *(frame[c].dropna() for c in frame.columns)):
            found |= set(map(str, values))
    text = resources.files("gerai_geo.reference").joinpath("routes.toml").read_text(encoding="utf-8")
    for key, source in tomllib.loads(text)["source"].items():
        found |= {str(v) for v in source.values()} if key not in ("advice", "method") else set()
    found |= set(
        re.split(r"[,\n]", resources.files("gerai_geo.reference").joinpath("regencies.csv").read_text("utf-8"))
    )
    found |= set(map(str, sheets))
    flat = {" ".join(text.split()) for text in found}
    # a single word of the data may be one of ours left behind as well: only what no sentence uses is taken out alone
    return sorted((t for t in flat if len(t) > 3), key=len, reverse=True)


def spoken(text: str, foreign: set[str]) -> set[str]:
    """Words of a set that a text says outside of what came from the data."""
    text = " ".join(re.sub(r"\w*_\w*", " ", text).split())
    left = set()
    for word in words(text) & foreign:
        rest = text
        for known in (g for g in given() if word in g.lower()):
            rest = rest.replace(known, " ")
        if re.search(rf"(?<![^\W\d_]){word}(?![^\W\d_])", rest, re.IGNORECASE):
            left.add(word)
    return left


class Page(HTMLParser):
    """What a page says: its texts, labels, and the texts of its data; not its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.inside.append((tag, dict(attrs).get("type") or ""))
        self.texts += [v for k, v in attrs if v and k in ("title", "alt", "placeholder", "aria-label")]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.texts.append(data)
        elif self.inside[-1] == ("script", "application/json"):
            found = (text for path, text in strings(json.loads(data)) if path[-1:] not in CODES)
            self.texts += [re.sub(r"\{\w+\}", " ", text) for text in found if text not in WORDS_OF_TABLES]


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything the outputs of a folder say, by file."""
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.suffix == ".html":
            page = Page()
            page.feed(file.read_text(encoding="utf-8"))
            yield name, " \n".join(page.texts)
        elif file.suffix == ".xlsx":
            for sheet in (s for s in openpyxl.load_workbook(file).worksheets if s.sheet_state == "visible"):
                shown = [r for i, r in enumerate(sheet.iter_rows(), 1) if not sheet.row_dimensions[i].hidden]
                cells = [c.value for row in shown for c in row if isinstance(c.value, str)]
                yield f"{name} {sheet.title}", " \n".join([sheet.title, *cells])
        elif file.suffix == ".pdf":
            run = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True)
            yield name, run.stdout.decode()
        elif file.suffix == ".kml":
            names = re.findall(r"<(?:name|description)>(.*?)</", file.read_text(encoding="utf-8"), flags=re.S)
            yield name, " \n".join(names)


@pytest.fixture(scope="module", params=["id", "en"])
def outputs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, gg.Screening]:
    """All outputs of the sample in one language."""
    if shutil.which("pdftotext") is None:
        missing("poppler-utils")
    lang = request.param
    folder = tmp_path_factory.mktemp(lang)
    sample = gg.sample_paths()
    sites, issues = gg.read_sites(list(sample.sites), lang=lang)
    forest = gg.read_forest(sample.forest, scale=250_000, edition="2026", lang=lang)
    result = gg.screen(sites, forest, issues=issues, lang=lang)
    gg.write_maps(result, folder / "web", lang=lang)
    gg.write_list(result, folder / "list.xlsx", lang=lang)
    gg.write_list(result, folder / "list.kml", lang=lang)
    gg.write_dossiers(result, folder / "pdf", lang=lang, regency="Seruyan")
    gg.write_dossiers(result, folder / "pdf", result.findings.index[-12:], lang=lang)
    return lang, folder, result


def test_no_output_speaks_the_other_language(outputs: tuple[str, Path, gg.Screening]) -> None:
    lang, folder, result = outputs
    only_id, only_en = vocabulary()
    foreign = only_en if lang == "id" else only_id
    found: dict[str, set[str]] = {}
    for name, text in texts(folder):
        for word in spoken(text, foreign):
            found.setdefault(word, set()).add(name)
    for column in ("reason", "decider"):
        for word in spoken(" ".join(result.findings[column].dropna()), foreign):
            found.setdefault(word, set()).add(f"findings.{column}")
    for column in ("message", "suggestion"):
        for word in spoken(" ".join(result.issues[column].dropna()), foreign):
            found.setdefault(word, set()).add(f"issues.{column}")
    assert not found, {word: sorted(names)[:3] for word, names in sorted(found.items())}


def test_the_check_would_see_a_word_left_behind() -> None:
    only_id, only_en = vocabulary()
    assert {"jarak", "batas", "peluang", "halaman", "dengan", "yang", "tidak"} <= only_id
    assert {"boundary", "distance", "probability", "coordinates", "page"} <= only_en


def test_numbers_areas_and_dates_follow_each_language() -> None:
    assert in_every_language(lambda: number(1234567.891, 2)) == ["1.234.567,89", "1,234,567.89"]
    assert in_every_language(lambda: percent(0.623, 1)) == ["62,3 %", "62.3 %"]
    assert in_every_language(lambda: area(9_999)) == ["9.999 m²", "9,999 m²"]
    assert in_every_language(lambda: area(10_000)) == ["1,00 ha", "1.00 ha"]
    assert in_every_language(lambda: day("2026-08-17")) == ["17 Agustus 2026", "17 August 2026"]
    assert in_every_language(lambda: bearing(45)) == ["timur laut", "northeast"]
    assert coordinates(114.3, -1.5).endswith("BT")
    assert in_every_language(lambda: coordinates(114.3, 0.5))[1] == "0° 30′ 00.0″ N, 114° 18′ 00.0″ E"
