"""Translation of texts: Indonesian in the code, English in `locale/en/*.po`; one language in force at a time."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from importlib import resources
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LANGUAGES: Final = ("id", "en")
_LANGUAGE: ContextVar[str | None] = ContextVar("gerai_geo_language", default=None)


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


def current_language() -> str:
    """Language in force: ``id`` unless a public function or `use_language` set another."""
    return _LANGUAGE.get() or "id"


@contextmanager
def use_language(lang: str | None) -> Iterator[None]:
    """
    Language of all texts and numbers made inside a ``with`` block.

    Parameters
    ----------
    lang
        ``id`` or ``en``; None keeps the language in force.

    Raises
    ------
    ValueError
        If the language is neither.
    """
    if lang is None:
        yield
        return
    if lang not in LANGUAGES:
        raise ValueError(f"lang is {lang!r}, expected one of {list(LANGUAGES)}")
    token = _LANGUAGE.set(lang)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def localised(function: Callable[P, R]) -> Callable[P, R]:
    """
    Make a public function answer in the language given as its ``lang``.

    Without one it keeps the language in force, which is Indonesian unless a caller set another.
    """
    return _speaking(function, lambda _arguments: None)


def localised_as_result(function: Callable[P, R]) -> Callable[P, R]:
    """Do as `localised`, but by default in the language of the screening that comes as first argument."""
    return _speaking(function, lambda arguments: str(next(iter(arguments.values())).manifest.get("lang", "id")))


def _speaking(function: Callable[P, R], default: Callable[[dict[str, Any]], str | None]) -> Callable[P, R]:
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        arguments = signature.bind(*args, **kwargs).arguments
        lang = arguments.get("lang") or _LANGUAGE.get() or default(arguments) or "id"
        with use_language(lang):
            return function(*args, **kwargs)

    return call


def in_every_language(make: Callable[[], R]) -> list[R]:
    """
    Results of a function in each language, Indonesian first.

    Examples
    --------
    >>> in_every_language(lambda: _("Di luar kawasan hutan"))
    ['Di luar kawasan hutan', 'Outside the forest area']
    """
    results = []
    for lang in LANGUAGES:
        with use_language(lang):
            results.append(make())
    return results


def _(text: str) -> str:
    """
    Say an Indonesian text in the language in force; unchanged where the language doesn't have it.

    Examples
    --------
    >>> with use_language("en"):
    ...     _("Di luar kawasan hutan")
    'Outside the forest area'
    """
    lang = current_language()
    return text if lang == "id" else catalogue(lang).get(text, text)
