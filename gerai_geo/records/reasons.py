"""Reasons of findings as sentences, from their codes and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gerai_geo.core.arrays import Floats
from gerai_geo.core.categorical import Encoded, assemble, encode, map_unique, unique_rows
from gerai_geo.i18n.labels import label
from gerai_geo.i18n.numbers import areas, distances, number, probabilities, shares
from gerai_geo.i18n.translate import _
from gerai_geo.records.progress.buildings import recorded_sentences
from gerai_geo.reference.functions import forest_function, function_label, shares_text

_TEXT_COLUMNS: Final = ("functions", "function", "nominal_status")
_NUMBER_COLUMNS: Final = (
    "area_m2", "boundary_m", "tolerance_m", "p_forest", "rim_m", "forest_share", "forest_m2", "uncovered_m2",
)  # fmt: skip
_BEYOND: Final = ("inside", "outside")
"""Reasons that a distance exceeds the tolerance."""
_MEASURES: Final[dict[str, tuple[str, Callable[[Floats], Encoded]]]] = {
    "tolerance": ("tolerance_m", distances),
    "p": ("p_forest", probabilities),
    "rim": ("rim_m", distances),
    "share": ("forest_share", shares),
    "forest": ("forest_m2", areas),
    "uncovered": ("uncovered_m2", areas),
}


def reason_sentences(findings: pd.DataFrame) -> pd.Series:
    """
    Reason of each finding's status in one sentence, with its numbers.

    A second one says that the land lies in water, a third what the application export records of the building there.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table, with the columns of `schema.EXPORT` where there are any.

    Returns
    -------
    reason
        Text, indexed like the findings, never empty.
    """
    numbers, codes = pd.factorize(findings["reason_code"], use_na_sentinel=False)
    present = [c for c in (*_TEXT_COLUMNS, *_NUMBER_COLUMNS) if c in findings]
    known = pd.DataFrame(findings[present]).reindex(columns=[*_TEXT_COLUMNS, *_NUMBER_COLUMNS])
    columns: dict[str, Any] = {c: encode(known[c]) for c in _TEXT_COLUMNS}
    columns |= {c: pd.to_numeric(known[c]).to_numpy(dtype="float64", na_value=np.nan) for c in _NUMBER_COLUMNS}
    parts = []
    for place, code in enumerate(codes.tolist()):
        rows = np.flatnonzero(numbers == place)
        template = label("reasons", str(code))
        names = [name for _text, name, _spec, _conversion in Formatter().parse(template) if name]
        values = {name: _values(name, columns, rows) for name in names}
        if code in _BEYOND:
            _tell_apart(values, columns, rows)
        parts.append((rows, _filled(template, values, len(rows))))
    texts = pd.Series(assemble("", len(findings), *parts).strings(), index=findings.index)
    wet = np.flatnonzero((findings["reason_code"] == "outside") & (known["function"] == "WATER"))
    if len(wet):
        texts.iloc[wet] = texts.iloc[wet] + " " + _("Menurut layer di tubuh air; pastikan letaknya di darat.")
    rows, recorded = recorded_sentences(findings)
    if len(rows):
        texts.iloc[rows] = texts.iloc[rows] + " " + pd.Series(recorded.strings(), findings.index[rows])
    return texts


def _tell_apart(values: dict[str, Encoded], columns: Mapping[str, Any], rows: NDArray[np.intp]) -> None:
    """Give distance and tolerance as many decimals as it takes to read that the one exceeds the other."""
    boundary_m, tolerance_m = np.abs(columns["boundary_m"][rows]), columns["tolerance_m"][rows]
    near = np.flatnonzero((boundary_m > tolerance_m) & (boundary_m < 1.05 * tolerance_m + 1))
    same = [a == b for a, b in zip(*(distances(m[near]).tolist() for m in (boundary_m, tolerance_m)), strict=True)]
    near = near[np.array(same, dtype=bool)]
    if not len(near):
        return
    template = _("{distance} dari batas terdekat")
    pairs = [_apart(*pair) for pair in zip(boundary_m[near].tolist(), tolerance_m[near].tolist(), strict=True)]
    for name, texts in (
        ("edge", [template.format(distance=d) for d, _t in pairs]),
        ("tolerance", [t for _d, t in pairs]),
    ):
        told = Encoded(np.arange(len(near)), texts)
        values[name] = assemble("", len(rows), (np.ones(len(rows), dtype=bool), values[name]), (near, told))


def _apart(larger_m: float, smaller_m: float) -> tuple[str, str]:
    """
    Two lengths with as few decimals as tell them apart.

    Examples
    --------
    >>> _apart(125.44, 125.399), _apart(5_040.0, 5_000.0)
    (('125,44 m', '125,40 m'), ('5.040 m', '5.000 m'))
    """
    digits = next((d for d in range(4) if round(larger_m, d) > round(smaller_m, d)), 4)
    return f"{number(larger_m, digits)} m", f"{number(smaller_m, digits)} m"


def _filled(template: str, values: Mapping[str, Encoded], n: int) -> Encoded:
    """Fill a template for each of n rows, once for rows with the same values."""
    if not values:
        return Encoded(np.zeros(n, dtype=np.int64), [template.format()])
    codes, firsts = unique_rows(*values.values())
    numbered = template.format(**{name: f"{{{place}}}" for place, name in enumerate(values)})
    rows = zip(*(column.take(firsts).tolist() for column in values.values()), strict=True)
    return Encoded(codes, [numbered.format(*row) for row in rows])


def _values(name: str, columns: Mapping[str, Any], rows: NDArray[np.intp]) -> Encoded:
    """Texts of a placeholder for some of the findings."""
    if name == "what":
        return Encoded(np.isnan(columns["area_m2"][rows]).astype(np.int64), [_("Bidang"), _("Titik")])
    if name == "within":
        forms = [_("Bidang seluruhnya di dalam"), _("Titik di dalam")]
        return Encoded(np.isnan(columns["area_m2"][rows]).astype(np.int64), forms)
    if name == "function":
        functions, function = (columns[c].take(rows) for c in ("functions", "function"))
        codes, firsts = unique_rows(functions, function)
        pairs = zip(functions.take(firsts).tolist(), function.take(firsts).tolist(), strict=True)
        keys = pd.Series([forest_function(shares) or largest for shares, largest in pairs], dtype=object)
        return map_unique(function_label, keys).take(codes)
    if name == "edge":
        boundary_m = columns["boundary_m"][rows]
        known, template = np.isfinite(boundary_m), _("{distance} dari batas terdekat")
        texts = distances(boundary_m[known]).map(lambda text: template.format(distance=text))
        return assemble(_("layer tidak memuat batas dalam 35 km"), len(rows), (known, texts))
    if name == "side":
        inside, outside = _("pada sisi kawasan hutan"), _("pada sisi bukan kawasan hutan")
        nominal: Encoded = columns["nominal_status"].take(rows)
        return nominal.map(lambda status: inside if status == "inside" else outside)
    if name == "functions":
        functions_of: Encoded = columns["functions"].take(rows)
        return functions_of.map(lambda text: "–" if pd.isna(text) else shares_text(text))
    column, write = _MEASURES[name]
    return write(columns[column][rows])
