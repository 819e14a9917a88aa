"""Translation of texts: Indonesian in the code, English in `locale/en/*.po`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Final

from gerai_geo.i18n.numbers import area as area
from gerai_geo.i18n.numbers import distance as distance
from gerai_geo.i18n.numbers import number as number
from gerai_geo.i18n.numbers import percent as percent
from gerai_geo.i18n.numbers import probability as probability

LANGUAGES: Final = ("id", "en")


Translate = Callable[[str], str]


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Texts of a language by the Indonesian text in the code."""
    from babel.messages.pofile import read_po

    texts: dict[str, str] = {}
    for file in sorted(resources.files("gerai_geo").joinpath("locale", lang).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".po"):
            with file.open("rb") as stream:
                texts |= {str(m.id): str(m.string) for m in read_po(stream, locale=lang) if m.id and m.string}
    return texts


def translator(lang: str = "id") -> Translate:
    """
    Get the function that says an Indonesian text in a language.

    Parameters
    ----------
    lang
        ``id`` or ``en``.

    Returns
    -------
    translate
        Takes a text as it stands in the code; gives it in the language, or unchanged where it is missing there.

    Raises
    ------
    ValueError
        If the language is neither.

    Examples
    --------
    >>> translator("en")("Di luar kawasan hutan")
    'Outside the forest area'
    """
    if lang not in LANGUAGES:
        raise ValueError(f"lang is {lang!r}, expected one of {list(LANGUAGES)}")
    if lang == "id":
        return str
    texts = catalogue(lang)
    return lambda text: texts.get(text, text)
