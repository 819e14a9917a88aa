"""Messages of the command line in the words of the page: its fields instead of options, no path of the work folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from gerai_geo.i18n.text_tables import text_tables
from gerai_geo.i18n.translate import _

_HELP: Final = re.compile(r"\s*\b(?:Bantuan|Help): \S.*--help\s*$")
_CRS: Final = re.compile(r"crs='(EPSG:\d+)' \(--crs [^()]*\)")
_SCREEN_NEW: Final = re.compile(r"(?:tapis dengan|screen them with): gerai-geo run .+ --forest \.\.\.")
_PROBLEMS: Final = re.compile(r"(?:berkas yang dibuat|the file made by) gerai-geo check -o masalah\.xlsx")
_CHECK: Final = re.compile(r" (?:dengan|with) gerai-geo check\b")
_FIELDS: Final = (
    (r"layer='\.\.' \(--layer\)", ("layer",)),
    (r"columns=\{'latitude': '\.\.', 'longitude': '\.\.'\} \(--columns latitude=\.\.\)",
     ("latitude_column", "longitude_column")),
    (r"columns=\{'function': '\.\.'\}", ("function_column",)),
    (r"accept_incomplete=True \(--accept-incomplete\)", ("accept_incomplete",)),
    (r"--accept-incomplete\b", ("accept_incomplete",)),
    (r"--columns(?: name=\.\. (?:dan seterusnya|and so on)|\b(?! site_id))", ("latitude_column", "longitude_column")),
    (r"--covers\b", ("covers",)),
    (r"--forest\b(?!-| \.\.\.)", ("forest",)),
    (r"--layer\b", ("layer",)),
    (r"--forest-crs\b", ("forest_crs",)),
    (r"--crs\b", ("crs",)),
    (r"--scale\b", ("scale",)),
    (r"--regency\b", ("regency",)),
    (r"--boundaries\b", ("boundaries",)),
    (r"--parcels\b", ("parcels",)),
)  # fmt: skip
"""What the command line says, and the fields of the page that stand for it."""


def page_words(told: Any, root: Path) -> Any:
    """
    Messages for the page.

    Parameters
    ----------
    told
        A text, or lists and mappings of texts and other values.
    root
        The work folder, whose path is left out.
    """
    if isinstance(told, dict):
        return {key: page_words(value, root) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [page_words(value, root) for value in told]
    return _text(told, root) if isinstance(told, str) else told


def _text(text: str, root: Path) -> str:
    text = _HELP.sub("", text)
    text = re.sub(re.escape(str(root)) + r"[/\\]kiriman[/\\]\w+[/\\]?", "", text)
    text = _CRS.sub(lambda found: f"{found[1]} ({_fields(('crs', 'forest_crs'))})", text)
    text = _SCREEN_NEW.sub(lambda _found: _("tapis lewat {fields}").format(fields=_fields(("sites",))), text)
    text = _CHECK.sub("", _PROBLEMS.sub(lambda _found: str(_("masalah.xlsx dari halaman ini")), text))
    for pattern, names in _FIELDS:
        text = re.sub(pattern, lambda _found, names=names: _fields(names), text)  # type: ignore[misc]
    return text


def _fields(names: tuple[str, ...]) -> str:
    texts = text_tables("app", "texts.toml")
    return _("isian {fields} di halaman ini").format(fields=", ".join(f"'{_(texts[name])}'" for name in names))
