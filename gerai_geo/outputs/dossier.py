"""Dossiers: two A4 pages a site to go with a request for telaah, and the flagged list of each regency, as PDF."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from gerai_geo.errors import InputError
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.outputs.dossier_pages import facts
from gerai_geo.outputs.dossier_pages import site_map as plate
from gerai_geo.outputs.dossier_pages.corner_table import Corners, plain_rows, site_corners
from gerai_geo.outputs.dossier_pages.flagged_list import list_data
from gerai_geo.outputs.dossier_pages.locator_map import draw_inset, in_frame, province, swatch
from gerai_geo.outputs.dossier_pages.map_frame import Floats
from gerai_geo.outputs.dossier_pages.route_sections import basis_part, ground_rows, route_part
from gerai_geo.outputs.dossier_pages.typst_pdf import typeset
from gerai_geo.outputs.map_page import symbols
from gerai_geo.outputs.map_page.generalise import positions
from gerai_geo.outputs.text import file_names as names
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.outputs.text import values as cells
from gerai_geo.outputs.text.issue_sentences import first_issue_sentences
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.outputs.workbook.columns import most_serious_first
from gerai_geo.records import reasons
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.records.store import replacing
from gerai_geo.reference.criteria import criterion_columns
from gerai_geo.reference.functions import forest_functions

_ON_FIRST_PAGE: Final = 2


@localised
def write_dossiers(
    screening: Screening,
    folder: str | Path,
    sites: Iterable[str] | None = None,
    *,
    regency: str | None = None,
    lang: str | None = None,
) -> list[Path]:
    """
    Write a PDF of two A4 pages for each site, and a PDF list of the flagged sites of each regency.

    Parameters
    ----------
    screening
        The record of a screening.
    folder
        Where to; made if it isn't there. What we wrote there earlier and the user didn't change is replaced, other
        dossiers of ours stay.
    sites
        Ids of the sites; by default all flagged ones. Lists are written only where no sites are named.
    regency
        Only this regency: its name in any form or its Kemendagri code.
    lang
        ``id`` or ``en``.

    Returns
    -------
    files
        ``<regency>/<site>.pdf``, a ``.csv`` of all corners beside those with more than fit into the PDF, and
        ``<regency>/daftar.pdf``.

    Raises
    ------
    InputError
        If a site or the regency isn't in the screening.
    OutputError
        If the folder can't be written.
    """
    folder, screening = Path(folder), localised_screening(screening)
    chosen = _chosen(screening, sites, regency)
    files = _file_names(chosen)
    shared = _share(screening)
    written: list[Path] = []
    with replacing(folder, update=True) as new:
        for row_id, name in files.items():
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            data, corners = _site_data(shared, row_id, target.with_suffix(".csv").name)
            target.write_bytes(typeset("dossier.typ", data))
            written.append(folder / name)
            if corners is not None and len(corners.rows) > facts.MOST_CORNERS:
                _write_corners(screening.findings.geometry.loc[row_id], corners, target.with_suffix(".csv"))
                written.append((folder / name).with_suffix(".csv"))
        if sites is None:
            for slug, group in chosen.groupby(chosen["regency"].map(lambda r: names.slug(r), na_action=None)):
                name = f"{slug}/{'daftar' if current_language() == 'id' else 'list'}.pdf"
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                (new / name).write_bytes(typeset("flagged.typ", list_data(screening, group, shared.routes)))
                written.append(folder / name)
    return written


@localised
def dossier_pdf(screening: Screening, site_id: str, *, lang: str | None = None) -> bytes:
    """
    Set the dossier of one site, as the bytes of a PDF.

    Raises
    ------
    InputError
        If the site isn't in the screening.
    """
    screening = localised_screening(screening)
    _chosen(screening, [site_id], None)
    return typeset("dossier.typ", _site_data(_share(screening), site_id, "")[0])


@dataclass(frozen=True)
class _Shared:
    """What all dossiers of one record take from it."""

    screening: Screening
    routes: ScreeningRoutes
    places: Floats
    dates: dict[str, str]
    columns: Mapping[str, list[str]]


def _share(screening: Screening) -> _Shared:
    dates: dict[str, str] = {}
    if screening.forest is not None:
        pairs = screening.forest[["decree", "decree_date"]].dropna().drop_duplicates("decree")
        dates = dict(zip(pairs["decree"], pairs["decree_date"], strict=True))
    return _Shared(screening, ScreeningRoutes(screening), positions(screening.findings.geometry), dates,
                   criterion_columns(screening.findings.columns))  # fmt: skip


def _chosen(screening: Screening, sites: Iterable[str] | None, regency: str | None) -> pd.DataFrame:
    """Find what to write, in the order a meeting goes through them."""
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
        same = names.of_regency(findings, regency)
        if not same.any():
            raise InputError(
                _("{regency!r}: tidak ada titik di kabupaten/kota ini. Yang ada: {known}.").format(
                    regency=regency, known=", ".join(sorted(findings["regency"].dropna().unique())) or "–"
                )
            )
        chosen = chosen[same.loc[chosen.index]]
    ordered: pd.DataFrame = chosen.loc[most_serious_first(chosen)] if sites is None else chosen
    return ordered


def _file_names(chosen: pd.DataFrame) -> dict[Any, str]:
    """Path of each site's PDF below the folder; none meet on a disk that takes upper and lower case as one."""
    found: dict[Any, str] = {}
    taken: set[str] = set()
    for site_id, regency in zip(chosen.index, chosen["regency"], strict=True):
        folder = names.slug(regency)
        name = f"{folder}/{names.site_slug(str(site_id))}.pdf"
        if name.lower() in taken or name == f"{folder}/daftar.pdf" or name == f"{folder}/list.pdf":
            name = f"{folder}/{names.site_slug(str(site_id), checked=True)}.pdf"
        taken.add(name.lower())
        found[site_id] = name
    return found


