"""By what a finding can have changed from one screening to the next, and what the numbers exclude."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo.i18n.labels import distance, number
from gerai_geo.i18n.translate import _

CAUSES: Final = ("site", "layer", "tolerance", "rules", "program")
_SAME_M: Final = 0.2
"""Distances to the boundary that differ by less are the same."""


@dataclass(frozen=True)
class Circumstances:
    """
    What differs between two screenings as a whole.

    Parameters
    ----------
    layer, rules, program
        Whether the forest layer, the rules and the versions of programs differ.
    words
        By cause, what differs, in a few words.
    sentences
        The same as sentences; one says so where nothing differs.
    """

    layer: bool
    rules: bool
    program: bool
    words: Mapping[str, str]
    sentences: list[str]


@dataclass(frozen=True)
class Causes:
    """Causes of one change: those that are possible, and those that were looked at and excluded."""

    possible: tuple[str, ...]
    excluded: tuple[str, ...]


def circumstances(old: Mapping[str, Any], new: Mapping[str, Any]) -> Circumstances:
    """
    Compare two manifests.

    Parameters
    ----------
    old, new
        `Screening.manifest` of both.
    """
    a, b = old.get("forest") or {}, new.get("forest") or {}
    words: dict[str, str] = {}
    parts = []
    names = {"edition": _("edisi"), "scale": _("skala"), "source": _("berkas"), "covers": _("cakupan")}
    for key, name in names.items():
        before, after = a.get(key), b.get(key)
        if before != after:
            texts = [f"1:{number(v, 0)}" if key == "scale" and v else str(v or "–") for v in (before, after)]
            parts.append(f"{name} {texts[0]} → {texts[1]}")
    other_content = a.get("sha256") != b.get("sha256")
    if other_content and not parts:
        parts.append(_("isi berkasnya berbeda"))
    judged = {k: (a.get(k), b.get(k)) for k in ("edition", "scale", "covers")}
    layer = other_content or any(x != y for x, y in judged.values())
    if layer:
        words["layer"] = "; ".join(parts)
    if old.get("tolerance_m") != new.get("tolerance_m"):
        texts = [distance(m.get("tolerance_m")) for m in (old, new)]
        words["tolerance"] = f"{texts[0]} → {texts[1]}"
    for cause, key in (("rules", "rules"), ("program", "versions")):
        x, y = old.get(key) or {}, new.get(key) or {}
        changed = [f"{k} {x.get(k, '–')} → {y.get(k, '–')}" for k in sorted({*x, *y}) if x.get(k) != y.get(k)]
        if changed:
            words[cause] = "; ".join(changed)
    sentences = [
        text.format(what=words[cause])
        for cause, text in (
            ("layer", _("Layer kawasan hutan berbeda: {what}.")),
            ("tolerance", _("Toleransi berbeda: {what}.")),
            ("rules", _("Aturan berbeda: {what}.")),
            ("program", _("Versi program berbeda: {what}.")),
        )
        if cause in words
    ]
    if not sentences:
        sentences = [_("Layer, toleransi, aturan, dan program sama; hanya daftar titik yang dapat berbeda.")]
    return Circumstances("layer" in words, "rules" in words, "program" in words, words, sentences)


def causes_of(
    what: str, was: Mapping[Any, Any], row: Mapping[Any, Any], moved_m: float, about: Circumstances
) -> Causes:
    """
    Causes of a change of status or function.

    On one layer, the signed distance to the boundary changes by no more than a point moves: a move is excluded where
    it can't reach the new status. A tolerance is excluded where no distance between the two is judged differently by
    it. Of parcels, whose status doesn't follow from one distance, neither is excluded in this way.

    Parameters
    ----------
    what
        ``status`` or ``function``.
    was, row
        The finding before and after.
    moved_m
        How far the site lies from where it was; NaN where one of the two has no place.
    about
        What differs between the screenings.
    """
    given, gone = _shape(row) is not None, _shape(was) is not None
    if given != gone:
        return Causes(("site",), tuple(c for c in ("layer", "tolerance", "rules", "program") if c not in about.words))
    old_m, new_m = _number(was.get("boundary_m")), _number(row.get("boundary_m"))
    parcels = pd.notna(was.get("area_m2")) or pd.notna(row.get("area_m2"))
    site = not moved_m <= 1e-3 or (parcels and _number(was.get("area_m2")) != _number(row.get("area_m2")))
    same_ground = abs(new_m - old_m) <= _SAME_M and was.get("function") == row.get("function")
    layer = about.layer
    if what == "status" and same_ground and not parcels:
        site = layer = False
    old_t, new_t = _number(was.get("tolerance_m")), _number(row.get("tolerance_m"))
    tolerance = what == "status" and old_t != new_t
    judged = np.isfinite([old_m, new_m, old_t, new_t]).all()
    if what == "status" and not parcels and judged:
        if site and np.isfinite(moved_m):
            reach = (old_m - moved_m - _SAME_M, old_m + moved_m + _SAME_M)
            site = row["status"] in _words(*reach, old_t) | _words(*reach, new_t)
        span = (min(old_m, new_m), max(old_m, new_m))
        tolerance = tolerance and _words(*span, old_t) != _words(*span, new_t)
    found = {"site": site, "layer": layer, "tolerance": tolerance, "rules": about.rules, "program": about.program}
    return Causes(tuple(c for c in CAUSES if found[c]), tuple(c for c in CAUSES if not found[c]))


def _words(low_m: float, high_m: float, tolerance_m: float) -> set[str]:
    """Every status that a point can have whose signed distance lies in a range."""
    words = {"inside"} if high_m >= tolerance_m else set()
    words |= {"outside"} if low_m <= -tolerance_m else set()
    return words | ({"near_boundary"} if low_m < tolerance_m and high_m > -tolerance_m else set())


def cause_words(causes: Causes, about: Circumstances, moved_m: float) -> str:
    """
    Say which causes are possible and which are excluded, as sentences.

    Parameters
    ----------
    causes, about, moved_m
        See `causes_of`.
    """
    names = {
        "site": _("letak titik"),
        "layer": _("layer"),
        "tolerance": _("toleransi"),
        "rules": _("aturan"),
        "program": _("program"),
    }
    moved = _("koordinat berubah") if np.isnan(moved_m) else _("pindah {distance}").format(distance=_short(moved_m))
    details = dict(about.words) | {"site": moved}
    said = [f"{names[c]} ({details[c]})" if c in details else names[c] for c in causes.possible]
    if not said:
        text = _("Sebabnya tidak tercatat di kedua hasil.")
    elif len(said) == 1:
        text = _("Karena {cause}.").format(cause=said[0])
    else:
        text = _("Sebab yang mungkin: {causes}.").format(causes="; ".join(said))
    if causes.excluded and len(causes.possible) != 1:
        text += " " + _("Bukan karena: {causes}.").format(causes=", ".join(names[c] for c in causes.excluded))
    return text


def _short(moved_m: float) -> str:
    return f"{number(moved_m, 1)} m" if moved_m < 10 else distance(moved_m)


def _shape(row: Mapping[Any, Any]) -> Any:
    shape = row.get("geometry")
    return None if shape is None or shape.is_empty else shape


def _number(value: Any) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)
