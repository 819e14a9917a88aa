"""Dossiers (PDF): two pages per site for a request for telaah, and a list of flagged sites per regency."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from gerai_geo.core.arrays import Floats
from gerai_geo.core.geometry import points_on_surface
from gerai_geo.core.steps.counting import counted
from gerai_geo.errors import InputError
from gerai_geo.i18n import labels
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.outputs.dossier_pages import facts
from gerai_geo.outputs.dossier_pages.corner_table import Corners, corner_values, site_corners
from gerai_geo.outputs.dossier_pages.flagged_list import list_data
from gerai_geo.outputs.dossier_pages.locator_map import draw_locator_map, in_frame, province, swatch
from gerai_geo.outputs.dossier_pages.route_sections import basis_part, ground_rows, route_part
from gerai_geo.outputs.dossier_pages.site_map import SiteMap, draw_site_map
from gerai_geo.outputs.dossier_pages.typst_pdf import PAPERS, paper_key, typeset
from gerai_geo.outputs.map_page.icons_and_hatches import status_picture
from gerai_geo.outputs.text.file_names import in_regency, map_filename, site_link, site_slug, slug
from gerai_geo.outputs.text.issue_sentences import first_issue_sentences
from gerai_geo.outputs.text.land_papers import paper_sentences
from gerai_geo.outputs.text.map_texts import short_regency, site_status, source_facts
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.outputs.text.values import known, text
from gerai_geo.outputs.workbook.columns import most_serious_first
from gerai_geo.records import reasons
from gerai_geo.records.atomic_write import replacing
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.reference.criteria import criterion_columns
from gerai_geo.reference.functions import forest_functions, function_label

_ON_FIRST_PAGE: Final = 2


@typed
@localised
def write_dossiers(
    screening: Screening,
    folder: str | Path,
    sites: str | Iterable[str] | None = None,
    *,
    regency: str | None = None,
    paper: str = "a4",
    maps: Collection[str] | None = None,
    lang: str | None = None,
) -> list[Path]:
    """
    Write a PDF of two pages for each site, and a PDF list of the flagged sites of each regency.

    Parameters
    ----------
    screening
        The record of a screening.
    folder
        Made if missing. Files written there earlier and not edited since are replaced; dossiers of other sites stay.
    sites
        Ids of the sites; by default all flagged ones. Lists are written only in that case.
    regency
        Only this regency: its name in any form or its Kemendagri code.
    paper
        ``a4``, or ``f4`` (folio, 215 x 330 mm).
    maps
        Names of the maps in the folder ``maps`` beside this one, to which the PDFs link; by default those that are
        there.
    lang
        ``id`` or ``en``.

    Returns
    -------
    files
        ``<regency>/<site>.pdf``, a ``.csv`` of all corners for parcels with more than fit into the PDF, and
        ``<regency>/daftar.pdf``.

    Raises
    ------
    InputError
        If a site or the regency isn't in the screening, or the paper isn't known.
    OutputError
        If the folder can't be written.
    """
    folder, screening = Path(folder), shown_screening(localised_screening(screening))
    chosen = _chosen(screening, sites, regency)
    files = _file_names(chosen)
    if maps is None:
        maps = {file.name for file in (folder.parent / "maps").glob("*.html")}
    shared = _shared_data(screening, paper)
    written: list[Path] = []
    with replacing(folder, update=True) as new:
        for row_id, name in counted(files.items()):
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            data, corners = _site_data(shared, row_id, target.with_suffix(".csv").name)
            data["map-link"] = _map_link(screening.findings.loc[row_id], maps)
            target.write_bytes(typeset("dossier.typ", data, paper))
            written.append(folder / name)
            if corners is not None and len(corners.rows) > facts.MOST_CORNERS:
                _write_corners(screening.findings.geometry.loc[row_id], corners, target.with_suffix(".csv"))
                written.append((folder / name).with_suffix(".csv"))
        if sites is None:
            for regency_folder, group in chosen.groupby(chosen["regency"].map(slug, na_action=None)):
                name = f"{regency_folder}/{'daftar' if current_language() == 'id' else 'list'}.pdf"
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                data = list_data(screening, group, shared.routes)
                data["map-link"] = _map_link(group.iloc[0], maps, whole=True)
                (new / name).write_bytes(typeset("flagged.typ", data, paper))
                written.append(folder / name)
    return written


@typed
@localised
def dossier_pdf(screening: Screening, site_id: str | int, *, paper: str = "a4", lang: str | None = None) -> bytes:
    """
    Dossier of one site as PDF.

    Parameters
    ----------
    screening
        The record of a screening.
    site_id
        Id of the site.
    paper
        ``a4``, or ``f4`` (folio, 215 x 330 mm).
    lang
        ``id`` or ``en``.

    Raises
    ------
    InputError
        If the site isn't in the screening, or the paper isn't known.
    """
    screening = shown_screening(localised_screening(screening))
    _chosen(screening, [str(site_id)], None)
    return typeset("dossier.typ", _site_data(_shared_data(screening, paper), str(site_id), "")[0], paper)


def _map_link(row: pd.Series, maps: Collection[str], *, whole: bool = False) -> list[str]:
    """Address of a site on the map of its regency, from its PDF, and words for it; empty without a map."""
    file = map_filename(row["regency"])
    if file not in maps:
        return []
    words = f"maps/{file}"
    if whole:
        return [f"../../maps/{file}", f"{_('Peta interaktif')}: {words}"]
    words = _("{file}, titik No. {number}").format(file=words, number=row["number"])
    return [f"../../{site_link(row['regency'], str(row.name))}", f"{_('Peta interaktif')}: {words}"]


@dataclass(frozen=True)
class _Shared:
    """Parts of a screening that all its dossiers use."""

    screening: Screening
    routes: ScreeningRoutes
    lonlat: Floats
    dates: dict[str, str]
    columns: Mapping[str, list[str]]
    paper: str


def _shared_data(screening: Screening, paper: str) -> _Shared:
    dates: dict[str, str] = {}
    if screening.forest is not None:
        pairs = screening.forest[["decree", "decree_date"]].dropna().drop_duplicates("decree")
        dates = dict(zip(pairs["decree"], pairs["decree_date"], strict=True))
    lonlat = points_on_surface(screening.findings.geometry.to_numpy())
    columns = criterion_columns(screening.findings.columns)
    return _Shared(screening, ScreeningRoutes(screening), lonlat, dates, columns, PAPERS[paper_key(paper)])


def _chosen(screening: Screening, sites: str | Iterable[str] | None, regency: str | None) -> pd.DataFrame:
    """Select the findings to write: flagged ones with the most serious first, or the named ones."""
    findings = screening.findings
    if sites is None:
        chosen = screening.flagged
    else:
        wanted = [str(s) for s in ([sites] if isinstance(sites, str) else sites)]
        missing = [s for s in wanted if s not in findings.index]
        if missing:
            raise InputError(
                _("{missing}: tidak ada titik dengan nomor (ID) ini. Contoh yang ada: {known}.").format(
                    missing=", ".join(missing[:5]), known=", ".join(map(str, findings.index[:5]))
                )
            )
        chosen = findings.loc[list(dict.fromkeys(wanted))]
    if regency is not None:
        chosen = chosen[in_regency(findings, regency).loc[chosen.index]]
    ordered: pd.DataFrame = chosen.loc[most_serious_first(chosen)] if sites is None else chosen
    return ordered


def _file_names(chosen: pd.DataFrame) -> dict[Any, str]:
    """Path of each site's PDF; they differ also on disks that ignore case."""
    names: dict[Any, str] = {}
    taken: set[str] = set()
    for site_id, regency in zip(chosen.index, chosen["regency"], strict=True):
        folder = slug(regency)
        name = f"{folder}/{site_slug(str(site_id))}.pdf"
        if name.lower() in taken or name == f"{folder}/daftar.pdf" or name == f"{folder}/list.pdf":
            name = f"{folder}/{site_slug(str(site_id), checked=True)}.pdf"
        taken.add(name.lower())
        names[site_id] = name
    return names


