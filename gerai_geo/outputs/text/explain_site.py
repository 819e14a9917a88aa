"""Finding of one site in sentences: comparison, ground, distance, overlay layers, rasters, criteria; no law."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from gerai_geo.core.geometry import positions
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text.issue_sentences import issue_texts
from gerai_geo.outputs.text.map_texts import at_rim, boundary_text
from gerai_geo.outputs.text.values import known, text
from gerai_geo.records.models import Screening
from gerai_geo.reference.criteria import check_row, criterion_columns, criterion_sentence
from gerai_geo.reference.functions import function_label, shares_text
from gerai_geo.reference.overlays import overlay_kinds

_SCALES: Final = (100_000, 50_000, 25_000, 10_000, 5_000)
_LOOKED_FOR: Final = ("pippib", "pptpkh", "permit", "social_forestry", "customary_forest")


def compared(result: Screening, row: pd.Series) -> list[str]:
    """Site with its position and source, and the layer it was compared with."""
    forest = result.manifest.get("forest") or {}
    place = positions(result.findings.loc[[str(row.name)]]).iloc[0]
    sentences = []
    if pd.notna(place["lon"]):
        what = _("Bidang") if known(row.get("area_m2")) else _("Titik")
        where = labels.coordinates(float(place["lon"]), float(place["lat"]))
        size = _(", luas {area}").format(area=labels.area(row["area_m2"])) if known(row.get("area_m2")) else ""
        sentences.append(_("{what} di {where}{size}.").format(what=what, where=where, size=size))
    if text(row.get("coordinates_as_given")):
        given = text(row["coordinates_as_given"])
        sentences.append(_("Koordinat dalam daftar: {given}.").format(given=given))
    if text(row.get("source")):
        line = "" if pd.isna(row.get("source_row")) else _(", baris {row}").format(row=int(row["source_row"]))
        sentences.append(_("Asal: {source}{line}.").format(source=text(row["source"]), line=line))
    scale = row.get("scale")
    sentences.append(
        _("Dibandingkan dengan layer kawasan hutan {source}, edisi {edition}, skala {scale}, pada {day}.").format(
            source=text(forest.get("source")) or _("tanpa nama"),
            edition=text(row.get("edition")) or text(forest.get("edition")) or _("tidak disebutkan"),
            scale=f"1:{labels.number(scale, 0)}" if known(scale) else _("tidak disebutkan"),
            day=labels.day(result.manifest.get("created")),
        )
    )
    return sentences


def functions(result: Screening, row: pd.Series) -> list[str]:
    """Area by forest function with its decree; for a point the polygon it lies in."""
    sentences = []
    for o in result.overlaps[result.overlaps["site_id"] == str(row.name)].to_dict("records"):
        forest = _("status kawasannya tidak diketahui")
        if pd.notna(o["in_forest"]):
            forest = _("kawasan hutan") if o["in_forest"] else _("bukan kawasan hutan")
        decree = _("nomor SK tidak tertulis dalam layer")
        if named := text(o["decree"]):
            decree = named if named.casefold().startswith("sk") else f"SK {named}"
        name = function_label(o["function"])
        if known(o["overlap_m2"]):
            size = f"{labels.area(o['overlap_m2'])} ({labels.percent(o['share'], 1)})"
            line = _("{size} pada {name}, {forest}; {decree}.").format(
                size=size, name=name, forest=forest, decree=decree
            )
        else:
            line = _("Titik berdiri pada {name}, {forest}; {decree}.").format(name=name, forest=forest, decree=decree)
        sentences.append(line)
    if known(row.get("uncovered_m2")) and row["uncovered_m2"] > 0:
        size = labels.area(row["uncovered_m2"])
        sentences.append(_("{size} tidak tercakup layer, jadi tidak diketahui.").format(size=size))
    if not sentences and row["status"] != "not_assessed":
        sentences.append(_("Tidak ada poligon di lokasi ini; layer dinyatakan lengkap untuk wilayah ini."))
    return sentences


def distance(result: Screening, row: pd.Series) -> list[str]:
    """Distance to the nearest boundary, width of the tolerance band, probability of forest."""
    sentences = []
    if boundary := boundary_text(row.get("boundary_m")):
        sentences.append(_("Batas kawasan hutan terdekat: {boundary}.").format(boundary=boundary))
    elif row["status"] != "not_assessed":
        sentences.append(_("Batas kawasan hutan tidak ada di dekatnya dalam layer."))
    if row["status"] == "not_assessed":
        return sentences
    fixed = (result.manifest.get("tolerance") or {}).get("fixed")
    band = labels.distance(row.get("tolerance_m"))
    if fixed:
        sentences.append(_("Pita ketelitian {band}, ditetapkan oleh pengguna.").format(band=band))
    else:
        sentences.append(
            _(
                "Pita ketelitian {band}: sembilan dari sepuluh kali, letak batas dan titik yang sebenarnya meleset "
                "kurang dari itu terhadap peta. Lebih dekat ke batas daripada pita itu, peta tidak dapat memastikan di "
                "sisi mana lokasi berada."
            ).format(band=band)
        )
    if known(row.get("p_forest")):
        p = labels.probability(row["p_forest"])
        sentences.append(_("Peluang ada bagian lokasi di kawasan hutan: {p}.").format(p=p))
        if row["status"] == "near_boundary":
            sentences.append(
                _(
                    "Peluang itu menganggap layer memenuhi ketelitian skalanya; bila layernya bergeser lebih jauh, "
                    "lokasi di sepanjang batas yang sama keliru bersama-sama."
                )
            )
    if known(row.get("rim_m")) and row["rim_m"] < 10 * row["tolerance_m"]:
        rim = labels.distance(row["rim_m"])
        sentences.append(_("Tepi cakupan layer {rim} dari lokasi; di seberangnya tidak diketahui.").format(rim=rim))
    return sentences


def editions(result: Screening, row: pd.Series) -> list[str]:
    """Status, function and distance in other editions of the layer, oldest first."""
    sentences = []
    for name in result.manifest.get("editions") or {}:
        status = text(row.get(f"status_{name}"))
        if status is None:
            continue
        function = function_label(text(row.get(f"function_{name}")))
        boundary = boundary_text(row.get(f"boundary_{name}_m"))
        where = f"; {boundary}" if boundary else ""
        sentences.append(f"{name}: {labels.status_label(status)}; {function}{where}.")
    return sentences


def layers(result: Screening, row: pd.Series) -> list[str]:
    """Overlay layers the site lies on, and kinds of layers that were not compared."""
    compared_kinds = {layer.kind for layer in result.extra}
    sentences = []
    overlays = row.get("overlays")
    if overlays is not None and pd.notna(overlays):
        names = ", ".join(layer.name + (f" ({layer.edition})" if layer.edition else "") for layer in result.extra)
        sentences.append(_("Layer tambahan yang dibandingkan: {names}.").format(names=names or "–"))
        if str(overlays):
            sentences.append(_("Lokasi berada pada: {overlays}.").format(overlays=shares_text(str(overlays))))
        else:
            sentences.append(_("Lokasi tidak tercatat pada satu pun; itu tidak berarti tanahnya bebas."))
    missing = [overlay_kinds()[k].title() for k in _LOOKED_FOR if k not in compared_kinds and k in overlay_kinds()]
    if missing:
        sentences.append(_("Belum dibandingkan: {names}.").format(names="; ".join(missing)))
    return sentences


def rasters(result: Screening, row: pd.Series) -> list[str]:
    """Values of each raster at the site."""
    sentences = []
    for name, note in (result.manifest.get("rasters") or {}).items():
        values = []
        for column in note.get("columns", ()):
            value = row.get(column)
            if value is not None and not pd.isna(value):
                shown = labels.number(float(value), 2) if isinstance(value, int | float) else str(value)
                values.append(f"{column} {shown}")
        source = text(note.get("source"))
        shown = "; ".join(values) or _("tidak ada data di sini")
        sentences.append(f"{name}{f' ({source})' if source else ''}: {shown}.")
    return sentences


def clear_ground(result: Screening, row: pd.Series) -> list[str]:
    """Nearest ground outside the forest area, where it was searched for."""
    if text(row.get("clear_note")):
        return [str(text(row["clear_note"]))]
    if not known(row.get("clear_m")):
        return []
    where = labels.coordinates(float(row["clear_lon"]), float(row["clear_lat"]))
    return [
        _("Lahan bebas terdekat: {distance} ke {bearing}, di {where}.").format(
            distance=labels.distance(row["clear_m"]), bearing=text(row.get("clear_bearing")) or "–", where=where
        )
    ]


def criteria(result: Screening, row: pd.Series) -> list[str]:
    """Land criteria that were evaluated, each with its source; then the names of the others."""
    checked = check_row(row.to_dict(), criterion_columns(result.findings.columns))
    sentences = [criterion_sentence(c) for c in checked if c.value is not None]
    if missing := [c.criterion.shorts[current_language()] for c in checked if c.value is None]:
        sentences.append(_("Belum diketahui dari daftar maupun raster: {names}.").format(names=", ".join(missing)))
    return sentences


def issues(result: Screening, row: pd.Series) -> list[str]:
    """Errors and warnings about the data of the site."""
    return issue_texts(result.issues[result.issues["site_id"] == str(row.name)])


def changes(result: Screening, row: pd.Series, building: str | None) -> list[str]:
    """List what would change the finding: coordinates, a finer map, overlay layers, columns of the list."""
    status, sentences = str(row["status"]), []
    if status == "not_assessed":
        if row.get("reason_code") in ("no_coordinates", "bad_coordinates", "bad_geometry"):
            sentences.append(_("Koordinat atau bentuk bidang yang dapat dipakai."))
        else:
            sentences.append(_("Layer kawasan hutan yang memuat keterangan fungsi di lokasi ini."))
        return sentences
    if at_rim(row.to_dict()):
        sentences.append(_("Layer kawasan hutan yang juga memuat tanah di seberang tepi cakupan ini."))
    elif status == "near_boundary":
        sentences.append(_("Telaah atau pengukuran batas oleh BPKH di lokasi ini."))
        if scale := _scale_enough(row):
            sentences.append(
                _(
                    "Layer batas pada skala {scale} atau lebih rinci: pitanya akan lebih sempit daripada jarak ini."
                ).format(scale=f"1:{labels.number(scale, 0)}")
            )
        sentences.append(_("Menggeser bidang menjauhi batas sampai di luar pita ketelitian."))
    if status in ("inside", "partly_inside"):
        sentences.append(
            _("Keputusan yang mengubah batas atau fungsi sesudah edisi layer ini; tanyakan edisi terbaru ke BPKH.")
        )
    if status == "partly_inside":
        sentences.append(_("Menggeser atau memotong bidang sehingga seluruhnya di luar kawasan hutan."))
    if status == "outside":
        sentences.append(_("Edisi layer yang lebih baru, bila batasnya berubah di sini."))
    if not known(row.get("area_m2")):
        sentences.append(
            _("Poligon bidangnya: yang dinilai di sini hanya satu titik, sedangkan bidangnya dapat melewati batas.")
        )
    if status in ("inside", "partly_inside", "near_boundary") and building is None:
        hint = _("Keterangan apakah bangunannya baru atau sudah ada (kolom building: new atau existing).")
        sentences.append(hint)
    if not result.extra and status != "outside":
        sentences.append(_("Layer tambahan yang belum dibandingkan (lihat Layer lain)."))
    return sentences


def _scale_enough(row: pd.Series) -> int | None:
    """Coarsest common scale whose tolerance band is narrower than the distance to the boundary."""
    boundary_m, accuracy_m = row.get("boundary_m"), row.get("accuracy_m")
    if not known(boundary_m) or not known(row.get("scale")):
        return None
    site_m = float(accuracy_m) if known(accuracy_m) else 10.0
    enough = (s for s in _SCALES if s < row["scale"] and math.hypot(0.0005 * s, site_m) < abs(float(boundary_m)))
    return next(enough, None)