def _site_data(shared: _Shared, site_id: Any, corner_file: str) -> tuple[dict[str, Any], Corners | None]:
    """All that the two pages of one site show."""
    screening, routes = shared.screening, shared.routes
    findings = screening.findings
    shape = findings.geometry.loc[site_id]
    here = findings.loc[[site_id]]
    row = {"site_id": site_id, **here.drop(columns=here.geometry.name).iloc[0].to_dict()}
    placed = shape is not None and not shape.is_empty
    corners = site_corners(shape) if placed else None
    reason = str(reasons.reason_sentences(here).iloc[0])
    parts = [facts.certainty_part(row, reason), route_part(routes, row),
             *_parts(shared, row, corners, corner_file)]  # fmt: skip
    for number, part in enumerate(parts, 1):
        part["title"] = f"{number}. {part['title']}"
    title = facts.clip(row.get("name") if cells.text(row.get("name")) else site_id, 90)
    data: dict[str, Any] = {
        **frame_data(screening, title),
        "kind": _("Lampiran permohonan telaah status kawasan hutan"),
        "letter": [_("Nomor surat: {line}").format(line="." * 36), _("Tanggal: {line}").format(line="." * 36)],
        "name": title,
        "id-words": facts.clip(" · ".join(filter(None, map(cells.text, (site_id, row.get("village"))))), 80),
        "running": facts.clip(site_id, 60),
        "identity": facts.identity(row, corners),
        "symbol": _svg(f'<g>{symbols.status_drawing(row["status"])}</g>'),
        "status": words.site_status(row),
        "indication": facts.indication(row),
        "no-map": _("Titik ini tidak punya koordinat, jadi tidak ada peta. Isi koordinatnya, lalu tapis lagi."),
        "first": parts[:_ON_FIRST_PAGE],
        "parts": parts[_ON_FIRST_PAGE:],
    }  # fmt: skip
    if placed and _astray(shared, site_id, row):
        fault = first_issue_sentences(screening, here).iloc[0]
        said = _("Koordinat {place} tidak mungkin letak lahan ini, jadi tidak ada peta.").format(
            place=facts.clip(row["coordinates_as_given"] if cells.text(row.get("coordinates_as_given")) else "–", 80)
        )
        data |= {"map": "", "no-map": " ".join(filter(None, (said, cells.text(fault))))}
    else:
        data |= _map_data(shared, site_id, row) if placed else {"map": ""}
    return data, corners


def _astray(shared: _Shared, site_id: Any, row: dict[str, Any]) -> bool:
    """Whether a site lies where it can't be, and no layer holds that ground: a map of it would be grey."""
    if (row["action"], row.get("reason_code")) != ("fix_data", "not_covered"):
        return False
    issues = shared.screening.issues
    abroad = bool((issues["site_id"].eq(site_id) & issues["code"].eq("outside_indonesia")).any())
    lon, lat = shared.places[shared.screening.findings.index.get_loc(site_id)]
    return abroad or (str(row.get("regency_code") or "").startswith("62") and not in_frame(lon, lat))


def _parts(shared: _Shared, row: dict[str, Any], corners: Corners | None, corner_file: str) -> list[facts.Part]:
    """Sections of the second page."""
    screening, routes = shared.screening, shared.routes
    site_id = row["site_id"]
    accuracy = float(row["accuracy_m"]) if cells.known(row.get("accuracy_m")) else float("nan")
    parts: list[facts.Part] = [facts.corner_part(corners, corner_file, accuracy)] if corners else [
        {"kind": "text", "title": _("Koordinat"), "rows": [_("Belum ada koordinat yang dapat dipakai.")]}
    ]  # fmt: skip
    overlaps = screening.overlaps[screening.overlaps["site_id"] == site_id]
    if overlaps.empty and cells.text(row.get("function")):
        known = forest_functions()[str(row["function"])]
        overlaps = pd.DataFrame([{"function": known.key, "in_forest": known.in_forest, "decree": row.get("decree"),
                                  "overlap_m2": None, "share": None}])  # fmt: skip
    parts.append(facts.area_part(row, overlaps, shared.dates))
    basis = basis_part(routes, row)
    parts += [basis] if basis else []
    more = ground_rows(screening, screening.findings.loc[site_id])
    more += facts.issue_rows(screening.issues[screening.issues["site_id"] == site_id])
    if more:
        parts.append({"kind": "pairs", "title": _("Keterangan lain"), "rows": more})
    parts += [facts.criteria_part(row, shared.columns), facts.checklist_part(row)]
    return [*parts, facts.signature_part(), facts.source_part(screening, row)]


