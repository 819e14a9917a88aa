"""Routes of findings in words for lists and maps: the answer, the others, who decides; each with how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text.values import text
from gerai_geo.records.models import Screening
from gerai_geo.reference.criteria import check_row, columns_of, short_text
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.route_matching import deciders, read_answers
from gerai_geo.reference.routes import Route, Rules, confidence_words


def route_lines(screening: Screening) -> pd.DataFrame:
    """
    Say the routes of every finding.

    Returns
    -------
    lines
        Indexed like the findings: ``route`` (the answer with what it depends on, its confidence and whether anybody
        reviewed it), ``others`` (what may apply beside it), ``decider``. A route that the rules don't know stays as
        it is written; missing where there is none.
    """
    findings = screening.findings
    rules = read_rules(screening.manifest)

    @cache
    def said(key: str | None, routes: str | None, code: str | None) -> tuple[str | None, str | None, str | None]:
        return _lines(rules, key, routes, code)

    columns = [_texts(findings, c) for c in ("route", "routes", "regency_code")]
    rows = [said(*row) for row in zip(*columns, strict=True)]
    table = pd.DataFrame(rows, columns=["route", "others", "decider"], index=findings.index, dtype=object)
    if "decider" in findings:
        table["decider"] = table["decider"].fillna(findings["decider"].astype(object))
    return table


def criteria_lines(screening: Screening) -> pd.Series:
    """
    Say the criteria of land of every finding in one cell each; missing where nothing is known of any.

    Returns
    -------
    lines
        Text, indexed like the findings.
    """
    findings = screening.findings
    columns = columns_of(findings.columns)
    wanted = list(dict.fromkeys(c for names in columns.values() for c in names))
    if not wanted:
        return pd.Series(None, index=findings.index, dtype=object)
    values = findings[wanted].astype(object).where(findings[wanted].notna(), None)

    @cache
    def said(row: tuple[object, ...]) -> str | None:
        checked = check_row(dict(zip(wanted, row, strict=True)), columns)
        return short_text(checked) if any(c.value is not None for c in checked) else None

    texts = [said(row) for row in values.itertuples(index=False, name=None)]
    return pd.Series(texts, index=findings.index, dtype=object)


def _lines(
    rules: Rules, key: str | None, routes: str | None, code: str | None
) -> tuple[str | None, str | None, str | None]:
    entries = [(rules.route(k), needs) for k, _confidence, needs in read_answers(routes or "")]
    known = [(route, needs) for route, needs in entries if route is not None]
    first = rules.route(key) if key else None
    if first is None:
        return key, None, None
    needs = next((n for route, n in known if route is first), ())
    others = [(route, n) for route, n in known if route is not first]
    said = f"{first.titles[current_language()]}{_if_new(first, needs)} [{first.standing()}]"
    return said, _beside(others) or None, deciders([(first, needs), *others], code)


def _beside(others: list[tuple[Route, tuple[str, ...]]]) -> str:
    """Routes beside the answer; those that hang on which side of the boundary the site lies stand together."""
    groups: dict[str, list[str]] = {"": []}
    for route, needs in others:
        head = ""
        if "status" in needs:
            sides = {status for when in route.when for status in when.get("status", ())}
            head = _("bila ternyata di luar: ") if sides == {"outside"} else _("bila ternyata di dalam: ")
        mark = confidence_words(route.confidence)
        groups.setdefault(head, []).append(f"{route.titles[current_language()]}{_if_new(route, needs)} [{mark}]")
    return "; ".join(head + "; ".join(texts) for head, texts in groups.items() if texts)


def _if_new(route: Route, needs: tuple[str, ...]) -> str:
    """Say that a route is for new buildings only, where nobody said whether this one is; titles say the rest."""
    new_only = all(set(when.get("building", ())) == {"new"} for when in route.when)
    return _(" (bila bangunannya baru)") if "building" in needs and new_only else ""


def _texts(findings: pd.DataFrame, column: str) -> list[str | None]:
    if column not in findings:
        return [None] * len(findings)
    return [None if pd.isna(v) else str(v) for v in findings[column].tolist()]


def rules_used(screening: Screening) -> Rules:
    """Rules that a screening was made with; the present ones where its record holds none."""
    return read_rules(screening.manifest)


def route_title(rules: Rules, row: Mapping[Any, Any]) -> str:
    """Name of the route of a finding; empty where there is none."""
    route = route_of(rules, row)
    return route.titles[current_language()] if route else text(row.get("route")) or ""


def route_of(rules: Rules, row: Mapping[Any, Any]) -> Route | None:
    """Route of a finding by its id; None where it has none or the rules don't know it."""
    key = text(row.get("route"))
    return rules.route(key) if key else None
