"""What is wrong with a file of routes, said so that its author can mend it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gerai_geo.i18n.translate import _
from gerai_geo.reference.routes import ALLOWED, CONDITIONS, CONFIDENCES, OUTCOMES, PARTS, day_of


def problems_of(data: Mapping[str, Any]) -> list[str]:
    """
    Name every breach of the rules of `routes.toml`.

    Returns
    -------
    problems
        One sentence each, with the id it is about; empty where all is well.
    """
    problems = []
    for section in ("source", "agency", "fact"):
        rows = data.get(section)
        if not isinstance(rows, Mapping) or not all(isinstance(row, Mapping) for row in rows.values()):
            return [_("bagian [{section}] tidak ada atau tidak berbentuk tabel.").format(section=section)]
    for key, source in data["source"].items():
        if not (source.get("instrument") and source.get("read_at")):
            problems.append(_("Sumber '{id}': perlu instrument dan read_at.").format(id=key))
    for key, agency in data["agency"].items():
        if not agency.get("id"):
            problems.append(_("Instansi '{id}': perlu nama (id).").format(id=key))
    for key, fact in data["fact"].items():
        problems += _fact_problems(str(key), fact, data)
    ids = [r.get("id") if isinstance(r, Mapping) else None for r in data["route"]]
    for key in sorted({str(i) for i in ids if ids.count(i) > 1}):
        problems.append(_("Jalur '{id}' tertulis lebih dari sekali.").format(id=key))
    for route in data["route"]:
        problems += _route_problems(route, data)
    return problems


def _fact_problems(key: str, fact: Mapping[str, Any], data: Mapping[str, Any]) -> list[str]:
    problems = []
    if not fact.get("id"):
        problems.append(_("Fakta '{id}': perlu kalimat (id).").format(id=key))
    if fact.get("confidence") not in CONFIDENCES:
        problems.append(_("Fakta '{id}': confidence harus salah satu dari A, B, C, I, U.").format(id=key))
    cited = fact.get("cite") or []
    if not cited or not isinstance(cited, list):
        problems.append(_("Fakta '{id}': tanpa sumber. Setiap fakta perlu cite.").format(id=key))
    elif unknown := [str(c) for c in cited if c not in data["source"]]:
        problems.append(_("Fakta '{id}': sumber {names} tidak ada.").format(id=key, names=", ".join(unknown)))
    return problems


def _route_problems(route: Any, data: Mapping[str, Any]) -> list[str]:
    if not isinstance(route, Mapping) or not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", str(route.get("id", ""))):
        return [_("Satu jalur tanpa id yang sah (huruf kecil, angka, garis bawah).")]
    key, problems = route["id"], []
    lists = [name for name in (*PARTS, "contact", "when") if not isinstance(route.get(name, []), list)]
    if lists:
        return [_("Jalur '{id}': {names} harus daftar.").format(id=key, names=", ".join(lists))]
    if not isinstance(route.get("title"), Mapping) or not route["title"].get("id"):
        problems.append(_("Jalur '{id}': perlu title.").format(id=key))
    if route.get("outcome") not in OUTCOMES:
        problems.append(
            _("Jalur '{id}': outcome harus salah satu dari {words}.").format(id=key, words=", ".join(OUTCOMES))
        )
    if route.get("confidence") not in CONFIDENCES:
        problems.append(_("Jalur '{id}': confidence harus salah satu dari A, B, C, I, U.").format(id=key))
    if route.get("confidence") == "U" and route.get("enabled", True):
        problems.append(_("Jalur '{id}': keyakinan U belum terverifikasi, harus enabled = false.").format(id=key))
    if not route.get("about"):
        problems.append(
            _("Jalur '{id}': tanpa sumber. Setiap jalur perlu about dengan fakta bersumber.").format(id=key)
        )
    facts = [f for part in PARTS for f in route.get(part, [])]
    agencies = [route.get("decides"), *route.get("contact", [])]
    for names, section in ((facts, "fact"), (agencies, "agency")):
        if unknown := [str(n) for n in names if n not in data[section]]:
            text = _("Jalur '{id}': {section} {names} tidak ada.")
            problems.append(text.format(id=key, section=section, names=", ".join(unknown)))
    problems += [p for when in route.get("when", [None]) for p in _condition_problems(key, when)]
    if not route.get("when") and not route.get("fallback"):
        problems.append(_("Jalur '{id}': tanpa syarat (when).").format(id=key))
    try:
        day_of(route.get("valid_from"))
        day_of(route.get("valid_until"))
    except ValueError:
        problems.append(_("Jalur '{id}': valid_from dan valid_until harus tahun atau tanggal.").format(id=key))
    return problems


def _condition_problems(key: str, when: Any) -> list[str]:
    if not isinstance(when, Mapping) or not when:
        return [_("Jalur '{id}': tanpa syarat (when).").format(id=key)]
    problems = []
    for condition, allowed in when.items():
        if condition not in CONDITIONS:
            text = _("Jalur '{id}': syarat {name} tidak dikenal; yang ada: {words}.")
            problems.append(text.format(id=key, name=condition, words=", ".join(CONDITIONS)))
        elif condition == "max_area_m2":
            if not isinstance(allowed, int | float) or isinstance(allowed, bool) or allowed <= 0:
                problems.append(_("Jalur '{id}': max_area_m2 harus angka lebih dari 0.").format(id=key))
        elif not isinstance(allowed, list) or not allowed or not all(isinstance(a, str) for a in allowed):
            problems.append(_("Jalur '{id}': syarat {name} harus daftar teks.").format(id=key, name=condition))
        elif wrong := [a for a in allowed if condition in ALLOWED and a not in ALLOWED[condition]]:
            text = _("Jalur '{id}': {name} tidak mengenal {values}.")
            problems.append(text.format(id=key, name=condition, values=", ".join(wrong)))
    return problems
