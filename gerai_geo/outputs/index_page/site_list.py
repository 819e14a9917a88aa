"""List of sites for the index page, packed as on the maps: number, status, first step, who decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.map_page.packing import pack_records
from gerai_geo.outputs.map_page.route_records import PageTexts, add_work, route_records, work_labels
from gerai_geo.outputs.map_page.site_records import status_records
from gerai_geo.outputs.text.map_texts import map_texts, regency_title, sites_text
from gerai_geo.outputs.text.values import most_common, plain_values
from gerai_geo.records.progress.buildings import building_texts
from gerai_geo.records.progress.groups import STATUSES_OF, needs_followup, needs_place

MOST_LISTED: Final = 2_000
"""Most sites that the page lists: it stays small."""

_MOST_NAMED: Final = 12
_OF_THE_MAP: Final = (
    "no", "id", "name", "village", "district", "status", "statusLabel", "computed", "m", "boundary", "rim",
    "atRim", "probability", "clear", "tasks",
)  # fmt: skip
_TEXTS: Final = (
    "all", "byDecision", "clear", "clearMeaning", "doneBy", "issues", "noMatch", "noPlace", "oldBrowser", "rimShort",
    "shown", "work",
)  # fmt: skip


@dataclass(frozen=True)
class SiteList:
    """
    Sites that the page lists, and what is said where it lists less than all.

    Parameters
    ----------
    packed
        Of `packing.pack_records`; empty where no site is listed.
    data
        Texts, statuses, regencies and agencies for the script.
    sentence
        Which sites are listed, in words.
    unplaced
        How many sites have no place or a wrong one, and their names; None where there are none.
    """

    packed: str
    data: dict[str, Any]
    sentence: str
    unplaced: tuple[str, str] | None


def site_list(findings: GeoDataFrame, groups: dict[str, GeoDataFrame], texts: PageTexts) -> SiteList:
    """Return the list of the page: all sites, only those to follow up, or none where these are too many as well."""
    flagged = needs_followup(findings)
    if len(findings) <= MOST_LISTED:
        shown, sentence = findings, _("Semua {sites}.").format(sites=sites_text(len(findings)))
    elif flagged.sum() <= MOST_LISTED:
        shown = findings[flagged]
        sentence = _(
            "Hanya {n} titik yang perlu tindak lanjut; {others} titik lain ada di peta kabupaten dan di daftar Excel."
        )
    else:
        shown = findings.iloc[:0]
        sentence = _(
            "Daftar tidak dimuat di halaman ini: {n} titik perlu tindak lanjut, lebih dari {most}. Daftar lengkap ada "
            "di peta kabupaten dan di daftar Excel."
        )
    sentence = sentence.format(
        n=labels.number(int(flagged.sum()), 0), others=labels.number(len(findings) - int(flagged.sum()), 0),
        most=labels.number(MOST_LISTED, 0),
    )  # fmt: skip
    records = _records(shown, groups, texts) if len(shown) else []
    return SiteList(pack_records(records) if records else "", _data(records, groups), sentence, _unplaced(groups))


def _records(shown: GeoDataFrame, groups: dict[str, GeoDataFrame], texts: PageTexts) -> list[dict[str, Any]]:
    """Return what the maps say of the sites, regency by regency in the order of their numbers."""
    ids = set(plain_values(shown.index))
    site_texts, lines = texts.of(shown)
    deciders = lines.get("decider", {})
    flagged, unplaced = (set(shown.index[of(shown)]) for of in (needs_followup, needs_place))
    built = building_texts(shown).dropna().to_dict()
    found: list[dict[str, Any]] = []
    for place, group in enumerate(groups.values()):
        group = group[[i in ids for i in plain_values(group.index)]]
        if group.empty:
            continue
        ways = (
            route_records(texts.routes, group["route"], most_common(group["regency_code"])) if "route" in group else {}
        )
        sites = site_texts.records(group.index, drawn=False)
        add_work(sites, texts.work)
        for site in sorted(sites, key=lambda s: s.get("no", 0)):
            way = ways.get(site.get("route", ""), {})
            record: dict[str, Any] = {key: site[key] for key in _OF_THE_MAP if key in site}
            record |= {
                "place": place,
                "actionShown": site.get("actionText") or site.get("actionLabel"),
                "step": "{} [{}]".format(*way["step"]) if "step" in way else None,
                "decider": deciders.get(site["id"]) or site.get("decider") or way.get("decides"),
                "worked": way.get("work"),
                "issues": " ".join(site["issues"]) if "issues" in site else None,
                "built": built.get(site["id"]),
                "placed": 1 if "lon" in site else None,
                "flagged": 1 if site["id"] in flagged else None,
                "unplaced": 1 if site["id"] in unplaced else None,
            }
            found.append({key: value for key, value in record.items() if value is not None})
    return found


def _data(records: list[dict[str, Any]], groups: dict[str, GeoDataFrame]) -> dict[str, Any]:
    """Return what the script needs beside the sites."""
    known = map_texts()
    texts = {name: known[name] for name in _TEXTS}
    texts |= {
        "map": _("Lihat di peta"),
        "more": _("Tampilkan {n} titik berikutnya"),
        "chance": _("peluang di kawasan hutan {p}"),
        "first": known["firstStep"],
        "built": _("Bangunan menurut aplikasi"),
    }
    titles = [regency_title(most_common(g["regency"]), most_common(g["regency_code"])) for g in groups.values()]
    return {
        "texts": texts,
        "statuses": status_records(),
        "regencies": [{"key": f"maps/{file}", "title": title} for file, title in zip(groups, titles, strict=True)],
        "groups": STATUSES_OF,
        **work_labels(records),
    }


def _unplaced(groups: dict[str, GeoDataFrame]) -> tuple[str, str] | None:
    """Count the sites whose place is missing or to be corrected, and name them by regency and number; None if none."""
    names: list[str] = []
    total = 0
    for group in groups.values():
        missing = group[needs_place(group)]
        total += len(missing)
        title = regency_title(most_common(group["regency"]), most_common(group["regency_code"]))
        for number, village, name in zip(missing["number"], missing["village"], missing["name"], strict=True):
            if len(names) < _MOST_NAMED:
                told = next((str(text) for text in (village, name) if not pd.isna(text)), "")
                names.append(f"{title} No. {number}" + (f" ({told})" if told else ""))
    if not total:
        return None
    more = _(" dan {n} lainnya").format(n=labels.number(total - len(names), 0)) if total > len(names) else ""
    text = _("{n} titik yang letaknya kosong atau perlu diperbaiki:").format(n=labels.number(total, 0))
    return text, ", ".join(names) + more
