"""Legal route, further layers, evidence and clear ground of one site, as the dossier says them."""

from __future__ import annotations

from typing import Final

import pandas as pd
from pyproj import Geod

from gerai_geo.core.geometry import positions
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.dossier_pages import facts
from gerai_geo.outputs.dossier_pages.corner_table import degrees
from gerai_geo.outputs.text.explain_site import editions, layers, rasters
from gerai_geo.outputs.text.route_lines import route_of, route_title
from gerai_geo.outputs.text.values import known, text
from gerai_geo.records.models import Screening
from gerai_geo.reference.route_matching import needs_words, read_answers
from gerai_geo.reference.routes import Rules, confidence_words

_MOST_STEPS: Final = 3
_MOST_OTHERS: Final = 4


def route_part(rules: Rules, row: facts.Row) -> facts.Part:
    """Route with who decides, whom to ask, what to do first and not to do, and how sure that is."""
    route, code = route_of(rules, row), text(row.get("regency_code"))
    if route is None:
        named = facts.clip(route_title(rules, row), 300)
        rows = [[_("Jalur"), named if named != "–" else _("belum ditentukan; minta telaah BPKH")]]
        rows += [[label, facts.clip(row[c], 500)] for label, c in ((_("Pemutus"), "decider"), (_("Dasar"), "citations"))
                 if text(row.get(c))]  # fmt: skip
    else:
        rows = [
            [_("Jalur"), f"{route.titles[current_language()]} [{_('keyakinan')} {route.standing()}]"],
            [_("Pemutus"), route.decides.name(code)],
            [_("Tanyakan ke"), ", ".join(agency.name(code) for agency in route.contact)],
            *([[label, route.parts[part][0].sentence()] for label, part in
               ((_("Langkah pertama"), "steps"), (_("Jangan"), "forbidden")) if route.parts[part]]),
        ]  # fmt: skip
    return {"kind": "pairs", "title": _("Jalur legalitas"), "rows": rows}


def basis_part(rules: Rules, row: facts.Row) -> facts.Part | None:
    """Tell what the route rests on, its further steps, and what else may come into question; None without a route."""
    route = route_of(rules, row)
    if route is None:
        return None
    steps = [fact.sentence() for fact in route.parts["steps"][1 : 1 + _MOST_STEPS]]
    others = _others(rules, row)
    about = [fact.sentence() for fact in route.parts["about"][:1]]
    rows = [
        *([[_("Isi jalur"), " ".join(about)]] if about else []),
        *([[_("Langkah berikut"), " ".join(steps)]] if steps else []),
        *([[_("Kemungkinan lain"), others]] if others else []),
        [_("Dasar"), facts.clip(row["citations"] if text(row.get("citations")) else
                                "; ".join(route.citations()), 420)],
    ]  # fmt: skip
    note = _("Keyakinan: A naskah hukum, B beberapa sumber, C satu sumber, I simpulan. Bukan nasihat hukum.")
    return {"kind": "pairs", "title": _("Dasar jalur"), "rows": rows, "note": note}


def ground_rows(screening: Screening, row: pd.Series) -> list[list[str]]:
    """Say what further layers, other editions and rasters hold, and where the nearest clear ground is."""
    said = [
        (_("Layer lain"), layers(screening, row) if isinstance(row.get("overlays"), str) else []),
        (_("Edisi lain"), editions(screening, row)),
        (_("Data raster"), rasters(screening, row)),
        (_("Tanah terdekat di luar kawasan hutan"), _clear(screening, row)),
    ]
    return [[label, facts.clip(" ".join(sentences), 500)] for label, sentences in said if sentences]


def _clear(screening: Screening, row: pd.Series) -> list[str]:
    """Nearest clear ground; the sentence of the search itself where it was made in this language."""
    if screening.manifest.get("lang", "id") == current_language() and text(row.get("clear_note")):
        return [str(text(row["clear_note"]))]
    if not known(row.get("clear_m")):
        return []
    lon, lat = float(row["clear_lon"]), float(row["clear_lat"])
    here = positions(screening.findings.loc[[row.name]]).iloc[0]
    azimuth = Geod(ellps="WGS84").inv(here["lon"], here["lat"], lon, lat)[0]
    parts = [language.distance(row["clear_m"]), language.bearing(azimuth), *degrees(lon, lat)]
    return [", ".join(parts)]


def _others(rules: Rules, row: facts.Row) -> str:
    """Routes that may apply beside the answer, each with its confidence and what it depends on."""
    found = []
    for key, confidence, needs in read_answers(text(row.get("routes")) or ""):
        route = rules.route(key)
        if route is None or key == row.get("route"):
            continue
        depends = needs_words(route, needs)
        found.append(
            f"{route.titles[current_language()]} [{confidence_words(confidence)}]"
            + (f" ({depends})" if depends else "")
        )
    more = [_("dan {n} lainnya").format(n=len(found) - _MOST_OTHERS)] if len(found) > _MOST_OTHERS else []
    return "; ".join([*found[:_MOST_OTHERS], *more])
