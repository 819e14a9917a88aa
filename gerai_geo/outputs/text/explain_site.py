"""What maps and lists say of one site, in sentences; no law here."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from gerai_geo.core.geometry import positions
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.outputs.text.map_texts import boundary_words
from gerai_geo.outputs.text.values import known, text
from gerai_geo.records.models import Screening
from gerai_geo.reference.criteria import check_row, criterion_columns, criterion_sentence
from gerai_geo.reference.functions import function_label, shares_text
from gerai_geo.reference.overlays import overlay_kinds

_SCALES: Final = (100_000, 50_000, 25_000, 10_000, 5_000)
_LOOKED_FOR: Final = ("pippib", "pptpkh", "permit", "social_forestry", "customary_forest")


def compared(result: Screening, row: pd.Series) -> list[str]:
    """Say what was held against what: the site's own place and row, the layer with edition and scale, the day."""
    forest = result.manifest.get("forest") or {}
    place = positions(result.findings.loc[[str(row.name)]]).iloc[0]
    said = []
    if pd.notna(place["lon"]):
        what = _("Bidang") if known(row.get("area_m2")) else _("Titik")
        where = language.coordinates(float(place["lon"]), float(place["lat"]))
        size = _(", luas {area}").format(area=language.area(row["area_m2"])) if known(row.get("area_m2")) else ""
        said.append(_("{what} di {where}{size}.").format(what=what, where=where, size=size))
    if text(row.get("coordinates_as_given")):
        given = text(row["coordinates_as_given"])
        said.append(_("Koordinat dalam daftar: {given}.").format(given=given))
    if text(row.get("source")):
        line = "" if pd.isna(row.get("source_row")) else _(", baris {row}").format(row=int(row["source_row"]))
        said.append(_("Asal: {source}{line}.").format(source=text(row["source"]), line=line))
    scale = row.get("scale")
    said.append(
        _("Dibandingkan dengan layer kawasan hutan {source}, edisi {edition}, skala {scale}, pada {day}.").format(
            source=text(forest.get("source")) or _("tanpa nama"),
            edition=text(row.get("edition")) or text(forest.get("edition")) or _("tidak disebutkan"),
            scale=f"1:{language.number(scale, 0)}" if known(scale) else _("tidak disebutkan"),
            day=language.day(result.manifest.get("created")),
        )
    )
    return said


def functions(result: Screening, row: pd.Series) -> list[str]:
    """Ground by function with its decree; of a point the polygon it stands on."""
    said = []
    for o in result.overlaps[result.overlaps["site_id"] == str(row.name)].to_dict("records"):
        forest = _("status kawasannya tidak diketahui")
        if pd.notna(o["in_forest"]):
            forest = _("kawasan hutan") if o["in_forest"] else _("bukan kawasan hutan")
        decree = _("nomor SK tidak tertulis dalam layer")
        if named := text(o["decree"]):
            decree = named if named.casefold().startswith("sk") else f"SK {named}"
        name = function_label(o["function"])
        if known(o["overlap_m2"]):
            size = f"{language.area(o['overlap_m2'])} ({language.percent(o['share'], 1)})"
            said.append(
                _("{size} pada {name}, {forest}; {decree}.").format(size=size, name=name, forest=forest, decree=decree)
            )
        else:
            said.append(
                _("Titik berdiri pada {name}, {forest}; {decree}.").format(name=name, forest=forest, decree=decree)
            )
    if known(row.get("uncovered_m2")) and row["uncovered_m2"] > 0:
        size = language.area(row["uncovered_m2"])
        said.append(_("{size} tidak tercakup layer, jadi tidak diketahui.").format(size=size))
    if not said and row["status"] != "not_assessed":
        said.append(_("Tidak ada poligon di lokasi ini; layer dinyatakan lengkap untuk wilayah ini."))
    return said


