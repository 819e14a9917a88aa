"""Which forest function a layer's code or name stands for, and which of its columns says so."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.functions import forest_functions

_ROLES: Final = ("function", "decree", "decree_date", "stage")


def function_of(value: object) -> str:
    """
    Key of the forest function that a code or a name stands for; ``UNKNOWN`` where it is not in the table.

    Codes are looked up exactly, as text, float or integer; names without case, accents, punctuation and
    repeated spaces.

    Examples
    --------
    >>> function_of(1001.0), function_of("100500"), function_of(1), function_of("Hutan  Lindung")
    ('HL', 'HPK', 'KSA_KPA', 'HL')
    >>> function_of(100201), function_of("HPX"), function_of(None)
    ('KSA_KPA', 'UNKNOWN', 'UNKNOWN')
    """
    return _lookup().get(_plain(value), "UNKNOWN")


@cache
def aliases(what: str) -> tuple[str, ...]:
    """Names that a column has in published layers, most telling first (`reference/forest_columns.toml`)."""
    return tuple(row["name"] for row in read_toml("forest_columns.toml")[what]["columns"])


def find_columns(table: GeoDataFrame, given: dict[str, str], name: str) -> dict[str, str]:
    """
    Columns of the layer by our names.

    The function's column is the first alias in which most of the filled cells are known; where none is, the
    first alias that is there, so that unknown codes are told instead of the layer being refused.
    """
    there = [c for c in table.columns if c != table.geometry.name]
    strange = [k for k in given if k not in _ROLES]
    if strange:
        raise InputError(
            _("columns: {wrong} bukan nama yang dikenal. Pakai salah satu dari: {known}.").format(
                wrong=", ".join(map(repr, strange)), known=", ".join(_ROLES)
            )
        )
    wrong = [c for c in given.values() if c not in there]
    if wrong:
        raise InputError(
            _("{name}: kolom {wrong} tidak ada. Kolomnya: {there}.").format(
                name=name, wrong=", ".join(wrong), there=", ".join(map(str, there))
            )
        )
    by_lower = {str(c).lower(): c for c in reversed(there)}
    found = {what: [by_lower[a.lower()] for a in aliases(what) if a.lower() in by_lower] for what in _ROLES}
    chosen = {what: names[0] for what, names in found.items() if names}
    for column in found["decree"]:
        if table[column].notna().any():
            chosen["decree"] = column
            break
    for column in found["function"]:
        values = table[column].dropna()
        if len(values) and np.mean([function_of(v) != "UNKNOWN" for v in values]) > 0.5:
            chosen["function"] = column
            break
    chosen |= given
    if "function" not in chosen:
        raise InputError(
            _(
                "{name}: tidak ada kolom fungsi kawasan (biasanya FUNGSIKWS). Kolom yang ada: {there}. Sebutkan dengan "
                "columns={{'function': '..'}}."
            ).format(name=name, there=", ".join(map(str, there)) or "–")
        )
    return chosen


def look_up(values: pd.Series) -> tuple[list[str], list[str | None]]:
    """Look each value up; give the values back as text, as they stood."""
    known = {v: function_of(v) for v in values.dropna().unique()}
    functions = [known.get(v, "UNKNOWN") if pd.notna(v) else "UNKNOWN" for v in values]
    return functions, [None if pd.isna(v) else str(v) for v in values]


def function_issues(result: GeoDataFrame, table: GeoDataFrame, column: str, name: str) -> list[dict[str, Any]]:
    """Tell unknown codes with their counts, codes of confidence C, and a label that contradicts its code."""
    issues = []
    plain = result["function_as_given"].map(_plain)
    unlisted = (result["function"] == "UNKNOWN") & ~plain.isin([_plain(c) for c in _codes("UNKNOWN")])
    for value, rows in result[unlisted].groupby("function_as_given", dropna=False, sort=False):
        shown = None if pd.isna(value) else str(value)
        near = difflib.get_close_matches(_plain(shown), [k for k in _lookup() if k], n=1, cutoff=0.85)
        hint = (
            _(" Mungkin maksudnya {near}?").format(near=_lookup()[near[0]])
            if near and not _plain(shown).isdigit()
            else ""
        )
        issues.append(
            issue_row(
                "unknown_function",
                _("Fungsi kawasan {value} tidak dikenal pada {n} poligon; titik di atasnya tidak dinilai.").format(
                    value=repr(shown) if shown else _("kosong"), n=len(rows)
                ),
                source=name,
                column=column,
                value=shown,
                suggestion=_("Betulkan layer, atau tanyakan arti kode itu kepada BPKH.") + hint,
            )
        )
    weak = {_plain(c["code"]) for f in forest_functions().values() for c in f.codes if c["confidence"] == "C"}
    for value, rows in result[plain.isin(weak)].groupby("function_as_given", sort=False):
        issues.append(
            issue_row(
                "weak_code",
                _("Arti kode {value} ({n} poligon, dibaca {function}) baru dari satu sumber; perlu konfirmasi.").format(
                    value=value, n=len(rows), function=rows["function"].iloc[0]
                ),
                severity="info",
                source=name,
                column=column,
                value=value,
            )
        )
    return issues + _label_conflicts(result, table, column, name)


def _codes(key: str) -> list[str]:
    function = forest_functions()[key]
    return [*(c["code"] for c in function.codes), *function.names]


def _label_conflicts(result: GeoDataFrame, table: GeoDataFrame, column: str, name: str) -> list[dict[str, Any]]:
    """Tell where a second column names another function than the code; the code is kept."""
    groups = {key: f.group for key, f in forest_functions().items()}
    issues = []
    for other in {c for c in table.columns if str(c).lower() in {a.lower() for a in aliases("function")}} - {column}:
        said = table[other].map(function_of)
        code = result["function"].set_axis(said.index)
        # a layer may group all conservation functions under one label: only another group contradicts
        clash = (said != "UNKNOWN") & (code != "UNKNOWN") & (said.map(groups) != code.map(groups))
        if clash.any():
            first = table.loc[clash.idxmax(), other]
            issues.append(
                issue_row(
                    "function_conflict",
                    _(
                        "Kolom {other} menyebut fungsi lain daripada kolom {column} pada {n} poligon; {column} dipakai."
                    ).format(other=other, column=column, n=int(clash.sum())),
                    source=name,
                    column=str(other),
                    value=first,
                    suggestion=_("Periksa poligon itu; pilih kolom dengan columns={'function': '..'}."),
                )
            )
    return issues


def _plain(value: object) -> str:
    """Code or name in the one form the table is keyed by."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKD", str(value)).encode("ascii", "ignore").decode().casefold().strip()
    if re.fullmatch(r"\d+\.0+", text):
        text = text.split(".")[0]
    text = re.sub(r"[^a-z0-9]+", " ", text).strip()
    return text.removeprefix("kawasan ").strip() or text


@cache
def _lookup() -> dict[str, str]:
    table: dict[str, str] = {"": "UNKNOWN"}
    for key, function in forest_functions().items():
        for text in (key, *function.names, *(c["code"] for c in function.codes)):
            table[_plain(text)] = key
    return table
