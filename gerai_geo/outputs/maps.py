"""Maps: one self-contained HTML page per regency, and the index page."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _, bound_translation, current_language, localised
from gerai_geo.outputs.index_page.index_page import index_html
from gerai_geo.outputs.map_page.forest_drawing import ForestDrawing, draw_forest
from gerai_geo.outputs.map_page.generalise import MARGIN_M, surroundings, to_geojson
from gerai_geo.outputs.map_page.html_page import PageContent, page_html
from gerai_geo.outputs.map_page.icons_and_hatches import definitions
from gerai_geo.outputs.map_page.meeting_context import Meeting, meeting_of
from gerai_geo.outputs.map_page.overlay_records import overlay_records
from gerai_geo.outputs.map_page.packing import pack_records
from gerai_geo.outputs.map_page.route_records import add_others, add_work, route_records, work_labels
from gerai_geo.outputs.map_page.site_records import function_records, site_records, status_records
from gerai_geo.outputs.text.agency_work import agency_work, kodim_of_sites
from gerai_geo.outputs.text.file_names import in_regency, map_filename
from gerai_geo.outputs.text.land_papers import papers_label, states_papers
from gerai_geo.outputs.text.map_texts import counts_sentence, map_texts, regency_title, source_facts
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.outputs.text.values import most_common
from gerai_geo.records.atomic_write import replacing
from gerai_geo.records.issues import head_note
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.review.decisions.layer_decisions import shown_screening

if TYPE_CHECKING:
    import folium

MANY: Final = 800
"""Sites above which a page packs its records and draws on a canvas; `canvas_symbols.js` has the same number."""

_KALTENG: Final = (110.7, -3.6, 115.9, 0.8)


@localised
def map_regency(
    screening: Screening, regency: str | None, *, changes: pd.DataFrame | None = None, lang: str | None = None
) -> folium.Map:
    """
    Map of one regency; a notebook shows it, also without a network.

    Parameters
    ----------
    screening
        The record of a screening.
    regency
        Its name, where case, accents, punctuation and "Kab." don't matter, or its Kemendagri code. None for the
        sites whose regency is not known.
    changes
        The `schema.CHANGES` table of `compare`: changes to mark.
    lang
        ``id`` or ``en``.

    Returns
    -------
    map
        A `folium.Map`; ``save("peta.html")`` writes the whole page. Elements of folium can be added; those that load
        from a CDN need the network.

    Raises
    ------
    InputError
        If no site lies in that regency.
    """
    from gerai_geo.outputs.map_page.folium_map import folium_map  # a fifth of a second, for notebooks only

    screening = shown_screening(localised_screening(screening))
    group = screening.findings[in_regency(screening.findings, regency)]
    work = agency_work(screening)
    content = _draw(screening, group, meeting_of(screening, changes), ScreeningRoutes(screening), work, index=False)
    return folium_map(content)


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
    Write ``index.html`` and a map of each regency, ``maps/<regency>.html``, whole or not at all.

    Sites whose regency is not known are on ``maps/tanpa-kabupaten.html`` (``no-regency.html`` in English). Follow-up,
    overlay layers, clear ground and the application export are shown where the screening has them.

    Parameters
    ----------
    screening
        The record of a screening.
    folder
        Made if missing. Files written there earlier and not edited since are replaced.
    changes
        The `schema.CHANGES` table of `compare`: marked on the maps, counted in the index.
    previous
        The earlier screening, for the progress since then.
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
        If the table of changes breaks its contract.
    """
    folder, screening = Path(folder), shown_screening(localised_screening(screening))
    previous = None if previous is None else shown_screening(previous)
    groups = regency_groups(screening.findings)
    meeting, routes = meeting_of(screening, changes, previous), ScreeningRoutes(screening)
    work = agency_work(screening)
    with replacing(folder, update=True) as temporary:
        (temporary / "maps").mkdir(parents=True)
        for file, group in groups.items():
            html = page_html(_draw(screening, group, meeting, routes, work, index=True))
            (temporary / "maps" / file).write_bytes(html.encode("utf-8", "replace"))
        files = {f.name for f in folder.iterdir() if f.is_file()} if folder.is_dir() else set()
        page = index_html(screening, groups, meeting, boundaries=boundaries, files=files)
        (temporary / "index.html").write_bytes(page.encode("utf-8", "replace"))
    return [folder / "index.html", *(folder / "maps" / file for file in groups)]


