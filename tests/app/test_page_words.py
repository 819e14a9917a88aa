"""Messages of the command line as the page says them, and the fields they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import gerai_geo
from gerai_geo.app.commands import check_commands
from gerai_geo.app.page_words import page_words
from gerai_geo.app.work_folder import WorkFolder
from gerai_geo.i18n.translate import use_language

ROOT = Path("/rumah/Gerai Geo")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("/rumah/Gerai Geo/kiriman/forest/a.gpkg: berisi 2 layer (a, b). Sebutkan satu dengan layer='..' (--layer).",
         "a.gpkg: berisi 2 layer (a, b). Sebutkan satu dengan isian 'Nama layer' di halaman ini."),
        ("Sebutkan dengan columns={'function': '..'}.",
         "Sebutkan dengan isian 'Nama kolom fungsi kawasan' di halaman ini."),
        ("Sebutkan dengan columns={'latitude': '..', 'longitude': '..'} (--columns latitude=..).",
         "Sebutkan dengan isian 'Nama kolom lintang', 'Nama kolom bujur' di halaman ini."),
        ("Sebutkan, misalnya crs='EPSG:4326' (--crs EPSG:4326).",
         "Sebutkan, misalnya EPSG:4326 (isian 'CRS daftar', 'CRS layer' di halaman ini)."),
        ("'besar': bukan skala. Bantuan: python -m gerai_geo.cli run --help", "'besar': bukan skala."),
        ("Titik ini di luar.", "Titik ini di luar."),
    ],
)  # fmt: skip
def test_fields_instead_of_options(said: str, shown: str) -> None:
    assert page_words({"lines": [said, 3, None]}, ROOT) == {"lines": [shown, 3, None]}


OF_THE_PAGE = ("columns", "corners", "defects", "extra", "followup", "forest", "intake", "layers", "readers")
"""Catalogues of what a check, a run and a returned workbook say."""


@pytest.mark.parametrize("name", OF_THE_PAGE)
def test_no_option_or_command_is_left_in_what_the_page_may_say(name: str) -> None:
    with Path(gerai_geo.__file__).with_name("locale").joinpath("en", f"{name}.po").open("rb") as stream:
        texts = [(str(m.id), str(m.string)) for m in read_po(stream, locale="en") if m.id]
    for both in texts:
        for lang, text in zip(("id", "en"), both, strict=True):
            if "--update" in text:  # the page writes no such file
                continue
            said = (
                text.replace("{option}", "--crs")
                .replace("{example}", "EPSG:4326")
                .replace("{{", "{")
                .replace("}}", "}")
            )
            with use_language(lang):
                shown = page_words(said, ROOT)
            assert not re.search(r"(?<![\w-])--[a-z]|gerai-geo (?:run|check|list|map|followup)\b", shown), shown


def test_the_fields_reach_the_commands(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    work.prepare()
    (work.slot("sites") / "a.csv").write_text("x")
    (work.slot("forest") / "b.gpkg").write_text("x")
    form = {"layer": "kawasan", "function_column": "KWS", "latitude_column": "Titik Y", "longitude_column": ""}
    check, layers = check_commands(work, form)
    assert "--columns=latitude=Titik Y" in check
    assert not [a for a in check if "longitude" in a]
    assert {"--layer=kawasan", "--forest-columns=function=KWS"} <= set(layers)
