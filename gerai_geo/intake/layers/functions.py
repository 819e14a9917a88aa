"""Forest functions of a layer: the column that holds them, and their codes and names looked up."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Hashable
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.functions import forest_functions

_PARTS: Final = re.compile(r"[()\[\]/:;,–—-]+")
_DBF_NAME: Final = 10  # letters
CODE_DIGITS: Final = 4
"""Shorter numbers in other columns than that of the function are no codes."""

_MOST_FREQUENT: Final = 300  # there are fewer codes and names of functions
_ABBREVIATIONS: Final = frozenset({"hl", "hp", "hpt", "hpk", "apl", "twa", "tahura", "ksa kpa"})
_ROLES: Final = ("function", "decree", "decree_date", "stage")


def function_of(value: object) -> str:
    """
    Key of the forest function for a code or a name, ``UNKNOWN`` for others.

    Codes are looked up exactly, as text, float or integer; names regardless of case, accents, punctuation and
    repeated spaces. Several of them in one cell have to mean the same function.

    Examples
    --------
    >>> function_of(1001.0), function_of("100500"), function_of(1), function_of("Hutan  Lindung")
    ('HL', 'HPK', 'KSA_KPA', 'HL')
    >>> function_of(100201), function_of("HPX"), function_of(None)
    ('KSA_KPA', 'UNKNOWN', 'UNKNOWN')
    >>> function_of("1004 - Hutan Produksi (HPT)"), function_of("HP (Hutan Produksi Terbatas)")
    ('HPT', 'UNKNOWN')
    """
    known = _keys().get(normalised(value))
    return known or _joint_function(value)


def _joint_function(value: object) -> str:
    """Find the function that all parts of a text name, each by a code, a name or a general word; else ``UNKNOWN``."""
    parts = [normalised(part) for part in _PARTS.split(value) if normalised(part)] if isinstance(value, str) else []
    if len(parts) < 2 or not all(part in _keys() or part in general_words() for part in parts):
        return "UNKNOWN"
    meanings = [general_words().get(part) or frozenset({_keys()[part]}) for part in parts]
    shared = frozenset.intersection(*meanings)
    return next(iter(shared)) if len(shared) == 1 else "UNKNOWN"


@cache
def general_words() -> dict[str, frozenset[str]]:
    """Functions that a general word may mean, by the normalised word or by the key of a general function."""
    words: dict[str, frozenset[str]] = {}
    for row in read_toml("functions.toml")["general"]:
        keys = [normalised(word) for word in row["names"]] + [key.casefold() for key in row.get("functions", ())]
        words |= dict.fromkeys(keys, frozenset(row["covers"]))
    return words


@cache
def aliases(role: str, *, remarks: bool = True) -> tuple[str, ...]:
    """Names of a column in published layers, most specific first; columns of remarks last, or not at all."""
    rows = read_toml("forest_columns.toml")[role]["columns"]
    return tuple(row["name"] for row in rows if remarks or not row.get("remark"))


def stem(column: object) -> str:
    """
    Letters of a column's name, without what joins and editions add to it.

    Examples
    --------
    >>> stem("FUNGSI_1"), stem("Fungsi2024"), stem("2019_FUNGSI_KWS"), stem("KODE-2")
    ('fungsi', 'fungsi', 'fungsikws', 'kode')
    """
    text = unicodedata.normalize("NFKD", str(column)).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z]+", "", text)


@cache
def is_remark(column: Hashable) -> bool:
    """Whether a column holds free text, which only sometimes is the name of a function."""
    return _among(column, _remark_stems())


@cache
def _remark_stems() -> frozenset[str]:
    return frozenset(stem(name) for name in set(aliases("function")) - set(aliases("function", remarks=False)))


def other_columns(table: GeoDataFrame, column: str) -> list[str]:
    """
    Columns beside that of the function that may name one too.

    These are columns named like one for functions, whatever number or year follows; columns of general names most of
    whose cells are codes or names of functions; and any other all of whose cells are.
    """
    named = {stem(alias) for alias in aliases("function")}
    generic = {stem(name) for name in read_toml("function_remarks.toml")["generic"]}
    return [
        c
        for c in table.columns
        if c not in (column, table.geometry.name)
        and (_among(c, named) or _known_share(table[c], all_of_them=stem(c) not in generic) > 0.5)
    ]


def _among(column: object, stems: Collection[str]) -> bool:
    """Whether a name has one of these stems, or the first letters of one before the number of a .dbf's tenth letter."""
    own = stem(column)
    cut = re.fullmatch(r"(?i)[a-z_]{5,8}_?\d{1,3}", str(column)) and len(str(column)) == _DBF_NAME and len(own) >= 5
    return own in stems or bool(cut and any(one.startswith(own) for one in stems))


def _known_share(values: pd.Series, *, all_of_them: bool) -> float:
    """Share of the filled cells that are codes or names of functions; 0 where one is not and all have to be."""
    try:
        counts = values.dropna().value_counts()
    except TypeError:  # cells of several values
        return 0.0
    known = 0
    filled = int(counts.sum())
    telling = False
    for value, count in counts.items() if all_of_them else counts.head(_MOST_FREQUENT).items():
        key = normalised(value)
        if not key:
            filled -= int(count)
            continue
        short = key.isdigit() and len(key) < CODE_DIGITS
        if not short and (function_of(value) != "UNKNOWN" or key in general_words()):
            known += int(count)
            telling = telling or is_telling(key)
        elif all_of_them:
            return 0.0
    return known / filled if telling else 0.0


def is_telling(key: str) -> bool:
    """Whether a normalised text can hardly mean anything but a function: words like "air", or TN, can."""
    return (" " in key or key in _ABBREVIATIONS or key.isdigit()) and function_of(key) != "WATER"


