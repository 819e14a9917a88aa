"""Maps: one self-contained HTML page per regency, and the index page."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.steps.counting import counted
from gerai_geo.core.steps.memory import give_back_memory
from gerai_geo.i18n import labels
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, bound_translation, current_language, localised
from gerai_geo.outputs.dossier_pages.page_links import link_dossiers, name_dossiers
from gerai_geo.outputs.exact_ground.carried import carried_ground, trusted_area
from gerai_geo.outputs.index_page.index_page import index_html
from gerai_geo.outputs.index_page.page_extras import PageExtras
from gerai_geo.outputs.map_page.forest_drawing import MOST_BYTES, ForestDrawing, draw_forest
from gerai_geo.outputs.map_page.generalise import MARGIN_M, Surroundings, surroundings, to_geojson
from gerai_geo.outputs.map_page.html_page import (
    PageContent,
    environment,
    frame_bytes,
    json_block,
    json_text,
    load_page,
    page_html,
)
from gerai_geo.outputs.map_page.icons_and_hatches import definitions
from gerai_geo.outputs.map_page.meeting_context import meeting_of
from gerai_geo.outputs.map_page.overlay_records import overlay_records
from gerai_geo.outputs.map_page.packing import pack_records
from gerai_geo.outputs.map_page.route_records import (
    PageTexts,
    add_others,
    add_work,
    route_records,
    work_labels,
)
from gerai_geo.outputs.map_page.site_records import function_records, status_records
from gerai_geo.outputs.text.file_names import in_regency, map_filename
from gerai_geo.outputs.text.land_papers import states_papers
from gerai_geo.outputs.text.map_texts import counts_sentence, map_texts, regency_title, source_facts
from gerai_geo.outputs.text.values import most_common, plain_values
from gerai_geo.records.atomic_write import replacing
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.issues import head_note
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.reference.agencies.tasks import agency_tasks, working_agencies
from gerai_geo.reference.functions import forest_functions
from gerai_geo.reference.land_papers.judgement import papers_label
from gerai_geo.reference.route_file import read_rules

if TYPE_CHECKING:
    import folium

MANY: Final = 800
"""Sites above which a page packs its records and draws on a canvas; `canvas_symbols.js` has the same number."""

_SITE_BYTES: Final = 60
"""Size of a packed site, less what the page has room for."""
_LEAST_BYTES: Final = 110_000
"""Least size of a forest drawing: a coarser one grows again, as many sites have to stay on their side of its edges."""
_PAGE_BYTES: Final = 976_000
"""Size of a page up to which it carries ground as the layer has it."""
_MOST_GROUND_BYTES: Final = 400_000
_OF_INDEX: Final = ("index.html", "index_frame.html", "index_table.html", "site_list.html")
_KALTENG: Final = (110.7, -3.6, 115.9, 0.8)


@typed
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
        A `folium.Map`; ``save("peta.html")`` writes the whole page. Elements of folium can be added:
        markers with popups and icons, layers and their control, MarkerCluster, Draw, LocateControl and MiniMap need
        no network, other plugins do.

    Raises
    ------
    InputError
        If no site lies in that regency.
    """
    from gerai_geo.outputs.map_page.folium_map import folium_map  # a fifth of a second, for notebooks only

    screening = shown_screening(localised_screening(screening))
    group = screening.findings[in_regency(screening.findings, regency)]
    return folium_map(_draw(_Common(screening, changes, group), group, index=False))


@typed
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
    folder = Path(folder)
    with replacing(folder, update=True, complete=link_dossiers) as temporary:
        temporary.mkdir()
        files = frozenset(f.name for f in folder.iterdir() if f.is_file()) if folder.is_dir() else frozenset()
        written = draw_pages(screening, temporary, PageExtras(changes, previous, boundaries, files))
    return [folder / file for file in written]


def draw_pages(
    screening: Screening, folder: Path, extras: PageExtras, drawn: dict[bytes, ForestDrawing] | None = None
) -> list[str]:
    """
    Write ``index.html`` and ``maps/`` into a new folder.

    Parameters
    ----------
    drawn
        Drawings of the forest layer made before, by `sites_key` of the sites that they are made for.

    Returns
    -------
    written
        Paths in the folder, the index page first.
    """
    screening = shown_screening(localised_screening(screening))
    previous = None if extras.previous is None else shown_screening(extras.previous)
    findings, groups = _side_by_side(screening.findings)
    screening = replace(screening, findings=findings)
    give_back_memory()  # the findings in their first order
    common = _Common(screening, extras.changes, findings, drawn)
    (folder / "maps").mkdir()
    for file, group in counted(groups.items()):
        html = page_html(_draw(common, group, index=True))
        (folder / "maps" / file).write_bytes(html.encode("utf-8", "replace"))
    meeting = replace(common.meeting, previous=previous)
    page = index_html(screening, groups, meeting, common.texts, boundaries=extras.boundaries, files=extras.files)
    (folder / "index.html").write_bytes(page.encode("utf-8", "replace"))
    return ["index.html", *(f"maps/{file}" for file in groups)]


def warm_up() -> None:
    """Load what all pages need: templates, scripts, rules, tables of texts, and how numbers are written."""
    load_page()
    for template in _OF_INDEX:
        environment().get_template(template)
    labels.number(0)
    read_rules(None)
    for load in (forest_functions, agency_tasks, working_agencies, map_texts, definitions):
        load()