def distance(result: Screening, row: pd.Series) -> list[str]:
    """Distance to the boundary and what the band around it means."""
    said = []
    if boundary := boundary_words(row.get("boundary_m")):
        said.append(_("Batas kawasan hutan terdekat: {boundary}.").format(boundary=boundary))
    elif row["status"] != "not_assessed":
        said.append(_("Batas kawasan hutan tidak ada di dekatnya dalam layer."))
    if row["status"] == "not_assessed":
        return said
    fixed = (result.manifest.get("tolerance") or {}).get("fixed")
    band = language.distance(row.get("tolerance_m"))
    if fixed:
        said.append(_("Pita ketelitian {band}, ditetapkan oleh pengguna.").format(band=band))
    else:
        said.append(
            _(
                "Pita ketelitian {band}: sembilan dari sepuluh kali, letak batas dan titik yang sebenarnya meleset "
                "kurang dari itu terhadap peta. Lebih dekat ke batas daripada pita itu, peta tidak dapat memastikan di "
                "sisi mana lokasi berada."
            ).format(band=band)
        )
    if known(row.get("p_forest")):
        p = language.probability(row["p_forest"])
        said.append(_("Peluang ada bagian lokasi di kawasan hutan: {p}.").format(p=p))
    if known(row.get("rim_m")) and row["rim_m"] < 10 * row["tolerance_m"]:
        rim = language.distance(row["rim_m"])
        said.append(_("Tepi cakupan layer {rim} dari lokasi; di seberangnya tidak diketahui.").format(rim=rim))
    return said


def editions(result: Screening, row: pd.Series) -> list[str]:
    """Say what other editions of the layer hold, oldest first."""
    said = []
    for name in result.manifest.get("editions") or {}:
        status = text(row.get(f"status_{name}"))
        if status is None:
            continue
        function = function_label(text(row.get(f"function_{name}")))
        boundary = boundary_words(row.get(f"boundary_{name}_m"))
        where = f"; {boundary}" if boundary else ""
        said.append(f"{name}: {language.status_label(status)}; {function}{where}.")
    return said


def layers(result: Screening, row: pd.Series) -> list[str]:
    """Further layers the site lies on, and those nobody looked at."""
    compared_kinds = {layer.kind for layer in result.extra}
    said = []
    overlays = row.get("overlays")
    if overlays is not None and pd.notna(overlays):
        names = ", ".join(layer.name + (f" ({layer.edition})" if layer.edition else "") for layer in result.extra)
        said.append(_("Layer tambahan yang dibandingkan: {names}.").format(names=names or "–"))
        if str(overlays):
            said.append(_("Lokasi berada pada: {overlays}.").format(overlays=shares_text(str(overlays))))
        else:
            said.append(_("Lokasi tidak tercatat pada satu pun; itu tidak berarti tanahnya bebas."))
    missing = [overlay_kinds()[k].title() for k in _LOOKED_FOR if k not in compared_kinds and k in overlay_kinds()]
    if missing:
        said.append(_("Belum dibandingkan: {names}.").format(names="; ".join(missing)))
    return said


def rasters(result: Screening, row: pd.Series) -> list[str]:
    """Say what rasters hold of the ground, raster by raster."""
    said = []
    for name, note in (result.manifest.get("rasters") or {}).items():
        values = []
        for column in note.get("columns", ()):
            value = row.get(column)
            if value is not None and not pd.isna(value):
                shown = language.number(float(value), 2) if isinstance(value, int | float) else str(value)
                values.append(f"{column} {shown}")
        source = text(note.get("source"))
        shown = "; ".join(values) or _("tidak ada data di sini")
        said.append(f"{name}{f' ({source})' if source else ''}: {shown}.")
    return said


