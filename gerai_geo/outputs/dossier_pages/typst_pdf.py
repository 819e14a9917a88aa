"""PDF pages from a template of ours and data: typst, our own letters, no text of a user taken for markup."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

_OUTPUTS: Final = Path(__file__).parents[1]
_TEMPLATES: Final = _OUTPUTS / "templates"
_LETTERS: Final = _OUTPUTS / "assets" / "liberation"


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """
    Set a document.

    Parameters
    ----------
    template
        Name of a ``.typ`` file in ``templates/``.
    data
        What the template shows, fit for JSON; texts are set as they are, never read as markup.

    Returns
    -------
    pdf
        The same bytes for the same data and version of typst: no time of day, no fonts of the machine.
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
    return typst.Compiler(root=str(_TEMPLATES), font_paths=[str(_LETTERS)], ignore_system_fonts=True)
