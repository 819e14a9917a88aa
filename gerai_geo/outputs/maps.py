"""One map a regency, as a page that opens without a network, and the index page over them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

import folium
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _, bound_translation, current_language, localised
from gerai_geo.outputs.index_page.index_page import index_html
from gerai_geo.outputs.map_page import generalise as display
from gerai_geo.outputs.map_page import overlay_records as extras
from gerai_geo.outputs.map_page import route_records as map_routes
from gerai_geo.outputs.map_page import site_records as payload
from gerai_geo.outputs.map_page import symbols
from gerai_geo.outputs.map_page.html_page import Page, RegencyMap
from gerai_geo.outputs.map_page.meeting_context import Meeting, of_meeting
from gerai_geo.outputs.map_page.packing import pack_records
from gerai_geo.outputs.text import file_names as names
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.records.store import replacing

MANY: Final = 800
"""Sites from which on a page packs its records and draws them on a canvas; `many.js` has the same number."""

_KALTENG: Final = (110.7, -3.6, 115.9, 0.8)
_TITLE: Final = re.compile(r"^\s*(kabupaten|kab\.?|kota)\s+", re.IGNORECASE)


@localised
def map_regency(
    screening: Screening, regency: str | None, *, changes: pd.DataFrame | None = None, lang: str | None = None
) -> folium.Map:
    """
    Draw the map of one regency; in a notebook it shows itself, without a network.

    Parameters
    ----------
    screening
        The record of a screening.
    regency
        As in the findings' column ``regency``; case, accents and punctuation don't matter, and "Kab." may stand
        in front. Or its Kemendagri code. None for the sites whose regency is not known.
    changes
        The `schema.CHANGES` table against an earlier screening, to be marked; from `compare`.
    lang
        ``id`` or ``en``.

    Returns
    -------
    map
        A `folium.Map`; ``save("peta.html")`` writes the whole page. folium's own elements can be added; those
        that load from the net then need it.

    Raises
    ------
    InputError
        If no site lies in that regency.
    """
    screening = localised_screening(screening)
    findings = screening.findings
    same = findings["regency"].map(names.slug, na_action=None) == names.slug(regency)
    if regency is not None and not same.any():  # "Kab. Seruyan", "KABUPATEN SERUYAN", "62.07"
        bare = _TITLE.sub("", regency)
        same = (findings["regency"].map(names.slug, na_action="ignore") == names.slug(bare)) | (
            findings["regency_code"] == bare.strip()
        )
    group = findings[same.fillna(value=False).astype(bool)]
    if group.empty:
        known = ", ".join(sorted(findings["regency"].dropna().unique())) or "–"
        raise InputError(
            _("{regency!r}: tidak ada titik di kabupaten/kota ini. Yang ada: {known}.").format(
                regency=regency, known=known
            )
        )
    return _draw(screening, group, of_meeting(screening, changes), ScreeningRoutes(screening), index=False)


@localised
def write_maps(
    screening: Screening,
    folder: str | Path,
    *,
    changes: pd.DataFrame | None = None,
    previous: Screening | None = None,
    boundaries: GeoDataFrame | None = None,
    lang: str | None = None,
) -> list[Path]:
    """
    Write ``index.html`` and a map for each regency, ``maps/<regency>.html``, whole or not at all.

    Sites whose regency is not known are on ``maps/tanpa-kabupaten.html`` (``no-regency.html`` in English); none is left
    out. Follow-up, further layers, clear ground and what the reporting application holds are shown where the screening
    has them.

    Parameters
    ----------
    screening
        The record of a screening.
    folder
        Where to; made if it isn't there. What we wrote there earlier and the user didn't change is replaced.
    changes
        The `schema.CHANGES` table against an earlier screening, from `compare`: marked on the maps, counted in the
        index.
    previous
        That earlier screening: the index tells the progress since then.
    boundaries
        Polygons with the columns ``regency_code`` or ``regency`` (any CRS): outlines of the regencies for the small map
        of the index. Without them regencies are drawn as circles.
    lang
        ``id`` or ``en``.

    Returns
    -------
    files
        The index page first, then the maps in the order of their names.

    Raises
    ------
    OutputError
        If the folder can't be written.
    SchemaError
        If the table of changes doesn't keep its contract.
    """
    folder, screening = Path(folder), localised_screening(screening)
    groups = regency_groups(screening.findings)
    known, routes = of_meeting(screening, changes, previous), ScreeningRoutes(screening)
    with replacing(folder, update=True) as temporary:
        (temporary / "maps").mkdir(parents=True)
        for file, group in groups.items():
            html = _draw(screening, group, known, routes, index=True).get_root().render()
            (temporary / "maps" / file).write_bytes(html.encode("utf-8", "replace"))
        beside = {f.name for f in folder.iterdir() if f.is_file()} if folder.is_dir() else set()
        page = index_html(screening, groups, known, boundaries=boundaries, beside=beside)
        (temporary / "index.html").write_bytes(page.encode("utf-8", "replace"))
    return [folder / "index.html", *(folder / "maps" / file for file in groups)]


def regency_groups(findings: GeoDataFrame) -> dict[str, GeoDataFrame]:
    """Part the findings by the name of their map file, in the order of these names, the unknown regency last."""
    files = findings["regency"].map(lambda name: names.map_filename(name), na_action=None)
    unknown = names.map_filename(None)
    return {file: findings[files == file] for file in sorted(files.unique(), key=lambda f: (f == unknown, f))}


def _draw(
    screening: Screening, group: GeoDataFrame, known: Meeting, routes: ScreeningRoutes, *, index: bool
) -> RegencyMap:
    """Make the map of some findings; with a link to the index page where there is one."""
    regency, code = (_most_common(group[c]) for c in ("regency", "regency_code"))
    title = words.regency_title(regency, code)
    place = display.surroundings(group.geometry)
    forest = None
    if place is not None and screening.forest is not None:
        forest = display.draw_forest(screening.forest, place.frame, group.geometry)
    west, south, east, north = place.core if place else _KALTENG
    sites = payload.site_records(group, screening.overlaps, screening.issues, known)
    others = map_routes.add_others(sites, routes, group)
    many = len(sites) > MANY
    data = {
        "lang": current_language(),
        "title": title,
        "texts": words.map_texts(),
        "statuses": payload.status_records(),
        "sites": [] if many else sites,
        "routes": map_routes.route_records(routes, group["route"], code) if "route" in group else {},
        "others": others,
        "extra": extras.extra_records(screening.extra, place.frame if place else None),
        "compared": known.changes is not None,
        "followed": known.followup is not None,
        "states": [[s, language.followup_label(s)] for s in schema.FOLLOWUP_STATES],
        "bounds": [[south, west], [north, east]],
        "frame": display.to_geojson(place.frame, 5) if place else None,
        **_forest_data(group, forest),
    }
    context = {
        "lang": current_language(),
        "title": title,
        "counts": words.counts_sentence(group["status"], group["action"]),
        "disclaimer": language.disclaimer(),
        "synthetic": language.synthetic_note() if screening.manifest.get("synthetic") else "",
        "facts": words.source_facts(screening),
        "notes": _notes(screening, forest),
        "index": index,
        "packed": pack_records(sites) if many else "",
        "definitions": symbols.definitions(),
        "_": bound_translation(),
    }
    drawn = RegencyMap(location=[(south + north) / 2, (west + east) / 2], tiles=None)
    drawn._id = hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:12]
    Page(data, context).add_child(drawn)
    return drawn


def _forest_data(group: GeoDataFrame, forest: display.ForestDrawing | None) -> dict[str, Any]:
    features = forest.features if forest else []
    for properties in (feature["properties"] for feature in features):
        if properties["decree_date"]:
            properties["decree_date"] = language.day(properties["decree_date"])
    drawn = {f["properties"]["function"] for f in features}
    return {
        "forest": features,
        "labels": forest.labels if forest else [],
        "functions": payload.function_records(drawn | set(group["function"].dropna())),
        "drawn": sorted(drawn),
    }


def _notes(screening: Screening, forest: display.ForestDrawing | None) -> list[str]:
    """Sentences on how the forest was drawn."""
    if screening.forest is None:
        return [_("Poligon kawasan hutan tidak tersimpan dalam hasil ini, jadi hanya titik yang digambar.")]
    if forest is None or not forest.features:
        return [_("Tidak ada poligon kawasan hutan di sekitar titik-titik ini.")]
    margin = language.distance(display.MARGIN_M)
    sentences = [_("Kawasan hutan digambar sampai {margin} di sekitar titik.").format(margin=margin)]
    if forest.tolerance_m:
        text = _("Garis batas disederhanakan sekitar {tolerance} hanya untuk gambar; penilaian memakai batas asli.")
        sentences.append(text.format(tolerance=language.distance(forest.tolerance_m)))
    covers = (screening.manifest.get("forest") or {}).get("covers") or "polygons"
    if covers == "polygons":
        sentences.append(_("Tanah tanpa poligon (abu-abu) tidak diketahui statusnya."))
    else:
        text = _("Tanah tanpa poligon di {covers} dibaca sebagai bukan kawasan hutan, sesuai keterangan pemakai.")
        sentences.append(text.format(covers=covers))
    return sentences


def _most_common(column: pd.Series[str]) -> str | None:
    values = column.dropna().mode()
    return None if values.empty else str(values.iloc[0])