def _site_data(shared: _Shared, site_id: Any, corner_file: str) -> tuple[dict[str, Any], Corners | None]:
    """Template data of the two pages of one site, and its corners."""
    screening, routes = shared.screening, shared.routes
    findings = screening.findings
    shape = findings.geometry.loc[site_id]
    here = findings.loc[[site_id]]
    row = {"site_id": site_id, **here.drop(columns=here.geometry.name).iloc[0].to_dict()}
    placed = shape is not None and not shape.is_empty
    corners = site_corners(shape) if placed else None
    reason = str(reasons.reason_sentences(here).iloc[0])
    if text(row.get("computed_status")):
        reason = _("Hitungan dari layer: {reason}").format(reason=reason)
    parts = [facts.certainty_part(row, reason), route_part(routes, row),
             *_second_page(shared, row, corners, corner_file)]  # fmt: skip
    for number, part in enumerate(parts, 1):
        part["title"] = f"{number}. {part['title']}"
    title = facts.clip(row.get("name") if text(row.get("name")) else site_id, 90)
    data: dict[str, Any] = {
        **facts.page_data(screening, title),
        **facts.heading(row),
        "name": title,
        "id-words": facts.clip(" · ".join(filter(None, map(text, (site_id, row.get("village"))))), 80),
        "running": facts.clip(site_id, 60),
        "identity": facts.identity(row, corners),
        "symbol": status_picture(row["status"]),
        "status": site_status(row),
        "indication": facts.indication(row),
        "no-map": _("Titik ini tidak punya koordinat, jadi tidak ada peta. Isi koordinatnya, lalu tapis lagi."),
        "first": parts[:_ON_FIRST_PAGE],
        "parts": parts[_ON_FIRST_PAGE:],
    }  # fmt: skip
    if placed and _is_implausible(shared, site_id, row):
        message = _("Koordinat {place} tidak mungkin letak lahan ini, jadi tidak ada peta.").format(
            place=facts.clip(row["coordinates_as_given"] if text(row.get("coordinates_as_given")) else "–", 80)
        )
        data |= {
            "map": "",
            "no-map": " ".join(filter(None, (message, text(first_issue_sentences(screening, here).iloc[0])))),
        }
    else:
        data |= _map_data(shared, site_id, row) if placed else {"map": ""}
    return data, corners


