"""
Links from the pages of a result to the PDFs that lie in its folder.

Maps and index are not drawn anew for them: each has a place for its links, which is filled when the folder is complete,
whichever command wrote the PDFs, and emptied when they are gone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from gerai_geo.i18n.translate import _
from gerai_geo.outputs.map_page.html_page import json_block
from gerai_geo.outputs.text.file_names import site_slug
from gerai_geo.records.atomic_write import read_manifest, replace_file

LISTS: Final = ("daftar", "list")
"""Names of the PDFs that list the flagged sites of a regency."""
_FOLDERS: Final = ("berkas", "dossiers")
_IN_MAP: Final = re.compile(r'(?<=<script type="application/json" id="gerai-dossiers">)[^<]*(?=</script>)')
_IN_INDEX: Final = re.compile(r"(?<=<!-- dossiers -->).*?(?=<!-- /dossiers -->)", re.DOTALL)
_HEAD_BYTES: Final = 4_096
_TITLE: Final = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)


def name_dossiers(sites: list[dict[str, Any]]) -> None:
    """Add the name of its PDF to each site of a map whose id is not that name, or may be that of another site too."""
    names = Counter(site_slug(site["id"]).lower() for site in sites)
    for site in sites:
        name = site_slug(site["id"])
        shared = names[name.lower()] > 1 or name.lower() in LISTS
        if shared or name != site["id"]:
            site["pdf"] = site_slug(site["id"], checked=shared)


def link_dossiers(folder: Path, ours: Collection[str]) -> list[str]:
    """
    Put links to the PDFs of a result into its maps and its index.

    Parameters
    ----------
    folder
        Of the result, complete.
    ours
        Paths in it of the files that are as we wrote them; others are left alone.

    Returns
    -------
    changed
        Paths of the files that were written anew.
    """
    found = {top: _names(folder / top, _made(folder)) for top in _FOLDERS}
    changed, entries = [], []
    for name in sorted(n for n in ours if re.fullmatch(r"maps/[^/]+\.html", n)):
        page = folder / name
        pdfs = {f"../{top}/{page.stem}/": names[page.stem] for top, names in found.items() if page.stem in names}
        if not pdfs and _has_none(page):
            continue
        text = page.read_bytes().decode("utf-8")
        if _fill(page, text, _IN_MAP, json_block(pdfs)):
            changed.append(name)
        if pdfs:
            title = _TITLE.search(text)
            entries.append((Markup(title[1] if title else page.stem), pdfs))
    index = folder / "index.html"
    if "index.html" in ours and _fill(index, index.read_bytes().decode("utf-8"), _IN_INDEX, _index_links(entries)):
        changed.append("index.html")
    return changed


def _made(folder: Path) -> float:
    """When the screening was made, in seconds; 0 where that is not known. Older PDFs are those of another one."""
    created = (read_manifest(folder) or {}).get("created")
    return datetime.fromisoformat(created).timestamp() if isinstance(created, str) else 0.0


def _has_none(page: Path) -> bool:
    """Whether a map has no links, by its beginning."""
    with page.open("rb") as stream:
        return b'id="gerai-dossiers">{}<' in stream.read(_HEAD_BYTES)


def _names(folder: Path, made_s: float) -> dict[str, list[str]]:
    """Names of the PDFs without their ending, by the folder of their regency."""
    names: dict[str, list[str]] = {}
    for pdf in sorted(folder.glob("*/*.pdf")) if folder.is_dir() else ():
        if pdf.stat().st_mtime >= made_s:
            names.setdefault(pdf.parent.name, []).append(pdf.stem)
    return names


def _fill(page: Path, text: str, place: re.Pattern[str], content: str) -> bool:
    """Write the content into its place on a page, unless it is there already; returns whether it was written."""
    filled = place.sub(lambda _found: content, text, count=1)
    if filled == text:
        return False
    replace_file(page, filled.encode("utf-8"))
    return True


def _index_links(entries: list[tuple[Markup, dict[str, list[str]]]]) -> Markup:
    """List of the PDFs by regency."""
    if not entries:
        return Markup()
    count = sum(name not in LISTS for _title, pdfs in entries for names in pdfs.values() for name in names)
    rows = Markup().join(
        Markup("<li><b>{}:</b> {}</li>").format(title, Markup(" · ").join(_links(pdfs))) for title, pdfs in entries
    )
    words = _("Berkas telaah (PDF): {n} titik").format(n=count)
    return Markup('<details class="dossiers"><summary>{}</summary><ul>{}</ul></details>').format(words, rows)


def _links(pdfs: dict[str, list[str]]) -> Iterator[Markup]:
    link = Markup('<a href="{}">{}</a>')
    for folder, names in pdfs.items():
        for name in sorted(names, key=lambda name: name not in LISTS):
            yield link.format(
                quote(f"{folder.removeprefix('../')}{name}.pdf"), _("daftar kabupaten") if name in LISTS else name
            )
