"""Maps and index page of a saved result against its findings: which sites, their numbers and statuses, the counts."""

from __future__ import annotations

import json
import re
import zlib
from typing import Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _, in_every_language, use_language
from gerai_geo.outputs.index_page.index_page import number_columns, numbers
from gerai_geo.outputs.map_page.meeting_context import Meeting
from gerai_geo.outputs.map_page.packing import unpack_columns
from gerai_geo.outputs.maps import regency_groups
from gerai_geo.workflow.verify.files import damage
from gerai_geo.workflow.verify.report import Check, SavedResult, some

INDEX: Final = "index.html"
_FOLDER: Final = "maps/"
_DATA: Final = re.compile(r'<script type="application/json" id="gerai-data">(.*?)</script>', re.DOTALL)
_PACKED: Final = re.compile(r'<script type="text/plain" id="gerai-sites">([^<]+)</script>')
_TABLE: Final = re.compile(r'<table class="numbers">(.*?)</table>', re.DOTALL)
_ROW: Final = re.compile(r'<tr>\s*<th scope="row"><a href="maps/([^"]+)">.*?</tr>', re.DOTALL)
_FOOT: Final = re.compile(r"<tfoot>(.*?)</tfoot>", re.DOTALL)
_CELL: Final = re.compile(r'<td class="right (\w+)[^"]*"[^>]*>([^<]*)')
_COUNTED: Final = ("sites", "recorded", "flagged", "forest", "verify", "unknown", "clear", "papers")
_DIFFERENT: Final = "\x00"

Sites = dict[str, tuple[int | None, str]]
"""Number and status of sites by their ids."""


def check_maps(result: SavedResult) -> list[Check]:
    """Rows on the maps: one for all that show the findings, one for each other."""
    groups = _groups(result)
    if groups is None:
        return []
    here = [
        name
        for name in result.named("same", "changed", "unrecorded")
        if name.startswith(_FOLDER) and name.endswith(".html")
    ]
    checks, right, sites = [], 0, 0
    where = {site: file for file, group in groups.items() for site in group}
    for name in here:
        state, file = result.files[name], name.removeprefix(_FOLDER)
        found = _sites_of_map(result, name)
        expected = groups.get(file)
        if state == "unrecorded" and expected is None:
            continue  # may be a file of somebody's own
        if state != "same" and (why := damage(result.folder / name)):
            text = _("Rusak ({why}). Buat lagi dengan: gerai-geo map {folder}")
            checks.append(Check("maps", "mismatch", text.format(why=why, folder=result.folder), name, "damage"))
        elif found is None:
            text = _("Tidak berisi data peta gerai-geo.")
            checks.append(Check("maps", "mismatch", text, name, "people"))
        elif expected is None or found != expected:
            checks.append(_other_map(name, found, expected or {}, where))
        elif state == "changed":
            text = _("Diubah sejak ditulis, walaupun titiknya masih sama dengan temuan.")
            checks.append(Check("maps", "mismatch", text, name, "people"))
        else:
            right, sites = right + 1, sites + len(found)
    if right:
        text = _("{maps} peta menampilkan {sites} titik dengan ID, nomor, dan status seperti di temuan.")
        text = text.format(maps=number(right, 0), sites=number(sites, 0))
        checks.insert(0, Check("maps", "same", text))
    drawn = {name.removeprefix(_FOLDER) for name in result.files if name.startswith(_FOLDER)}
    if drawn and (missing := [file for file in groups if file not in drawn]):
        text = _("Tidak ada peta untuk titik-titik ini: {files}.").format(files=some(missing))
        checks.append(Check("maps", "mismatch", text, cause="people"))
    return checks


def _groups(result: SavedResult) -> dict[str, Sites] | None:
    """Group the sites that each map should show by its file name, in the language of the result."""
    if not isinstance(result.shown, GeoDataFrame) or "regency" not in result.shown:
        return None
    with use_language(_language(result)):
        groups = regency_groups(result.shown)
    return {file: _sites(group) for file, group in groups.items()}


def _language(result: SavedResult) -> str:
    """Language of the pages: that of the result, unless their names are of the other one."""
    lang = str(result.manifest.get("lang") or "id")
    unknown = dict(zip(("id", "en"), in_every_language(lambda: next(iter(_unknown_files()))), strict=True))
    other = "en" if lang == "id" else "id"
    there = {name.removeprefix(_FOLDER) for name in result.files if name.startswith(_FOLDER)}
    return other if unknown[other] in there and unknown[lang] not in there else lang


def _unknown_files() -> list[str]:
    from gerai_geo.outputs.text.file_names import map_filename

    return [map_filename(None)]


def _sites(table: pd.DataFrame) -> Sites:
    rows = zip(table.index.astype("str"), table["number"].tolist(), table["status"].tolist(), strict=True)
    return {site: (None if pd.isna(n) else int(n), str(status)) for site, n, status in rows}