def _is_implausible(shared: _Shared, site_id: Any, row: dict[str, Any]) -> bool:
    """Whether a site lies at an impossible place that the layer doesn't cover; a map would show nothing."""
    if (row["action"], row.get("reason_code")) != ("fix_data", "not_covered"):
        return False
    issues = shared.screening.issues
    abroad = bool((issues["site_id"].eq(site_id) & issues["code"].eq("outside_indonesia")).any())
    lon, lat = shared.lonlat[shared.screening.findings.index.get_loc(site_id)]
    return abroad or (str(row.get("regency_code") or "").startswith("62") and not in_frame(lon, lat))


def _second_page(shared: _Shared, row: dict[str, Any], corners: Corners | None, corner_file: str) -> list[facts.Part]:
    """Sections of the second page."""
    screening, routes = shared.screening, shared.routes
    site_id = row["site_id"]
    accuracy = float(row["accuracy_m"]) if known(row.get("accuracy_m")) else float("nan")
    parts: list[facts.Part] = [facts.corner_part(corners, corner_file, accuracy)] if corners else [
        {"kind": "text", "title": _("Koordinat"), "rows": [_("Belum ada koordinat yang dapat dipakai.")]}
    ]  # fmt: skip
    overlaps = screening.overlaps[screening.overlaps["site_id"] == site_id]
    if overlaps.empty and text(row.get("function")):
        function = forest_functions()[str(row["function"])]
        overlaps = pd.DataFrame([{"function": function.key, "in_forest": function.in_forest,
                                  "decree": row.get("decree"), "overlap_m2": None, "share": None}])  # fmt: skip
    parts.append(facts.area_part(row, overlaps, shared.dates))
    basis = basis_part(routes, row)
    parts += [basis] if basis else []
    decision = text(row.get("layer_decision_text"))
    more = [[_("Keputusan atas layer"), decision]] if decision else []
    more.append([_("Administrasi lahan"), " ".join(paper_sentences(row))])
    more += ground_rows(screening, screening.findings.loc[site_id])
    more += facts.issue_rows(screening.issues[screening.issues["site_id"] == site_id])
    if more:
        parts.append({"kind": "pairs", "title": _("Keterangan lain"), "rows": more})
    parts += [facts.criteria_part(row, shared.columns), facts.checklist_part(row)]
    return [*parts, facts.signature_part(), facts.source_part(screening, row)]


