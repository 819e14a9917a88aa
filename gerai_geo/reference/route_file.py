"""Reader of the rules of legal routes, from TOML or a manifest."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gerai_geo.core.dates import today
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.reference.buildings.dates import DATED
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.route_validation import rule_defects
from gerai_geo.reference.routes import (
    MANIFEST_KEY,
    PARTS,
    SECTIONS,
    WORDS,
    Agency,
    Fact,
    Route,
    Rules,
    Source,
    day_of,
)


def read_rules(path: str | Path | Mapping[str, Any] | None = None) -> Rules:
    """
    Read the rules of legal routes.

    Parameters
    ----------
    path
        None for the package's; a ``.toml`` file for the package's with the user's added (the same id replaces, new
        routes are matched first); ``manifest.json`` of a saved screening, or such a manifest itself, for exactly the
        rules that screening used, the package's if it holds none.

    Returns
    -------
    rules
        Validated: every route has a citation, a confidence and a text.

    Raises
    ------
    InputError
        If the file can't be read or is not valid; lists all defects.

    Examples
    --------
    >>> read_rules().route("ppkh_menteri").titles["en"]
    'PPKH (approval to use forest area) by the Minister'
    """
    if path is None:
        return _packaged()
    if isinstance(path, Mapping):
        return _build(path.get(MANIFEST_KEY) or {}, "manifest") if MANIFEST_KEY in path else _packaged()
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
        data = json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        text = _("{file}: tidak dapat dibaca sebagai aturan jalur ({error}). Beri berkas TOML seperti routes.toml.")
        raise InputError(text.format(file=file, error=error)) from error
    if file.suffix.lower() != ".json":
        return _build(_merge(_json_ready(read_toml("routes.toml")), _json_ready(data), file.name), file.name)
    if not isinstance(data, dict) or MANIFEST_KEY not in data:
        text = _("{file}: tidak memuat aturan jalur. Beri manifest.json dari hasil yang memakai jalur.")
        raise InputError(text.format(file=file))
    return _build(data[MANIFEST_KEY], file.name)


def day_of_screening(manifest: Mapping[str, Any]) -> date:
    """Day for which the rules of a screening hold: as recorded, else the day of the screening, else today."""
    value = manifest.get(MANIFEST_KEY, {}).get("on") or manifest.get("created")
    return datetime.fromisoformat(str(value)).date() if value else today()


@cache
def _packaged() -> Rules:
    return _build(_json_ready(read_toml("routes.toml")), "reference/routes.toml")


def _json_ready(value: Any) -> Any:
    """TOML content as JSON would hold it: dates as text."""
    if isinstance(value, Mapping):
        return {str(k): _json_ready(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_json_ready(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _merge(base: dict[str, Any], own: dict[str, Any], name: str) -> dict[str, Any]:
    """Merge a user's rules into the package's: new routes first, the same id replaces."""
    words = (*WORDS, "possession")
    shapes = [(s, dict) for s in (*SECTIONS, *words)] + [("route", list)]
    wrong = [s for s, kind in shapes if not isinstance(own.get(s, kind()), kind)]
    if wrong:
        text = _("{file}: bagian {sections} tidak berbentuk seperti dalam routes.toml.")
        raise InputError(text.format(file=name, sections=", ".join(wrong)))
    merged: dict[str, Any] = {s: {**base[s], **own.get(s, {})} for s in SECTIONS}
    own_routes = {r.get("id"): r for r in own.get("route", []) if isinstance(r, dict)}
    known = {r["id"] for r in base["route"]}
    new = [r for key, r in own_routes.items() if key not in known]
    merged["route"] = new + [own_routes.get(r["id"], r) for r in base["route"]]
    for section in words:
        merged[section] = {k: [*v, *own.get(section, {}).get(k, [])] for k, v in base[section].items()}
    version = own.get("version", "")
    return {"version": f"{base['version']}+{name}" + (f" {version}" if version else ""), **merged}


def _build(data: Mapping[str, Any], name: str) -> Rules:
    """Build records from plain data; raise with all defects."""
    data = {**data, "route": [_inherited(r, data.get("route", [])) for r in data.get("route", [])]}
    if defects := rule_defects(data):
        more = _(" … dan {n} lagi").format(n=len(defects) - 10) if len(defects) > 10 else ""
        raise InputError(f"{name}: " + " ".join(defects[:10]) + more)
    sources = {k: _source(v) for k, v in data["source"].items()}
    facts = {k: _fact(v, sources) for k, v in data["fact"].items()}
    agencies = {
        k: Agency(
            _texts(v), {p: _texts(n) for p, n in v.get("region", {}).items()}, official=v.get("official", True) is True
        )
        for k, v in data["agency"].items()
    }
    words = {section: {k: _words(data, section, k) for k in ("columns", *values)} for section, values in WORDS.items()}
    dates = {k: _words(data, "possession", k) for k in DATED}
    routes = tuple(_route(r, facts, agencies) for r in data["route"])
    return Rules(str(data.get("version", "")), routes, facts, agencies, words, dates, data)


def _words(data: Mapping[str, Any], section: str, key: str) -> tuple[str, ...]:
    """List of words in a section; empty in rules of a time that did not know it."""
    return tuple(str(w) for w in data.get(section, {}).get(key, ()))


def _inherited(route: Any, routes: Iterable[Any]) -> Any:
    """Route with the missing keys of the route it is `like`."""
    if not isinstance(route, Mapping) or "like" not in route:
        return route
    base = next((r for r in routes if isinstance(r, Mapping) and r.get("id") == route["like"]), None)
    if base is None or "like" in base:
        return route
    return {k: v for k, v in {**base, **route}.items() if k != "like"}


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    """Text by language; Indonesian if there is no English."""
    return {"id": str(value["id"]), "en": str(value.get("en") or value["id"])}


def _source(row: Mapping[str, Any]) -> Source:
    instrument, article, when, read_at = (str(row.get(f, "")) for f in ("instrument", "article", "date", "read_at"))
    return Source(instrument, article, when, read_at, bool(row.get("own")), str(row.get("read_on", "")))


def _fact(row: Mapping[str, Any], sources: Mapping[str, Source]) -> Fact:
    short = _texts(row["short"]) if "short" in row else None
    cited, functions = tuple(sources[c] for c in row["cite"]), tuple(row.get("functions", ()))
    return Fact(_texts(row), cited, row["confidence"], row.get("asks"), short, functions)


def _route(row: Mapping[str, Any], facts: Mapping[str, Fact], agencies: Mapping[str, Agency]) -> Route:
    return Route(
        key=row["id"],
        titles=_texts(row["title"]),
        outcome=row["outcome"],
        confidence=row["confidence"],
        when=tuple(row["when"]),
        decides=agencies[row["decides"]],
        contact=tuple(agencies[a] for a in row.get("contact", [])),
        parts={p: tuple(facts[f] for f in row.get(p, [])) for p in PARTS},
        reviewed_by=str(row.get("reviewed_by", "")).strip(),
        valid_from=day_of(row.get("valid_from")),
        valid_until=day_of(row.get("valid_until"), last=True),
        enabled=row.get("enabled", True),
        fallback=row.get("fallback", False),
        answers_without=tuple(row.get("answers_without", ())),
    )
