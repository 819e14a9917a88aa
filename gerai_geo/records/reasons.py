"""The reason of each finding as a sentence, made from its code and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gerai_geo.core.categorical import Encoded, assemble, encode, map_unique, unique_rows
from gerai_geo.i18n.numbers import Floats, areas, distances, probabilities, shares
from gerai_geo.i18n.numbers import area as area
from gerai_geo.i18n.numbers import distance as distance
from gerai_geo.i18n.numbers import number as number
from gerai_geo.i18n.numbers import percent as percent
from gerai_geo.i18n.numbers import probability as probability
from gerai_geo.i18n.translate import _
from gerai_geo.reference.functions import forest_function, function_label, shares_text


def reason_sentences(findings: pd.DataFrame) -> pd.Series:
    """
    Say in one sentence why each finding has its status, with the numbers it rests on.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table.

    Returns
    -------
    reason
        Text, indexed like the findings; never empty.
    """
    templates = {
        "inside": _(
            "{what} seluruhnya di dalam kawasan hutan, fungsi {function}; {edge}, di luar pita ketelitian {tolerance}."
        ),
        "partly_inside": _(
            "{share} bidang ({forest}) di dalam kawasan hutan, fungsi {function}; melintasi batas lebih dari pita "
            "ketelitian {tolerance} ke kedua sisi."
        ),
        "near_edge": _(
            "{what} berada {side} kawasan hutan menurut peta, tetapi {edge}, di dalam pita ketelitian {tolerance}; "
            "peluang di kawasan hutan {p}."
        ),
        "crosses_edge": _(
            "{share} bidang ({forest}) di dalam kawasan hutan menurut peta, fungsi {function}, tetapi batasnya hanya "
            "teliti sampai {tolerance}; peluang ada bagian di kawasan hutan {p}."
        ),
        "near_rim": _(
            "{what} hanya {rim} dari tepi cakupan layer (rim); di seberangnya tidak diketahui, dan pita ketelitian "
            "{tolerance}."
        ),
        "touches_unknown": _(
            "Bidang menyentuh tanah yang tidak diketahui layer (rim): {uncovered} tidak tercakup; yang terbaca: "
            "{functions}."
        ),
        "outside": _("{what} di luar kawasan hutan; {edge}, di luar pita ketelitian {tolerance}."),
        "no_coordinates": _("Belum dinilai: daftar tidak memuat koordinat untuk titik ini."),
        "bad_coordinates": _("Belum dinilai: koordinat tidak dapat dibaca; lihat masalah data."),
        "bad_geometry": _("Belum dinilai: bentuk geometrinya tidak dapat dipakai; lihat masalah data."),
        "not_covered": _("Belum dinilai: layer kawasan hutan tidak mencakup lokasi ini."),
        "unknown_function": _("Belum dinilai: fungsi kawasan di lokasi ini tidak diketahui menurut layer."),
    }

    kinds, codes = pd.factorize(findings["reason_code"], use_na_sentinel=False)
    columns = {c: _cells(findings, c) for c in _REASON_TEXTS} | {c: _floats(findings, c) for c in _REASON_NUMBERS}
    told = []
    for kind, code in enumerate(codes.tolist()):
        at = np.flatnonzero(kinds == kind)
        template = templates[str(code)]
        named = [name for _text, name, _spec, _kind in Formatter().parse(template) if name]
        told.append((at, _filled(template, {name: _words_of(name, columns, at) for name in named}, len(at))))
    return pd.Series(assemble("", len(findings), *told).strings(), index=findings.index)


def _filled(template: str, words: Mapping[str, Encoded], n: int) -> Encoded:
    """Fill a template for each of n rows, once for rows with the same words."""
    if not words:
        return Encoded(np.zeros(n, dtype=np.int64), [template.format()])
    kinds, firsts = unique_rows(*words.values())
    in_turn = template.format(**{name: f"{{{number}}}" for number, name in enumerate(words)})
    rows = zip(*(column.take(firsts).tolist() for column in words.values()), strict=True)
    return Encoded(kinds, [in_turn.format(*row) for row in rows])


def _words_of(name: str, columns: Mapping[str, Any], at: NDArray[np.intp]) -> Encoded:
    """One placeholder of a reason for some of the findings."""
    if name == "what":
        return Encoded(np.isnan(columns["area_m2"][at]).astype(np.int64), [_("Bidang"), _("Titik")])
    if name == "function":
        functions, function = (columns[c].take(at) for c in ("functions", "function"))
        kinds, firsts = unique_rows(functions, function)
        both = zip(functions.take(firsts).tolist(), function.take(firsts).tolist(), strict=True)
        keys = pd.Series([forest_function(every) or most for every, most in both], dtype=object)
        return map_unique(lambda key: function_label(key), keys).take(kinds)
    if name == "edge":
        away_m = columns["boundary_m"][at]
        near, with_m = np.isfinite(away_m), _("{distance} dari batas terdekat")
        told = distances(away_m[near]).map(lambda text: with_m.format(distance=text))
        return assemble(_("batas terdekat tidak ada dalam layer"), len(at), (near, told))
    if name == "side":
        within, beyond = _("di dalam"), _("di luar")
        nominal: Encoded = columns["nominal_status"].take(at)
        return nominal.map(lambda status: within if status == "inside" else beyond)
    if name == "functions":
        all_of_it: Encoded = columns["functions"].take(at)
        return all_of_it.map(lambda text: "–" if pd.isna(text) else shares_text(text))
    key, write = _REASON_WORDS[name]
    return write(columns[key][at])


def _floats(findings: pd.DataFrame, column: str) -> Floats:
    """Numbers of a column of any kind; NaN where they are missing, or the column is."""
    if column not in findings:
        return np.full(len(findings), np.nan)
    return pd.to_numeric(findings[column]).to_numpy(dtype="float64", na_value=np.nan)


def _cells(findings: pd.DataFrame, column: str) -> Encoded:
    """Cells of a column; NaN where they are missing, or the column is."""
    if column not in findings:
        return Encoded(np.zeros(len(findings), dtype=np.int64), [np.nan])
    return encode(findings[column])


_REASON_TEXTS: Final = ("functions", "function", "nominal_status")


_REASON_NUMBERS: Final = (
    "area_m2", "boundary_m", "tolerance_m", "p_forest", "rim_m", "forest_share", "forest_m2", "uncovered_m2",
)  # fmt: skip


_REASON_WORDS: Final[dict[str, tuple[str, Callable[[Floats], Encoded]]]] = {
    "tolerance": ("tolerance_m", distances),
    "p": ("p_forest", probabilities),
    "rim": ("rim_m", distances),
    "share": ("forest_share", shares),
    "forest": ("forest_m2", areas),
    "uncovered": ("uncovered_m2", areas),
}
