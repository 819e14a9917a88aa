"""PDF from a typst template and data, with our own fonts; texts of users are never read as markup."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _

PAPERS: Final = {"a4": "A4", "f4": "F4"}
"""Papers of the PDFs: A4, and F4 or folio, 215 x 330 mm."""
_OUTPUTS: Final = Path(__file__).parents[1]
_TEMPLATES: Final = _OUTPUTS / "templates"
_FONTS: Final = _OUTPUTS / "assets" / "liberation"


def typeset(template: str, data: dict[str, Any], paper: str = "a4") -> bytes:
    """
    PDF of a ``.typ`` template filled with JSON-ready data, tagged for screen readers.

    The same data and version of typst give the same bytes: no timestamp, no system fonts.
    """
    text = (
        json.dumps({**data, "paper": paper_key(paper)}, ensure_ascii=False, allow_nan=False)
        .encode("utf-8", "replace")
        .decode("utf-8")
    )
    pdf = _compiler().compile(
        input=str(_TEMPLATES / template), format="pdf", sys_inputs={"data": text}, timestamp=0, pdf_tags=True
    )
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst gave {type(pdf).__name__}, expected bytes")
    return pdf


def paper_key(paper: str) -> str:
    """
    Key of a paper in `PAPERS`.

    Examples
    --------
    >>> paper_key("F4")
    'f4'
    """
    if (key := str(paper).lower()) not in PAPERS:
        raise InputError(_("paper: {paper} tidak dikenal; pakai a4 atau f4.").format(paper=paper))
    return key


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=str(_TEMPLATES), font_paths=[str(_FONTS)], ignore_system_fonts=True)