def clear_ground(result: Screening, row: pd.Series) -> list[str]:
    """Nearest clear ground, where it was looked for."""
    if text(row.get("clear_note")):
        return [str(text(row["clear_note"]))]
    if not known(row.get("clear_m")):
        return []
    where = language.coordinates(float(row["clear_lon"]), float(row["clear_lat"]))
    return [
        _("Tanah terdekat di luar kawasan hutan: {distance} ke {bearing}, di {where}.").format(
            distance=language.distance(row["clear_m"]), bearing=text(row.get("clear_bearing")) or "–", where=where
        )
    ]


def criteria(result: Screening, row: pd.Series) -> list[str]:
    """Criteria of land of which something is known, each with its source; then the rest by name."""
    checked = check_row(row.to_dict(), criterion_columns(result.findings.columns))
    said = [criterion_sentence(c) for c in checked if c.value is not None]
    if missing := [c.criterion.shorts[current_language()] for c in checked if c.value is None]:
        said.append(_("Belum diketahui dari daftar maupun raster: {names}.").format(names=", ".join(missing)))
    return said


def problems(result: Screening, row: pd.Series) -> list[str]:
    """Problems of the data of the site."""
    about = result.issues[(result.issues["site_id"] == str(row.name)) & (result.issues["severity"] != "info")]
    texts = [" ".join(t for t in (text(i.message), text(i.suggestion)) if t) for i in about.itertuples()]
    return list(dict.fromkeys(texts))


def changes(result: Screening, row: pd.Series, building: str | None) -> list[str]:
    """Say what would change the answer: data, a finer map, further layers, words of the list."""
    status, said = str(row["status"]), []
    if status == "not_assessed":
        if row.get("reason_code") in ("no_coordinates", "bad_coordinates", "bad_geometry"):
            said.append(_("Koordinat atau bentuk bidang yang dapat dipakai."))
        else:
            said.append(_("Layer kawasan hutan yang memuat keterangan fungsi di lokasi ini."))
        return said
    if words.at_rim(row.to_dict()):
        said.append(_("Layer kawasan hutan yang juga memuat tanah di seberang tepi cakupan ini."))
    elif status == "near_boundary":
        said.append(_("Telaah atau pengukuran batas oleh BPKH di lokasi ini."))
        if scale := _scale_enough(row):
            said.append(
                _(
                    "Layer batas pada skala {scale} atau lebih rinci: pitanya akan lebih sempit daripada jarak ini."
                ).format(scale=f"1:{language.number(scale, 0)}")
            )
        said.append(_("Menggeser bidang menjauhi batas sampai di luar pita ketelitian."))
    if status in ("inside", "partly_inside"):
        said.append(
            _("Keputusan yang mengubah batas atau fungsi sesudah edisi layer ini; tanyakan edisi terbaru ke BPKH.")
        )
    if status == "partly_inside":
        said.append(_("Menggeser atau memotong bidang sehingga seluruhnya di luar kawasan hutan."))
    if status == "outside":
        said.append(_("Edisi layer yang lebih baru, bila batasnya berubah di sini."))
    if not known(row.get("area_m2")):
        said.append(
            _("Poligon bidangnya: yang dinilai di sini hanya satu titik, sedangkan bidangnya dapat melewati batas.")
        )
    if status in ("inside", "partly_inside", "near_boundary") and building is None:
        hint = _("Keterangan apakah bangunannya baru atau sudah ada (kolom building: new atau existing).")
        said.append(hint)
    if not result.extra and status != "outside":
        said.append(_("Layer tambahan yang belum dibandingkan (lihat Layer lain)."))
    return said


def _scale_enough(row: pd.Series) -> int | None:
    """Coarsest usual scale whose band would be narrower than the distance to the boundary; None where there is none."""
    edge = row.get("boundary_m")
    if not known(edge) or not known(row.get("scale")) or abs(float(edge)) <= 0:
        return None
    accuracy = row.get("accuracy_m")
    site = float(accuracy) if known(accuracy) else 10.0
    return next(
        (s for s in _SCALES if s < row["scale"] and math.hypot(0.0005 * s, site) < abs(float(edge))),
        None,
    )