def _sites_of_map(result: SavedResult, name: str) -> Sites | None:
    """Sites that a map shows; None where it is none of our maps."""
    text = (result.folder / name).read_text(encoding="utf-8", errors="replace")
    try:
        if packed := _PACKED.search(text):
            columns = unpack_columns(packed[1], ("id", "no", "status"))
            rows = zip(columns["id"], columns["no"], columns["status"], strict=True)
        else:
            found = _DATA.search(text)
            if found is None:
                return None
            sites = json.loads(found[1])["sites"]
            return {str(s["id"]): (s.get("no"), s["status"]) for s in sites}
        return {str(site): (n, status) for site, n, status in rows}
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, zlib.error):
        return None


def _other_map(name: str, found: Sites, expected: Sites, where: dict[str, str]) -> Check:
    """Row on a map whose sites are not those of its name."""
    files = {where.get(site) for site in found}
    if found and None not in files and files.isdisjoint({name.removeprefix(_FOLDER)}):
        text = _("Peta lain dengan nama ini: isinya titik-titik {file}. Tertukar.")
        return Check("maps", "mismatch", text.format(file=some(sorted(map(str, files)))), name, "another")
    strange = [site for site in found if site not in where]
    if strange or set(found) != set(expected):
        sites = strange or sorted(set(found) ^ set(expected))
        text = _("Peta dari hasil lain: titiknya bukan titik temuan ini ({sites}).")
        return Check("maps", "mismatch", text.format(sites=some(sites)), name, "another")
    site = next(site for site in found if found[site] != expected[site])
    text = _("Peta dari hasil lain, atau diubah: {site} bernomor {no} dan berstatus {status}, di temuan {number} dan "
             "{expected}.")  # fmt: skip
    no, status = found[site]
    text = text.format(site=site, no=no, status=status, number=expected[site][0], expected=expected[site][1])
    return Check("maps", "mismatch", text, name, "another")


def check_index(result: SavedResult) -> list[Check]:
    """Row on the numbers of the index page, by regency and in all."""
    state = result.files.get(INDEX)
    if state in (None, "missing") or not isinstance(result.shown, GeoDataFrame) or "regency" not in result.shown:
        return []
    file = result.folder / INDEX
    if state != "same" and (why := damage(file)):
        text = _("Rusak ({why}). Buat lagi dengan: gerai-geo map {folder}")
        return [Check("index", "mismatch", text.format(why=why, folder=result.folder), INDEX, "damage")]
    table = _TABLE.search(file.read_text(encoding="utf-8", errors="replace"))
    if table is None:
        return [Check("index", "mismatch", _("Tidak berisi tabel gerai-geo."), INDEX, "people")]
    with use_language(_language(result)):
        groups = regency_groups(result.shown)
        expected = {name: _expected(group) for name, group in groups.items()}
        if len(groups) > 1:
            expected[_DIFFERENT] = _expected(result.shown)
    found = {row[1]: _cells(row[0]) for row in _ROW.finditer(table[1])}
    if foot := _FOOT.search(table[1]):
        found[_DIFFERENT] = _cells(foot[1])
    wrong = [
        (name, key, found[name].get(key, ""), count)
        for name, counts in expected.items() if name in found
        for key, count in counts.items() if found[name].get(key, "") != count
    ]  # fmt: skip
    strange = sorted(set(found) ^ set(expected))
    if strange or wrong:
        text = _("Halaman dari hasil lain, atau diubah: {what}.")
        if strange:
            what = some(_("jumlah seluruhnya") if name == _DIFFERENT else name for name in strange)
        else:
            name, key, seen, count = wrong[0]
            place = _("jumlah seluruhnya") if name == _DIFFERENT else name
            what = _("{place}, kolom {key}: {seen}, di temuan {count}")
            what = what.format(place=place, key=key, seen=seen or "–", count=count or "–")
        return [Check("index", "mismatch", text.format(what=what), INDEX, "another")]
    if state == "changed":
        text = _("Diubah sejak ditulis, walaupun jumlah per kabupaten masih sama dengan temuan.")
        return [Check("index", "mismatch", text, INDEX, "people")]
    text = _("Jumlah {n} kabupaten/kota sama dengan temuan.").format(n=number(len(groups), 0))
    return [Check("index", "same", text, INDEX)]


def _expected(group: GeoDataFrame) -> dict[str, str]:
    """Numbers of a row of the index page that follow from the findings alone, as digits."""
    cells = numbers(group, number_columns(group, Meeting()), None, Meeting())
    return {key: _digits(text) for key, text, _grown in cells if key in _COUNTED}


def _cells(row: str) -> dict[str, str]:
    return {key: _digits(text) for key, text in _CELL.findall(row) if key in _COUNTED}


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