def regency_groups(findings: GeoDataFrame) -> dict[str, GeoDataFrame]:
    """Group findings by the file name of their map, in the order of the names, the unknown regency last."""
    files = findings["regency"].map(map_filename, na_action=None)
    unknown = map_filename(None)
    return {file: findings[files == file] for file in sorted(files.unique(), key=lambda f: (f == unknown, f))}


def _draw(
    screening: Screening,
    group: GeoDataFrame,
    meeting: Meeting,
    routes: ScreeningRoutes,
    work: pd.DataFrame,
    *,
    index: bool,
) -> PageContent:
    """Page of the map of some findings, with a link to the index page where there is one."""
    regency, code = most_common(group["regency"]), most_common(group["regency_code"])
    title = regency_title(regency, code)
    extent = surroundings(group.geometry)
    forest = None
    if extent is not None and screening.forest is not None:
        forest = draw_forest(screening.forest, extent.frame, group.geometry)
    west, south, east, north = extent.core if extent else _KALTENG
    sites = site_records(group, screening.overlaps, screening.issues, meeting)
    add_work(sites, work, kodim_of_sites(screening))
    others = add_others(sites, routes, group)
    many = len(sites) > MANY
    data = {
        "lang": current_language(),
        "title": title,
        "texts": map_texts(),
        "statuses": status_records(),
        "sites": [] if many else sites,
        "routes": route_records(routes, group["route"], code) if "route" in group else {},
        "others": others,
        "extra": overlay_records(screening.extra, extent.frame if extent else None),
        "papers": [[s, papers_label(s)] for s in schema.LAND_PAPERS] if states_papers(group) else [],
        **work_labels(sites),
        "compared": meeting.changes is not None,
        "followed": meeting.followup is not None,
        "states": [[s, labels.followup_label(s)] for s in schema.FOLLOWUP_STATES],
        "bounds": [[south, west], [north, east]],
        "frame": to_geojson(extent.frame, 5) if extent else None,
        **_forest_data(group, forest),
    }
    context = {
        "lang": current_language(),
        "title": title,
        "counts": counts_sentence(group["status"], group["action"]),
        "disclaimer": labels.disclaimer(),
        "head_note": head_note(screening),
        "facts": source_facts(screening),
        "notes": _notes(screening, forest),
        "index": index,
        "packed": pack_records(sites) if many else "",
        "definitions": definitions(),
        "_": bound_translation(),
    }
    name = "map_" + hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:12]
    return PageContent(name, ((south + north) / 2, (west + east) / 2), data, context)


def _forest_data(group: GeoDataFrame, forest: ForestDrawing | None) -> dict[str, Any]:
    features = forest.features if forest else []
    for properties in (feature["properties"] for feature in features):
        if properties["decree_date"]:
            properties["decree_date"] = labels.day(properties["decree_date"])
    drawn = {f["properties"]["function"] for f in features}
    return {
        "forest": features,
        "labels": forest.labels if forest else [],
        "functions": function_records(drawn | set(group["function"].dropna())),
        "drawn": sorted(drawn),
    }


def _notes(screening: Screening, forest: ForestDrawing | None) -> list[str]:
    """Sentences on how the forest layer is drawn."""
    if screening.forest is None:
        return [_("Poligon kawasan hutan tidak tersimpan dalam hasil ini, jadi hanya titik yang digambar.")]
    if forest is None or not forest.features:
        return [_("Tidak ada poligon kawasan hutan di sekitar titik-titik ini.")]
    margin = labels.distance(MARGIN_M)
    sentences = [_("Kawasan hutan digambar sampai {margin} di sekitar titik.").format(margin=margin)]
    if forest.tolerance_m:
        text = _("Garis batas disederhanakan sekitar {tolerance} hanya untuk gambar; penilaian memakai batas asli.")
        sentences.append(text.format(tolerance=labels.distance(forest.tolerance_m)))
    covers = (screening.manifest.get("forest") or {}).get("covers") or "polygons"
    text = _("Tanah tanpa poligon di {covers} dibaca sebagai bukan kawasan hutan, sesuai keterangan pemakai.")
    if covers == "polygons":
        text = _("Tanah tanpa poligon (abu-abu) tidak diketahui statusnya.")
    return [*sentences, text.format(covers=covers)]
