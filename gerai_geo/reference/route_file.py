"""The rules of legal routes read from TOML or JSON, checked, and built into `routes.Rules`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.route_validation import problems_of
from gerai_geo.reference.routes import (
    _BUILDINGS,
    _SECTIONS,
    MANIFEST_KEY,
    PARTS,
    Agency,
    Fact,
    Route,
    Rules,
    Source,
    day_of,
)


def read_rules(path: str | Path | Mapping[str, Any] | None = None) -> Rules:
    """
    Read the routes: those of the package, with a user's own in front, or exactly those an old screening used.

    Parameters
    ----------
    path
        None for the package's; a ``.toml`` file for the package's with the user's added (the same id replaces, what
        is new is thought of first); ``manifest.json`` of a saved screening, or such a manifest itself, for the rules
        that screening used and no others.

    Returns
    -------
    rules
        Checked: every route has a citation, a confidence and a text.

    Raises
    ------
    InputError
        If the file can't be read or breaks the rules of `routes.toml`; all problems at once.

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
        raise InputError(
            _(
                "{file}: tidak dapat dibaca sebagai aturan jalur ({error}). Beri berkas TOML seperti routes.toml."
            ).format(file=file, error=error)
        ) from error
    if file.suffix.lower() == ".json":
        if not isinstance(data, dict) or MANIFEST_KEY not in data:
            raise InputError(
                _("{file}: tidak memuat aturan jalur. Beri manifest.json dari hasil yang memakai jalur.").format(
                    file=file
                )
            )
        return _build(data[MANIFEST_KEY], file.name)
    return _build(_merged(_plain(read_toml("routes.toml")), _plain(data), file.name), file.name)


@cache
def _packaged() -> Rules:
    return _build(_plain(read_toml("routes.toml")), "reference/routes.toml")


def _plain(value: Any) -> Any:
    """TOML as JSON gives it back: days as text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _merged(base: dict[str, Any], own: dict[str, Any], name: str) -> dict[str, Any]:
    """Put a user's rules before the package's; the same id replaces."""
    shapes = [(s, dict) for s in (*_SECTIONS, "building")] + [("route", list)]
    wrong = [s for s, kind in shapes if not isinstance(own.get(s, kind()), kind)]
    if wrong:
        text = _("{file}: bagian {sections} tidak berbentuk seperti dalam routes.toml.")
        raise InputError(text.format(file=name, sections=", ".join(wrong)))
    merged: dict[str, Any] = {s: {**base[s], **own.get(s, {})} for s in _SECTIONS}
    theirs = {r.get("id"): r for r in own.get("route", []) if isinstance(r, dict)}
    known = {r["id"] for r in base["route"]}
    new = [r for key, r in theirs.items() if key not in known]
    merged["route"] = new + [theirs.get(r["id"], r) for r in base["route"]]
    merged["building"] = {k: [*v, *own.get("building", {}).get(k, [])] for k, v in base["building"].items()}
    version = own.get("version", "")
    return {"version": f"{base['version']}+{name}" + (f" {version}" if version else ""), **merged}


def _build(data: Mapping[str, Any], name: str) -> Rules:
    """Make records of plain data; refuse what breaks its rules, all at once."""
    data = {**data, "route": [_inherited(r, data.get("route", [])) for r in data.get("route", [])]}
    problems = problems_of(data)
    if problems:
        more = _(" … dan {n} lagi").format(n=len(problems) - 10) if len(problems) > 10 else ""
        raise InputError(f"{name}: " + " ".join(problems[:10]) + more)
    sources = {k: _source(v) for k, v in data["source"].items()}
    facts = {k: Fact(_texts(v), tuple(sources[c] for c in v["cite"]), v["confidence"]) for k, v in data["fact"].items()}
    agencies = {
        k: Agency(_texts(v), {p: _texts(n) for p, n in v.get("region", {}).items()}) for k, v in data["agency"].items()
    }
    building = {k: tuple(str(w) for w in data.get("building", {}).get(k, ())) for k in ("columns", *_BUILDINGS)}
    routes = tuple(_route(r, facts, agencies) for r in data["route"])
    return Rules(str(data.get("version", "")), routes, facts, agencies, building, data)


def _inherited(route: Any, routes: Iterable[Any]) -> Any:
    """Fill a route that is `like` another from it."""
    if not isinstance(route, Mapping) or "like" not in route:
        return route
    base = next((r for r in routes if isinstance(r, Mapping) and r.get("id") == route["like"]), None)
    if base is None or "like" in base:
        return route
    return {k: v for k, v in {**base, **route}.items() if k != "like"}


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    """Text by language; where the English one is missing the Indonesian stands for it."""
    return {"id": str(value["id"]), "en": str(value.get("en") or value["id"])}


def _source(row: Mapping[str, Any]) -> Source:
    instrument, article, when, read_at = (str(row.get(f, "")) for f in ("instrument", "article", "date", "read_at"))
    return Source(instrument, article, when, read_at, bool(row.get("own")))


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
    )