def draw_forest_of_maps(forest: GeoDataFrame, sites: GeoDataFrame) -> dict[bytes, ForestDrawing]:
    """Drawings of the forest layer for the map of each regency, by `sites_key`."""
    if "regency" not in sites:
        return {}
    drawn = {}
    for group in regency_groups(sites).values():
        extent = surroundings(group.geometry)
        if extent is not None:
            drawn[sites_key(group)] = draw_forest(forest, extent.frame, group.geometry, _forest_bytes(len(group)))
    return drawn


def _forest_bytes(sites: int) -> int:
    """Size of the forest drawing of a page with so many sites, which leaves the page below a megabyte if it can be."""
    return max(MOST_BYTES - _SITE_BYTES * max(0, sites - MANY), _LEAST_BYTES)


def sites_key(sites: GeoDataFrame) -> bytes:
    """Key of sites by their geometries."""
    return hashlib.sha256(b"".join(shapely.to_wkb(sites.geometry.dropna().to_numpy()))).digest()


def regency_groups(findings: GeoDataFrame) -> dict[str, GeoDataFrame]:
    """Group findings by the file name of their map, in the order of the names, the unknown regency last."""
    return _side_by_side(findings)[1]


def _side_by_side(findings: GeoDataFrame) -> tuple[GeoDataFrame, dict[str, GeoDataFrame]]:
    """Put findings of one map side by side; return them, and those of each map, which take no memory of their own."""
    files = findings["regency"].map(map_filename, na_action=None)
    unknown = map_filename(None)
    names = sorted(files.unique(), key=lambda f: (f == unknown, f))
    place = files.map({file: n for n, file in enumerate(names)}).to_numpy(dtype="int64")
    ordered = findings.iloc[np.argsort(place, kind="stable")]
    ends = np.cumsum(np.bincount(place, minlength=len(names))).tolist()
    return ordered, {file: ordered.iloc[start:end] for file, start, end in zip(names, [0, *ends], ends, strict=False)}


class _Common:
    """What the maps of a screening have in common."""

    def __init__(
        self,
        screening: Screening,
        changes: pd.DataFrame | None,
        findings: GeoDataFrame,
        drawn: dict[bytes, ForestDrawing] | None = None,
    ) -> None:
        self.screening, self.drawn = screening, drawn or {}
        self.meeting = meeting_of(screening, changes)
        self.texts = PageTexts(screening, findings, self.meeting)
        self.trusted = trusted_area(screening)
        self.facts = source_facts(screening)

    def forest(self, group: GeoDataFrame, extent: Surroundings | None) -> ForestDrawing | None:
        """Drawing of the forest layer around some sites."""
        if extent is None or self.screening.forest is None:
            return None
        found = self.drawn.get(sites_key(group)) if self.drawn else None
        return found or draw_forest(self.screening.forest, extent.frame, group.geometry, _forest_bytes(len(group)))

    def ground(self, group: GeoDataFrame, most_bytes: int) -> str:
        """Pack the layer near some sites as it is."""
        forest, tolerance_m = self.screening.forest, self.screening.manifest.get("tolerance_m")
        if forest is None or tolerance_m is None:
            return ""
        return carried_ground(forest, group, self.trusted, float(tolerance_m), min(most_bytes, _MOST_GROUND_BYTES))


def _draw(common: _Common, group: GeoDataFrame, *, index: bool) -> PageContent:
    """Page of the map of some findings, with a link to the index page where there is one."""
    screening, meeting, texts = common.screening, common.meeting, common.texts
    regency, code = most_common(group["regency"]), most_common(group["regency_code"])
    title = regency_title(regency, code)
    extent = surroundings(group.geometry)
    forest = common.forest(group, extent)
    west, south, east, north = extent.core if extent else _KALTENG
    many = len(group) > MANY
    site_texts, lines = texts.of(group)
    sites = site_texts.records(group.index, packed=many)
    add_work(sites, texts.work)
    name_dossiers(sites)
    others = add_others(sites, plain_values(group.index.astype("str")), lines)
    data = {
        "lang": current_language(),
        "title": title,
        "texts": map_texts(),
        "statuses": status_records(),
        "sites": [] if many else sites,
        "routes": route_records(texts.routes, group["route"], code) if "route" in group else {},
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
    block, packed = json_block(data), pack_records(sites) if many else ""
    room = _PAGE_BYTES - frame_bytes() - len(block.encode("utf-8", "replace")) - len(packed)
    context = {
        "lang": current_language(),
        "title": title,
        "counts": counts_sentence(group),
        "disclaimer": labels.disclaimer(),
        "head_note": head_note(screening),
        "facts": common.facts,
        "notes": _notes(screening, forest),
        "index": index,
        "packed": packed,
        "ground": json_text(common.ground(group, room)),
        "definitions": definitions(),
        "_": bound_translation(),
    }
    name = "map_" + hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:12]
    return PageContent(name, ((south + north) / 2, (west + east) / 2), block, context)


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
    sentences.append(_("Celah yang lebih kecil dari lambang titik baru tampak bila diperbesar."))
    covers = (screening.manifest.get("forest") or {}).get("covers") or "polygons"
    text = _("Tanah tanpa poligon di {covers} dibaca sebagai bukan kawasan hutan, sesuai keterangan pemakai.")
    if covers == "polygons":
        text = _("Tanah tanpa poligon (abu-abu) tidak diketahui statusnya.")
    return [*sentences, text.format(covers=covers)]
