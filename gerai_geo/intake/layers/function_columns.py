"""
Forest functions of polygons from all columns of a layer that name one.

A general word (Hutan Produksi) yields to a specific function of its group in another column (Hutan Produksi Terbatas).
Two different specific ones contradict each other: the function is then unknown, and whether the ground is kawasan hutan
is known only if both say the same of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from geopandas import GeoDataFrame

from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _
from gerai_geo.intake.layers.functions import aliases, function_of, general_words, is_remark, look_up, normalised
from gerai_geo.records.issues import issue_row
from gerai_geo.reference.functions import forest_functions

_CODE_DIGITS: Final = 4  # shorter numbers in other columns than that of the function are no codes
_REMARK_DIGITS: Final = 5  # in remarks they may be numbers of anything
_REMARK_ABBREVIATIONS: Final = frozenset({"hl", "hp", "hpt", "hpk", "apl", "twa", "tahura", "ksa kpa"})


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
    known = {alias.casefold() for alias in aliases("function")}
    others = [c for c in table.columns if c not in (column, table.geometry.name) and str(c).casefold() in known]
    own, as_given = look_up(table[column])
    columns = [column, *others]
    cells = [table[c].tolist() for c in columns]
    verdicts: dict[tuple[Any, ...], _Verdict] = {}
    rows = []
    for function, *values in zip(own, *cells, strict=True):
        key = tuple(normalised(value) for value in values)
        if key not in verdicts:
            verdicts[key] = _judge(function, dict(zip(columns, values, strict=True)), column, chosen=chosen)
        rows.append(verdicts[key])
    return Functions(
        [verdict.function for verdict in rows],
        [verdict.in_forest for verdict in rows],
        [_text(own_text, verdict, column) for own_text, verdict in zip(as_given, rows, strict=True)],
        [verdict.conflict for verdict in rows],
        _issues(rows, column, name, chosen=chosen),
    )


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
        source = min(opinions, key=lambda opinion: len(opinion.functions))
        if chosen or (first is not None and len(first.functions) == len(source.functions)):
            return alone
        function = next(iter(specific)) if specific else function_of(source.text)
        if function == own:
            return alone
        return _Verdict(function, forest_functions()[function].in_forest, source)
    said = "; ".join(f"{opinion.column} {opinion.text}" for opinion in opinions)
    if chosen:
        return alone._replace(conflict=said)
    kinds = {forest_functions()[f].in_forest for opinion in opinions for f in opinion.functions}
    return _Verdict("UNKNOWN", kinds.pop() if len(kinds) == 1 else None, None, said)


def _opinion(column: str, value: Any, *, first: bool) -> _Opinion | None:
    """Read what a cell says of the function; None where it says nothing that can be understood."""
    key = normalised(value)
    if not key:
        return None
    if not first and key.isdigit() and len(key) < (_REMARK_DIGITS if is_remark(column) else _CODE_DIGITS):
        return None
    general = general_words().get(key)
    function = function_of(value)
    if general is None and function == "UNKNOWN":
        return None
    if is_remark(column) and not first:
        named = " " in key or key in _REMARK_ABBREVIATIONS or key.isdigit()
        ordinary_word = function == "WATER" or not named
        if general is None and ordinary_word:
            return None
    functions = general or general_words().get(function.casefold(), frozenset({function}))
    whole = isinstance(value, float) and value.is_integer()
    return _Opinion(str(column), str(int(value)) if whole else str(value).strip(), functions)


def _issues(rows: list[_Verdict], column: str, name: str, *, chosen: bool) -> list[dict[str, Any]]:
    issues = []
    refined = [v for v in rows if v.source is not None and v.source.column != column and v.conflict is None]
    for source in dict.fromkeys(v.source for v in refined if v.source is not None):
        count = sum(v.source == source for v in refined)
        text = _("Pada {n} poligon kolom {column} kosong atau umum; dipakai kolom {other}, yang menyebut {value}.")
        text = text.format(n=number(count), column=column, other=source.column, value=source.text)
        issues.append(
            issue_row("function_refined", text, severity="info", source=name, column=source.column, value=source.text)
        )
    conflicts = [v for v in rows if v.conflict is not None]
    for said in dict.fromkeys(v.conflict for v in conflicts):
        same = [v for v in conflicts if v.conflict == said]
        if chosen:
            text = _("{n} poligon bertentangan antarkolom ({said}); kolom {column} dipakai karena Anda menyebutnya.")
        elif same[0].in_forest is None:
            text = _("{n} poligon bertentangan antarkolom ({said}); titik di atasnya tidak dinilai.")
        else:
            text = _("{n} poligon bertentangan antarkolom ({said}); fungsinya tidak diketahui, perlu verifikasi.")
        text = text.format(n=number(len(same)), said=said, column=column)
        hint = _("Tanyakan fungsinya kepada BPKH; kolom yang benar dapat disebut: columns={'function': '..'}.")
        issues.append(issue_row("function_conflict", text, source=name, column=column, value=said, suggestion=hint))
    return issues
