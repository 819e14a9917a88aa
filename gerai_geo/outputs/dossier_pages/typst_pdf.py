"""PDF from a typst template and data, with our own fonts; texts of users are never read as markup."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

_OUTPUTS: Final = Path(__file__).parents[1]
_TEMPLATES: Final = _OUTPUTS / "templates"
_FONTS: Final = _OUTPUTS / "assets" / "liberation"


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """
    PDF of a ``.typ`` template filled with JSON-ready data.

    The same data and version of typst give the same bytes: no timestamp, no system fonts.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode("utf-8")
    pdf = _compiler().compile(
        input=str(_TEMPLATES / template), format="pdf", sys_inputs={"data": text}, timestamp=0, pdf_tags=False
    )
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst gave {type(pdf).__name__}, expected bytes")
    return pdf


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=str(_TEMPLATES), font_paths=[str(_FONTS)], ignore_system_fonts=True)