def _map_data(shared: _Shared, site_id: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Site map and locator map with legend and notes."""
    screening, lonlat = shared.screening, shared.lonlat
    findings = screening.findings
    others = np.asarray(findings.index != site_id)
    lon, lat = lonlat[~others][0]
    site_map = draw_site_map(
        findings.geometry.loc[site_id],
        row["status"],
        screening.forest,
        lonlat[others & np.isfinite(lonlat).all(axis=1)],
        tolerance_m=float(row["tolerance_m"]) if known(row.get("tolerance_m")) else 0.0,
        boundary_m=float(row["boundary_m"]) if known(row.get("boundary_m")) else float("nan"),
    )
    regency = text(row.get("regency"))
    neighbours = (findings["regency"] == row.get("regency")).to_numpy(dtype=bool, na_value=False)
    name = short_regency(regency)[:24] if regency else ""
    in_province = bool(shapely.intersects_xy(province(), lon, lat))
    caption = _("Letak titik (lingkaran merah) di {province}.").format(
        province="Kalimantan Tengah" if in_province else _("wilayah sekitarnya")
    )
    return {
        "map": site_map.svg,
        "map-alt": _("Peta titik dengan kawasan hutan di sekitarnya; warna dan tandanya dijelaskan di legenda."),
        "inset": draw_locator_map(float(lon), float(lat), lonlat, lonlat[neighbours], name),
        "inset-words": caption,
        "legend-title": _("Legenda"),
        "legend": _legend(site_map, row, facts.is_parcel(findings.geometry.loc[site_id])),
        "map-notes": _map_notes(screening, site_map, shared.paper),
    }


def _legend(site_map: SiteMap, row: dict[str, Any], parcel: bool) -> list[list[str]]:
    entries = [[swatch(row["status"]), _("Lokasi: {status}").format(status=site_status(row, short=True))]]
    if parcel:
        entries.append([swatch("parcel"), _("Bidang, sudut bernomor seperti tabel")])
    if known(row.get("tolerance_m")):
        label = _("Pita ketelitian {m}").format(m=labels.distance(row["tolerance_m"]))
        entries.append([swatch("band"), label])
    if site_map.edge:
        entries.append([swatch("edge"), _("Batas kawasan hutan")])
    entries += [[swatch(key), function_label(key)] for key in site_map.functions]
    if site_map.gaps:
        entries.append([swatch("gap"), _("Tanpa poligon: belum diketahui")])
    if site_map.others:
        entries.append([swatch("other"), _("Titik lain dalam daftar")])
    return entries


def _map_notes(screening: Screening, site_map: SiteMap, paper: str) -> list[str]:
    notes = [
        _("Skala 1:{scale} bila dicetak 100 % pada {paper}. Utara sebenarnya di atas; kisi LS/BT, WGS 84.").format(
            scale=labels.number(site_map.scale, 0), paper=paper
        )
    ]
    if screening.forest is None:
        notes.append(_("Poligon kawasan hutan tidak tersimpan dalam hasil ini, jadi tidak digambar."))
    else:
        notes.append(_("Garis batas disederhanakan sampai 10 m untuk gambar; penilaian memakai batas asli."))
    sources = dict(source_facts(screening))
    layer, edition = (facts.clip(sources.get(k), 80) for k in (_("Kawasan hutan"), _("Edisi")))
    notes.append(_("Layer kawasan hutan: {layer}, edisi {edition}.").format(layer=layer, edition=edition))
    return notes


def _write_corners(shape: Any, corners: Corners, file: Path) -> None:
    """CSV of all corners: degrees, and metres with a decimal point."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        zones = [f"utm_{corners.utm}"] + ([f"tm3_{corners.tm3}"] if corners.tm3 else [])
        writer.writerow(["corner", "lon", "lat", *(f"{zone}_{axis}_m" for zone in zones for axis in ("east", "north"))])
        writer.writerows(corner_values(shape))