def find_columns(table: GeoDataFrame, given: dict[str, str], name: str) -> dict[str, str]:
    """
    Columns of a layer by role: function, decree, decree_date, stage.

    The function's column is the first alias in which most of the filled cells are known, else the first alias
    present, so that unknown codes become issues and the layer is read. A column of remarks has to be known.

    Raises
    ------
    InputError
        If `given` names a role or column that does not exist, or no column holds the function.
    """
    columns = [c for c in table.columns if c != table.geometry.name]
    if wrong := [role for role in given if role not in _ROLES]:
        text = _("columns: {wrong} bukan nama yang dikenal. Pakai salah satu dari: {known}.")
        raise InputError(text.format(wrong=", ".join(map(repr, wrong)), known=", ".join(_ROLES)))
    if wrong := [c for c in given.values() if c not in columns]:
        text = _("{name}: kolom {wrong} tidak ada. Kolomnya: {there}.")
        raise InputError(text.format(name=name, wrong=", ".join(wrong), there=", ".join(map(str, columns))))
    by_name = {str(c).lower(): c for c in reversed(columns)}
    found = {role: [by_name[a.lower()] for a in aliases(role) if a.lower() in by_name] for role in _ROLES}
    best = {
        "decree": next((c for c in found["decree"] if table[c].notna().any()), None),
        "function": next((c for c in found["function"] if _mostly_known(table[c].dropna())), None),
    }
    found["function"] = [c for c in found["function"] if not is_remark(c)]
    chosen = {role: best.get(role) or names[0] for role, names in found.items() if names or best.get(role)} | given
    if "function" not in chosen:
        text = _(
            "{name}: tidak ada kolom fungsi kawasan (biasanya FUNGSIKWS). Kolom yang ada: {there}. Sebutkan dengan "
            "columns={{'function': '..'}}."
        )
        raise InputError(text.format(name=name, there=", ".join(map(str, columns)) or "–"))
    return chosen


def _mostly_known(values: pd.Series) -> bool:
    codes, unique = pd.factorize(values)
    known = np.array([function_of(v) != "UNKNOWN" for v in unique], dtype=bool)
    return len(values) > 0 and bool(known[codes].mean() > 0.5)


def look_up(values: pd.Series) -> tuple[list[str], list[str | None]]:
    """Forest function of each value, and the values as text."""
    if values.dtype == "str":
        codes, unique = pd.factorize(values)  # -1 for a missing one
        functions, texts = [*map(function_of, unique), "UNKNOWN"], [*unique.tolist(), None]
        return [functions[code] for code in codes], [texts[code] for code in codes]
    known = {v: function_of(v) for v in values.dropna().unique()}
    functions = [known.get(v, "UNKNOWN") if pd.notna(v) else "UNKNOWN" for v in values]
    return functions, [None if pd.isna(v) else str(v) for v in values]


def function_issues(result: GeoDataFrame, column: str, name: str) -> list[dict[str, Any]]:
    """Issues of unknown codes and of codes of confidence C."""
    issues = []
    keys = result["function_as_given"].map(normalised)
    unknown = forest_functions()["UNKNOWN"]
    listed = [normalised(text) for text in (*unknown.names, *(c["code"] for c in unknown.codes))]
    unlisted = (result["function"] == "UNKNOWN") & ~keys.isin(listed)
    for value, rows in result[unlisted].groupby("function_as_given", dropna=False, sort=False):
        shown = None if pd.isna(value) else str(value)
        key = normalised(shown)
        near = [] if key.isdigit() else difflib.get_close_matches(key, [k for k in _keys() if k], n=1, cutoff=0.85)
        hint = _(" Mungkin maksudnya {near}?").format(near=_keys()[near[0]]) if near else ""
        hint = _("Betulkan layer, atau tanyakan arti kode itu kepada BPKH.") + hint
        text = _("Fungsi kawasan {value} tidak dikenal pada {n} poligon; titik di atasnya tidak dinilai.")
        text = text.format(value=repr(shown) if shown else _("kosong"), n=len(rows))
        issues.append(issue_row("unknown_function", text, source=name, column=column, value=shown, suggestion=hint))
    weak = {normalised(c["code"]) for f in forest_functions().values() for c in f.codes if c["confidence"] == "C"}
    for value, rows in result[keys.isin(weak)].groupby("function_as_given", sort=False):
        text = _("Arti kode {value} ({n} poligon, dibaca {function}) baru dari satu sumber; perlu konfirmasi.")
        text = text.format(value=value, n=len(rows), function=rows["function"].iloc[0])
        issues.append(issue_row("weak_code", text, severity="info", source=name, column=column, value=value))
    return issues


def normalised(value: object) -> str:
    """Code or name without case, accents, punctuation and a leading "kawasan"; empty for a blank one."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    return _normalised(value) if isinstance(value, str | int | float) else _normalised(str(value))


@lru_cache(maxsize=4_096, typed=True)
def _normalised(value: str | float) -> str:
    """Normalise a value, once each: a layer of thousands of polygons has a few codes."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKD", str(value)).encode("ascii", "ignore").decode().casefold().strip()
    if re.fullmatch(r"\d+\.0+", text):
        text = text.split(".")[0]
    text = re.sub(r"[^a-z0-9]+", " ", text).strip()
    return text.removeprefix("kawasan ").strip() or text


@cache
def _keys() -> dict[str, str]:
    """Forest functions by normalised code and name."""
    keys = {"": "UNKNOWN"}
    for key, function in forest_functions().items():
        for text in (key, *function.names, *(c["code"] for c in function.codes)):
            keys[normalised(text)] = key
    return keys
