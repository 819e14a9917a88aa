"""Routes of one site in sentences; each carries its citation and confidence."""

from __future__ import annotations

import pandas as pd

from gerai_geo.i18n.translate import _, current_language
from gerai_geo.records.models import Screening
from gerai_geo.reference.route_cases import case_of, day_of_screening
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.route_matching import Considered, answer, consider


def considered(result: Screening, row: pd.Series) -> list[Considered]:
    """Every route of the screening's own rules, held against one site on the screening's day."""
    rules = read_rules(result.manifest)
    kinds = {layer.name: layer.kind for layer in result.extra}
    case = case_of(result.findings, str(row.name), result.manifest, kinds, rules)
    return consider(case, rules, day_of_screening(result.manifest))


def answering(result: Screening, row: pd.Series) -> list[str]:
    """Say the first firm route in full: what it is, who decides, what to do, to bring, and not to do."""
    found = answer(considered(result, row))
    if found is None:
        return []
    route = found.route
    text = _("{title}, karena {why}. {offices} {mark}")
    if not found.applies:
        text = _("{title}: {why}. {offices} {mark}")
    said = [_filled(text, found, _code(row))]
    heads = {
        "about": _("Penjelasan"),
        "applicants": _("Pemohon"),
        "steps": _("Langkah"),
        "documents": _("Berkas permohonan"),
        "fails": _("Batasannya"),
        "forbidden": _("Larangan"),
    }
    said += [f"{head}: {fact.sentence()}" for part, head in heads.items() for fact in route.parts[part]]
    return said


def possible(result: Screening, row: pd.Series) -> list[str]:
    """Say the other routes that apply or may apply: what they depend on, who decides, what they are."""
    found = considered(result, row)
    first = answer(found)
    said = []
    for f in found:
        if f is first or not f.possible:
            continue
        text = _("{title}: berlaku, karena {why}. {offices} {mark}")
        if not f.applies:
            text = _("{title}: mungkin; {why}. {offices} {mark}")
        elif not f.route.firm:
            text = _("{title}: syaratnya terpenuhi, tetapi aturannya perlu dikonfirmasi; {why}. {offices} {mark}")
        said.append(_filled(text, f, _code(row)))
        told = f.route.parts["about"][1:2] if f.route.outcome == "question" else f.route.parts["about"][:1]
        said += [fact.sentence() for fact in told]
    return said


def excluded(result: Screening, row: pd.Series) -> list[str]:
    """Say why each of the rest doesn't apply, by reason; and which routes are known but unverified."""
    reasons: dict[str, list[str]] = {}
    for f in considered(result, row):
        if not f.possible and not f.route.fallback:
            reasons.setdefault(_spoken(f), []).append(f"{f.route.titles[current_language()]} {f.route.short_mark()}")
    said = [_("Karena {why}: {routes}.").format(why=why, routes="; ".join(routes)) for why, routes in reasons.items()]
    off = [r for r in read_rules(result.manifest).routes if not r.enabled]
    if off:
        named = "; ".join(f"{r.titles[current_language()]} {r.short_mark()}" for r in off)
        said.append(_("Dikenal tetapi belum terverifikasi, jadi tidak dipakai: {routes}.").format(routes=named))
    return said


def _filled(text: str, found: Considered, code: str | None) -> str:
    route = found.route
    contact = [agency.name(code) for agency in route.contact]
    decider = route.decides.name(code)
    offices = _("Pemutus: {decider}; hubungi: {contact}.").format(decider=decider, contact=", ".join(contact))
    if contact == [decider]:
        offices = _("Hubungi: {contact}.").format(contact=decider)
    return text.format(title=route.titles[current_language()], why=_spoken(found), offices=offices, mark=route.mark())


def _spoken(found: Considered) -> str:
    """Why of a route without its signs: the first condition not met; else what it depends on and what is met."""
    parts = found.why.split("; ")
    unmet = [p for p in parts if p.startswith("✗")]
    if found.applies is False and unmet:
        parts = unmet[:1]
    elif len(parts) > 1 and parts[0].startswith("✓"):  # its status stands above already
        parts = parts[1:]
    return "; ".join(p.lstrip("✓✗? ") for p in parts)


def _code(row: pd.Series) -> str | None:
    value = row.get("regency_code")
    return None if value is None or pd.isna(value) else str(value)
