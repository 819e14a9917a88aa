"""Sentences in both languages: issues rendered from their params, and errors in the language of the call."""

from __future__ import annotations

import ast
import json
import pickle
import re
from pathlib import Path

import pytest

import gerai_geo as gg
from gerai_geo import errors
from gerai_geo.i18n.messages import render
from gerai_geo.i18n.translate import Text, _, catalogue, current_language, localised, use_language
from gerai_geo.records.issues import issue_row, issues_table, localised_issues

PACKAGE = Path(gg.__file__).parent
OURS = {name for name, value in vars(errors).items() if isinstance(value, type)}
DEVELOPERS = {"schema.py"}
"""Modules whose errors are for programmers, in English in both languages."""


def assert_translated(in_indonesian, in_english) -> None:
    with use_language("en"):
        translated = localised_issues(in_indonesian)
    for column in ("message", "suggestion"):
        assert translated[column].fillna("").tolist() == in_english[column].fillna("").tolist()
    with use_language("id"):
        back = localised_issues(in_english)
    assert back["message"].tolist() == in_indonesian["message"].tolist()


@pytest.fixture(scope="module")
def forests():
    path = gg.sample_paths().forest
    return gg.read_forest(path), gg.read_forest(path, lang="en")


def both(source, forests, **how):
    found = []
    for lang, forest in zip(("id", "en"), forests, strict=True):
        sites, issues = gg.read_sites(source, lang=lang, **how)
        found.append(gg.screen(sites, forest, issues=issues, lang=lang).issues)
    return found


def test_issues_of_the_sample_are_the_same_word_for_word_in_the_other_language(forests) -> None:
    assert_translated(*both(gg.sample_paths().sites, forests))


def test_issues_of_the_real_list_are_the_same_word_for_word_in_the_other_language(shared, forests) -> None:
    villages = shared / "admin" / "kalteng_villages.gpkg"
    found = both(shared / "sites" / "kopdes_kalteng.csv", forests, boundaries=villages, parcels=True)
    assert found[0]["code"].nunique() > 12
    assert_translated(*found)


def test_issues_of_the_cases_are_the_same_word_for_word_in_the_other_language(shared, forests) -> None:
    read = 0
    for path in sorted((shared.parent / "cases").glob("*/*.csv")):
        try:
            found = both(path, forests)
        except errors.GeraiGeoError:
            continue
        assert_translated(*found)
        read += 1
    assert read > 10


def test_a_saved_screening_writes_its_issues_in_the_other_language(tmp_path: Path, forests) -> None:
    found = []
    for lang, forest in zip(("id", "en"), forests, strict=True):
        sites, issues = gg.read_sites(gg.sample_paths().sites, lang=lang)
        gg.write_screening(gg.screen(sites, forest, issues=issues, lang=lang), tmp_path / lang)
        found.append(gg.read_screening(tmp_path / lang).issues)
    assert found[0]["params"].notna().all()
    assert_translated(*found)


def test_params_are_json_with_the_values_as_numbers() -> None:
    text = _("Luas tertulis {declared}, luas gambar {drawn}.").format(
        declared=Text("600 m²", {"area_m2": 600.0}), drawn=Text("1,20 ha", {"area_m2": 12_000.0})
    )
    issues = issues_table([issue_row("area_differs", text)])
    params = json.loads(issues["params"].iloc[0])
    assert params["message"]["drawn"] == {"area_m2": 12_000.0}
    with use_language("en"):
        assert localised_issues(issues)["message"].iloc[0] == "Declared area 600 m², drawn area 1.20 ha."


def test_issues_without_params_keep_their_sentences() -> None:
    issues = issues_table([issue_row("bad_area", "rusak") | {"params": None}])
    with use_language("en"):
        assert localised_issues(issues)["message"].tolist() == ["rusak"]


def test_a_sentence_survives_joining_and_pickling() -> None:
    text = pickle.loads(pickle.dumps("1. " + _("Verifikasi") + "; " + _("Urus legalitas")))
    assert text == "1. Verifikasi; Urus legalitas"
    with use_language("en"):
        assert render(text.source) == "1. Verify; Legalize"
    assert render(_(" dan ").join([_("Verifikasi"), "x"]).source) == "Verifikasi dan x"


def test_the_language_holds_for_one_call_only() -> None:
    @localised
    def speak(lang: str | None = None) -> str:
        return current_language()

    assert [speak(), speak("en"), speak(lang="en"), speak()] == ["id", "en", "en", "id"]
    with use_language("en"):
        assert [speak(), speak("id")] == ["en", "id"]
    with pytest.raises(ValueError, match="lang is 'fr'"):
        speak("fr")


def raise_sites() -> list[tuple[str, int, ast.Raise]]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).as_posix() not in DEVELOPERS:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            name = path.relative_to(PACKAGE).as_posix()
            found += [(name, n.lineno, n) for n in ast.walk(tree) if isinstance(n, ast.Raise) and n.exc is not None]
    return found


def plain_texts(node: ast.AST) -> list[str]:
    """Texts in an expression that are not given to ``_``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
        return []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return [text for child in ast.iter_child_nodes(node) for text in plain_texts(child)]


def test_every_error_is_english_where_english_is_asked_for() -> None:
    """Walk all places that raise an error of ours: no word of Indonesian outside ``_``."""
    indonesian = {w for text in catalogue("en") for w in re.findall(r"[a-z]{4,}", text.casefold())}
    english = {w for text in catalogue("en").values() for w in re.findall(r"[a-z]{4,}", text.casefold())}
    walked = 0
    for file, line, node in raise_sites():
        assert isinstance(node.exc, ast.AST)
        name = getattr(getattr(node.exc, "func", None), "id", "")
        walked += name in OURS
        if name in OURS:
            words = {w for text in plain_texts(node.exc) for w in re.findall(r"[a-z]{4,}", text.casefold())}
            assert not words & (indonesian - english), f"{file}, line {line}"
    assert walked > 150
