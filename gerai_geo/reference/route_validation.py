"""Validation of the rules of legal routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gerai_geo.i18n.translate import _
from gerai_geo.reference.routes import ALLOWED, ASKED, CONDITIONS, CONFIDENCES, OUTCOMES, PARTS, day_of


def rule_defects(data: Mapping[str, Any]) -> list[str]:
    """
    Defects of rules in the form of `routes.toml`.

    Returns
    -------
    defects
        One sentence each, with the id it is about.
    """
    defects = []
    for section in ("source", "agency", "fact"):
        rows = data.get(section)
        if not isinstance(rows, Mapping) or not all(isinstance(row, Mapping) for row in rows.values()):
            return [_("bagian [{section}] tidak ada atau tidak berbentuk tabel.").format(section=section)]
    for key, source in data["source"].items():
        if not (source.get("instrument") and source.get("read_at")):
            defects.append(_("Sumber '{id}': perlu instrument dan read_at.").format(id=key))
    for key, agency in data["agency"].items():
        if not agency.get("id"):
            defects.append(_("Instansi '{id}': perlu nama (id).").format(id=key))
    for key, fact in data["fact"].items():
        defects += _fact_defects(str(key), fact, data)
    ids = [r.get("id") if isinstance(r, Mapping) else None for r in data["route"]]
    for key in sorted({str(i) for i in ids if ids.count(i) > 1}):
        defects.append(_("Jalur '{id}' tertulis lebih dari sekali.").format(id=key))
    for route in data["route"]:
        defects += _route_defects(route, data)
    return defects


def _fact_defects(key: str, fact: Mapping[str, Any], data: Mapping[str, Any]) -> list[str]:
    defects = []
    if not fact.get("id"):
        defects.append(_("Fakta '{id}': perlu kalimat (id).").format(id=key))
    if fact.get("confidence") not in CONFIDENCES:
        defects.append(_("Fakta '{id}': confidence harus salah satu dari A, B, C, I, U.").format(id=key))
    if fact.get("asks") not in (None, *ASKED):
        defects.append(_("Fakta '{id}': asks harus salah satu dari {words}.").format(id=key, words=", ".join(ASKED)))
    if "short" in fact and not (isinstance(fact["short"], Mapping) and fact["short"].get("id")):
        defects.append(_("Fakta '{id}': short perlu kalimat (id).").format(id=key))
    functions = fact.get("functions", [])
    if not isinstance(functions, list) or any(f not in ALLOWED["function"] for f in functions):
        defects.append(_("Fakta '{id}': functions harus daftar fungsi kawasan.").format(id=key))
    cited = fact.get("cite") or []
    if not cited or not isinstance(cited, list):
        defects.append(_("Fakta '{id}': tanpa sumber. Setiap fakta perlu cite.").format(id=key))
    elif unknown := [str(c) for c in cited if c not in data["source"]]:
        defects.append(_("Fakta '{id}': sumber {names} tidak ada.").format(id=key, names=", ".join(unknown)))
    return defects


def _route_defects(route: Any, data: Mapping[str, Any]) -> list[str]:
    if not isinstance(route, Mapping) or not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", str(route.get("id", ""))):
        return [_("Satu jalur tanpa id yang sah (huruf kecil, angka, garis bawah).")]
    key, defects = route["id"], []
    lists = [
        name for name in (*PARTS, "contact", "when", "answers_without") if not isinstance(route.get(name, []), list)
    ]
    if lists:
        return [_("Jalur '{id}': {names} harus daftar.").format(id=key, names=", ".join(lists))]
    if not isinstance(route.get("title"), Mapping) or not route["title"].get("id"):
        defects.append(_("Jalur '{id}': perlu title.").format(id=key))
    if route.get("outcome") not in OUTCOMES:
        defects.append(
            _("Jalur '{id}': outcome harus salah satu dari {words}.").format(id=key, words=", ".join(OUTCOMES))
        )
    if route.get("confidence") not in CONFIDENCES:
        defects.append(_("Jalur '{id}': confidence harus salah satu dari A, B, C, I, U.").format(id=key))
    if route.get("confidence") == "U" and route.get("enabled", True):
        defects.append(_("Jalur '{id}': keyakinan U belum terverifikasi, harus enabled = false.").format(id=key))
    if not route.get("about"):
        defects.append(_("Jalur '{id}': tanpa sumber. Setiap jalur perlu about dengan fakta bersumber.").format(id=key))
    facts = [f for part in PARTS for f in route.get(part, [])]
    agencies = [route.get("decides"), *route.get("contact", [])]
    for names, section in ((facts, "fact"), (agencies, "agency")):
        if unknown := [str(n) for n in names if n not in data[section]]:
            text = _("Jalur '{id}': {section} {names} tidak ada.")
            defects.append(text.format(id=key, section=section, names=", ".join(unknown)))
    defects += [p for when in route.get("when", [None]) for p in _condition_defects(key, when)]
    if not route.get("when") and not route.get("fallback"):
        defects.append(_("Jalur '{id}': tanpa syarat (when).").format(id=key))
    try:
        day_of(route.get("valid_from"))
        day_of(route.get("valid_until"))
    except ValueError:
        defects.append(_("Jalur '{id}': valid_from dan valid_until harus tahun atau tanggal.").format(id=key))
    return defects


def _condition_defects(key: str, when: Any) -> list[str]:
    if not isinstance(when, Mapping) or not when:
        return [_("Jalur '{id}': tanpa syarat (when).").format(id=key)]
    defects = []
    for condition, allowed in when.items():
        if condition not in CONDITIONS:
            text = _("Jalur '{id}': syarat {name} tidak dikenal; yang ada: {words}.")
            defects.append(text.format(id=key, name=condition, words=", ".join(CONDITIONS)))
        elif condition == "max_area_m2":
            if not isinstance(allowed, int | float) or isinstance(allowed, bool) or allowed <= 0:
                defects.append(_("Jalur '{id}': max_area_m2 harus angka lebih dari 0.").format(id=key))
        elif condition == "possession":
            if not _is_possession(allowed):
                text = _("Jalur '{id}': possession harus berupa before (tanggal) dan years (angka).")
                defects.append(text.format(id=key))
        elif condition == "begun_since":
            if not _is_day(allowed):
                defects.append(_("Jalur '{id}': begun_since harus tanggal.").format(id=key))
        elif not isinstance(allowed, list) or not allowed or not all(isinstance(a, str) for a in allowed):
            defects.append(_("Jalur '{id}': syarat {name} harus daftar teks.").format(id=key, name=condition))
        elif wrong := [a for a in allowed if condition in ALLOWED and a not in ALLOWED[condition]]:
            text = _("Jalur '{id}': {name} tidak mengenal {values}.")
            defects.append(text.format(id=key, name=condition, values=", ".join(wrong)))
    return defects


def _is_possession(allowed: Any) -> bool:
    """Whether a value is a day and a number of years, as the condition on possession needs."""
    if not isinstance(allowed, Mapping) or set(allowed) != {"before", "years"} or not _is_day(allowed["before"]):
        return False
    return isinstance(allowed["years"], int) and not isinstance(allowed["years"], bool) and allowed["years"] >= 0


def _is_day(text: Any) -> bool:
    return isinstance(text, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None
