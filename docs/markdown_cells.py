"""Texts in cells of the tables that scripts write into the pages of these docs."""

from __future__ import annotations

from typing import Final

_SAFE: Final = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "*": "&#42;", "_": "&#95;", "`": "&#96;",
}  # fmt: skip


def escaped(text: str, also: str = "") -> str:
    """Text with nothing in it that Markdown or HTML would take for its own, nor any of the characters `also`."""
    for mark, safe in (_SAFE | {character: f"&#{ord(character)};" for character in also}).items():
        text = text.replace(mark, safe)
    return text
