"""
Forest functions of polygons from all columns of a layer that name one.

A general word (Hutan Produksi) yields to a specific function of its group in another column (Hutan Produksi Terbatas).
Two different specific ones contradict each other: the function is then unknown, and whether the ground is kawasan hutan
is known only if both say the same of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Ints
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _
from gerai_geo.intake.layers.functions import (
    CODE_DIGITS,
    function_of,
    general_words,
    is_remark,
    is_telling,
    look_up,
    normalised,
    other_columns,
)
from gerai_geo.records.issues import issue_row
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.functions import forest_functions

_REMARK_DIGITS: Final = 5  # in remarks they may be numbers of anything
_SHOWN: Final = 50  # contradictions told one by one
_CLAUSES: Final = re.compile(r"[,;.:()\[\]\n/]+|\s[-–—]+\s")
_TELEPHONE: Final = re.compile(r"\d{6}")


@dataclass(frozen=True)
class Functions:
    """
    Forest functions of the polygons of a layer, in its order.

    Parameters
    ----------
    function
        Keys of `functions.toml`.
    in_forest
        Whether each is kawasan hutan; None where not known.
    as_given
        The texts they were read from.
    conflict
        What the columns say where they contradict each other, else None.
    issues
        Of general words that yielded, and of contradictions.
    """

    function: list[str]
    in_forest: list[bool | None]
    as_given: list[str | None]
    conflict: list[str | None]
    issues: list[dict[str, Any]]


class _Opinion(NamedTuple):
    """What one column says of a polygon: the functions that it may mean, one if it is specific."""

    column: str
    text: str
    functions: frozenset[str]


class _Verdict(NamedTuple):
    """Function of a polygon from all opinions; ``source`` is the opinion it follows, None where they conflict."""

    function: str
    in_forest: bool | None
    source: _Opinion | None
    conflict: str | None = None


def read_functions(table: GeoDataFrame, column: str, name: str, *, chosen: bool) -> Functions:
    """
    Read the functions of a layer's polygons from all columns that name one.

    Parameters
    ----------
    table
        Polygons with their columns.
    column
        The column of the function.
    name
        Name of the layer for messages.
    chosen
        Whether the user named that column: then it decides, and contradictions are only reported.
    """
    own, as_given = look_up(table[column])
    columns = [column, *other_columns(table, column)]
    cells = {c: table[c].tolist() for c in columns}
    codes = np.column_stack([_same_texts(table[c]) for c in columns])
    _unique, firsts, which = np.unique(codes, axis=0, return_index=True, return_inverse=True)
    verdicts = [
        _judge(own[i], {c: values[i] for c, values in cells.items()}, column, chosen=chosen) for i in firsts.tolist()
    ]
    rows = [verdicts[i] for i in which.ravel().tolist()]
    return Functions(
        [verdict.function for verdict in rows],
        [verdict.in_forest for verdict in rows],
        [_text(own_text, verdict, column) for own_text, verdict in zip(as_given, rows, strict=True)],
        [verdict.conflict for verdict in rows],
        _issues(rows, column, name, chosen=chosen),
    )


def _same_texts(values: pd.Series) -> Ints:
    """Numbers that are equal for cells with the same normalised text."""
    try:
        cells, unique = pd.factorize(values, use_na_sentinel=False)
    except TypeError:  # cells of several values
        cells, unique = pd.factorize(values.map(str))
    texts: Ints = pd.factorize(np.array([normalised(value) for value in unique], dtype=object))[0]
    return texts[cells] if len(texts) else np.empty(0, dtype=np.int64)


def _text(own: str | None, verdict: _Verdict, column: str) -> str | None:
    """Text that a function was read from: that of its own column unless another one, or all of them, decided."""
    if verdict.source is None:
        return verdict.conflict or own
    return own if verdict.source.column == column else verdict.source.text


def _judge(own: str, cells: Mapping[str, object], column: str, *, chosen: bool) -> _Verdict:
    """Judge the function of a polygon by the cells of its columns, that of the function first."""
    opinions = [opinion for c, value in cells.items() if (opinion := _opinion(c, value, first=c == column)) is not None]
    first = next((opinion for opinion in opinions if opinion.column == column), None)
    alone = _Verdict(own, forest_functions()[own].in_forest, first)
    if not opinions or (first is None and normalised(cells[column])):
        return alone  # nothing is said, or the code itself is not known
    shared = frozenset.intersection(*(opinion.functions for opinion in opinions))
    specific = {next(iter(opinion.functions)) for opinion in opinions if len(opinion.functions) == 1}
    if shared and len(specific) <= 1:
        verdict = _agreed(own, opinions, specific, alone, chosen=chosen)
        others = [m for c, value in cells.items() if c != column and (m := _mention(c, value, verdict)) is not None]
        if not others:
            return verdict
        opinions += others
    said = "; ".join(f"{opinion.column} {opinion.text}" for opinion in opinions)
    if chosen:
        return alone._replace(conflict=said)
    kinds = {forest_functions()[f].in_forest for opinion in opinions for f in opinion.functions}
    return _Verdict("UNKNOWN", kinds.pop() if len(kinds) == 1 else None, None, said)


def _agreed(own: str, opinions: list[_Opinion], specific: set[str], alone: _Verdict, *, chosen: bool) -> _Verdict:
    """Find the function of a polygon whose columns agree: the most specific of them counts."""
    first = alone.source
    source = min(opinions, key=lambda opinion: len(opinion.functions))
    if chosen or (first is not None and len(first.functions) == len(source.functions)):
        return alone
    function = next(iter(specific)) if specific else function_of(source.text)
    return alone if function == own else _Verdict(function, forest_functions()[function].in_forest, source)


def _mention(column: str, value: Any, verdict: _Verdict) -> _Opinion | None:
    """
    Find the clause of a text that names kawasan hutan beside another function, as in "masih HPK, usulan APL".

    Remarks are read for every polygon, other columns for those that are no kawasan hutan. What a polygon was, or what
    is beside it, is not meant.
    """
    if not isinstance(value, str) or not (is_remark(column) or verdict.in_forest is False):
        return None
    if function_of(value) != "UNKNOWN" or normalised(value) in general_words():
        return None  # an opinion
    named: dict[str, frozenset[str]] = {}
    for clause in _CLAUSES.split(value):
        words = normalised(clause)
        functions = frozenset[str]().union(*(_names()[name] for name in _pattern().findall(words)))
        if functions and _is_meant(words):
            named[" ".join(clause.split())] = functions
    if not named or any(_fits(verdict, functions) for functions in named.values()):
        return None
    return _Opinion(column, ", ".join(named), frozenset[str]().union(*named.values()))


def _fits(verdict: _Verdict, functions: frozenset[str]) -> bool:
    """Whether a function is one of those, or general and means one of them, or one of them."""
    own = general_words().get(verdict.function.casefold(), frozenset({verdict.function}))
    if verdict.source is not None:
        own |= verdict.source.functions
    return bool(own & functions)


def _is_meant(clause: str) -> bool:
    """Whether a clause means that the polygon has the function it names."""
    words, known = set(clause.split()), _words()
    if words & known["telephone"] or _TELEPHONE.search(clause):
        return False
    return bool(words & known["pending"]) or not words & (known["past"] | known["beside"] | known["decree"])


@cache
def _words() -> dict[str, frozenset[str]]:
    return {kind: frozenset(words) for kind, words in read_toml("function_remarks.toml").items()}


@cache
def _names() -> dict[str, frozenset[str]]:
    """Functions of kawasan hutan by their normalised names; no words that may mean something else."""
    names: dict[str, frozenset[str]] = {}
    for key, function in forest_functions().items():
        if function.in_forest:
            for text in map(normalised, (key, *function.names)):
                if is_telling(text):
                    names[text] = general_words().get(text) or general_words().get(key.casefold(), frozenset({key}))
    return names


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_names(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


def _opinion(column: str, value: Any, *, first: bool) -> _Opinion | None:
    """Read what a cell says of the function; None where it says nothing that can be understood."""
    key = normalised(value)
    if not key:
        return None
    if not first and key.isdigit() and len(key) < (_REMARK_DIGITS if is_remark(column) else CODE_DIGITS):
        return None
    general = general_words().get(key)
    function = function_of(value)
    if general is None and function == "UNKNOWN":
        return None
    if is_remark(column) and not first and general is None and not is_telling(key):
        return None
    functions = general or general_words().get(function.casefold(), frozenset({function}))
    whole = isinstance(value, float) and value.is_integer()
    return _Opinion(str(column), str(int(value)) if whole else str(value).strip(), functions)


def _issues(rows: list[_Verdict], column: str, name: str, *, chosen: bool) -> list[dict[str, Any]]:
    issues = []
    refined = Counter(v.source for v in rows if v.source is not None and v.source.column != column and not v.conflict)
    for source, count in refined.items():
        text = _("Pada {n} poligon kolom {column} kosong atau umum; dipakai kolom {other}, yang menyebut {value}.")
        text = text.format(n=number(count), column=column, other=source.column, value=source.text)
        issues.append(
            issue_row("function_refined", text, severity="info", source=name, column=source.column, value=source.text)
        )
    hint = _("Tanyakan fungsinya kepada BPKH; kolom yang benar dapat disebut: columns={'function': '..'}.")
    conflicts = Counter((v.conflict, v.in_forest) for v in rows if v.conflict is not None)
    for (said, in_forest), count in conflicts.most_common(_SHOWN):
        if chosen:
            text = _("{n} poligon bertentangan antarkolom ({said}); kolom {column} dipakai karena Anda menyebutnya.")
        elif in_forest is None:
            text = _("{n} poligon bertentangan antarkolom ({said}); titik di atasnya tidak dinilai.")
        else:
            text = _("{n} poligon bertentangan antarkolom ({said}); fungsinya tidak diketahui, perlu verifikasi.")
        text = text.format(n=number(count), said=said, column=column)
        issues.append(issue_row("function_conflict", text, source=name, column=column, value=said, suggestion=hint))
    if len(conflicts) > _SHOWN:
        rest = conflicts.total() - sum(count for _said, count in conflicts.most_common(_SHOWN))
        text = _("{n} poligon lain juga bertentangan antarkolom, dengan isi yang lain lagi.")
        issues.append(
            issue_row("function_conflict", text.format(n=number(rest)), source=name, column=column, suggestion=hint)
        )
    return issues
