"""Sections of a dossier on the legal route, overlay layers, raster evidence and clear ground of one site."""

from __future__ import annotations

from typing import Final

import pandas as pd
from pyproj import Geod

from gerai_geo.core.geometry import positions
from gerai_geo.i18n.labels import bearing, degrees_minutes_seconds, distance
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.dossier_pages import facts
from gerai_geo.outputs.text.explain_site import editions, layers, rasters
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.outputs.text.values import known, text
from gerai_geo.records.models import Screening
from gerai_geo.reference.site_attributes import function_keys

_MOST_ABOUT: Final = 2
_MOST_STEPS: Final = 3
_MOST_OTHERS: Final = 4
_MOST_DUTIES: Final = 4
_LONGEST_BASIS: Final = 420


def route_part(routes: ScreeningRoutes, row: facts.Row) -> facts.Part:
    """Section on the route: title, decider, contact, first step, prohibition."""
    found = routes.of(row)
    if found.text is None:
        title = facts.clip(found.title, 300)
        none = _("belum ditentukan; minta telaah BPKH")
        if text(row.get("computed_status")):
            none = _(
                "tidak dipilihkan: statusnya menurut keputusan, bukan menurut layer; tanyakan jalurnya kepada BPKH"
            )
        rows = [[_("Jalur"), title if title != "–" else none]]
        given = ((_("Pejabat berwenang"), "decider"), (_("Dasar"), "citations"))
        rows += [[label, facts.clip(row[c], 500)] for label, c in given if text(row.get(c))]
    else:
        route = found.text
        rows = [
            [_("Jalur"), found.summary or found.title],
            [route.decider_label(), found.decider or route.decider],
            [_("Tanyakan ke"), ", ".join(route.contact)],
            *([[_("Langkah pertama"), route.first_step.sentence()]] if route.first_step else []),
            *([[_("Larangan"), route.prohibition.sentence()]] if route.prohibition else []),
        ]
    return {"kind": "pairs", "title": _("Mekanisme yang berlaku"), "rows": rows}


def basis_part(routes: ScreeningRoutes, row: facts.Row) -> facts.Part | None:
    """Section on the basis of the route: description, questions, steps, duties, other routes; None without a route."""
    found = routes.of(row)
    if found.route is None:
        return None
    here = function_keys(text(row.get("functions")) or text(row.get("function")))
    parts = {part: [fact.sentence() for fact in found.route.facts(part, here)] for part in found.route.parts}
    possible = found.other_routes()
    others, n_more = possible[:_MOST_OTHERS], len(possible) - _MOST_OTHERS
    if n_more > 0:
        others = (*others, _("dan {n} lainnya").format(n=n_more))
    citations = row["citations"] if text(row.get("citations")) else "; ".join(found.route.citations())
    rows = [
        [_("Isi jalur"), " ".join(parts["about"][:_MOST_ABOUT])],
        [_("Tanyakan dahulu"), found.brief_questions() or ""],
        [_("Langkah berikut"), " ".join(parts["steps"][1 : 1 + _MOST_STEPS])],
        [_("Sesudah persetujuan"), " ".join(parts["after"][:_MOST_DUTIES])],
        [_("Kemungkinan lain"), "; ".join(others)],
        [_("Dasar"), _first_ones(citations)],
    ]
    note = _("Keyakinan: A naskah hukum, B beberapa sumber, C satu sumber, I simpulan. Bukan nasihat hukum.")
    return {"kind": "pairs", "title": _("Dasar jalur"), "rows": [r for r in rows if r[1]], "note": note}


def _first_ones(citations: str) -> str:
    """Citations joined by semicolons, as many whole ones as there is room for."""
    shown = citations.split("; ")
    while len("; ".join(shown)) > _LONGEST_BASIS and len(shown) > 1:
        shown = shown[:-1]
    return "; ".join(shown if len(shown) == citations.count("; ") + 1 else [*shown, "…"])


def ground_rows(screening: Screening, row: pd.Series) -> list[list[str]]:
    """Rows on overlay layers, other editions, rasters and the nearest clear ground."""
    rows = [
        (_("Layer lain"), layers(screening, row) if isinstance(row.get("overlays"), str) else []),
        (_("Edisi lain"), editions(screening, row)),
        (_("Data raster"), rasters(screening, row)),
        (_("Lahan bebas terdekat"), _clear(screening, row)),
    ]
    return [[label, facts.clip(" ".join(sentences), 500)] for label, sentences in rows if sentences]


def _clear(screening: Screening, row: pd.Series) -> list[str]:
    """Nearest clear ground; the note of the search itself if it is in this language."""
    if screening.manifest.get("lang", "id") == current_language() and text(row.get("clear_note")):
        return [str(text(row["clear_note"]))]
    if not known(row.get("clear_m")):
        return []
    lon, lat = float(row["clear_lon"]), float(row["clear_lat"])
    here = positions(screening.findings.loc[[row.name]]).iloc[0]
    azimuth = Geod(ellps="WGS84").inv(here["lon"], here["lat"], lon, lat)[0]
    parts = [distance(row["clear_m"]), bearing(azimuth), *degrees_minutes_seconds(lon, lat, 2)]
    return [", ".join(parts)]