def _map_data(shared: _Shared, site_id: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Map with its legend, its inset and what must be known of the drawing."""
    screening, places = shared.screening, shared.places
    findings = screening.findings
    others = np.asarray(findings.index != site_id)
    lon, lat = places[~others][0]
    drawn = plate.draw_plate(
        findings.geometry.loc[site_id],
        row["status"],
        screening.forest,
        places[others & np.isfinite(places).all(axis=1)],
        tolerance_m=float(row["tolerance_m"]) if cells.known(row.get("tolerance_m")) else 0.0,
        boundary_m=float(row["boundary_m"]) if cells.known(row.get("boundary_m")) else float("nan"),
    )
    regency = cells.text(row.get("regency"))
    together = (findings["regency"] == row.get("regency")).to_numpy(dtype=bool, na_value=False)
    name = words.short_regency(regency)[:24] if regency else ""
    here = bool(shapely.intersects_xy(province(), lon, lat))
    where = _("Letak titik (lingkaran merah) di {province}.").format(
        province="Kalimantan Tengah" if here else _("wilayah sekitarnya")
    )
    return {
        "map": drawn.svg,
        "inset": draw_inset(float(lon), float(lat), places, places[together], name),
        "inset-words": where,
        "legend-title": _("Legenda"),
        "legend": _legend(drawn, row, facts.is_parcel(findings.geometry.loc[site_id])),
        "map-notes": _map_notes(screening, drawn),
    }


def _legend(drawn: plate.Plate, row: dict[str, Any], parcel: bool) -> list[list[str]]:
    entries = [[swatch(row["status"]), _("Lokasi: {status}").format(status=words.site_status(row, short=True))]]
    if parcel:
        entries.append([swatch("parcel"), _("Bidang, sudut bernomor seperti tabel")])
    if cells.known(row.get("tolerance_m")):
        text = _("Pita toleransi {m}").format(m=language.distance(row["tolerance_m"]))
        entries.append([swatch("band"), text])
    if drawn.edge:
        entries.append([swatch("edge"), _("Batas kawasan hutan")])
    entries += [[swatch(key), words.function_label(key)] for key in drawn.functions]
    if drawn.gaps:
        entries.append([swatch("gap"), _("Tanpa poligon: belum diketahui")])
    if drawn.others:
        entries.append([swatch("other"), _("Titik lain dalam daftar")])
    return entries


def _map_notes(screening: Screening, drawn: plate.Plate) -> list[str]:
    notes = [
        _("Skala 1:{scale} bila dicetak 100 % pada A4. Utara sebenarnya di atas; kisi LS/BT, WGS 84.").format(
            scale=language.number(drawn.scale, 0)
        )
    ]
    if screening.forest is None:
        notes.append(_("Poligon kawasan hutan tidak tersimpan dalam hasil ini, jadi tidak digambar."))
    else:
        notes.append(_("Garis batas disederhanakan sampai 10 m untuk gambar; penilaian memakai batas asli."))
    facts_ = dict(words.source_facts(screening))
    layer = ", ".join(facts.clip(facts_[k], 80) for k in (_("Kawasan hutan"), _("Edisi")) if k in facts_)
    notes.append(_("Layer kawasan hutan: {layer}.").format(layer=layer))
    return notes


def frame_data(screening: Screening, title: str) -> dict[str, Any]:
    """Give what every PDF carries: language, title, the foot of each page."""
    return {
        "lang": current_language(),
        "title": title,
        "author": "gerai-geo",
        "synthetic": language.synthetic_note() if screening.manifest.get("synthetic") else "",
        "disclaimer": language.disclaimer(),
        "page": _("halaman {x} dari {y}"),
    }


def _svg(body: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm" viewBox="-12 -12 24 24">{body}</svg>'


def _write_corners(shape: Any, corners: Corners, file: Path) -> None:
    """All corners for a program: degrees, and metres with a decimal point."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        zones = [f"utm_{corners.utm}"] + ([f"tm3_{corners.tm3}"] if corners.tm3 else [])
        writer.writerow(["corner", "lon", "lat", *(f"{zone}_{way}_m" for zone in zones for way in ("east", "north"))])
        writer.writerows(plain_rows(shape))
