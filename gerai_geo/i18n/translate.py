"""Translation of texts from Indonesian in the code to English in `locale/en/*.po`, for the language in force."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from importlib import resources
from string import Formatter
from typing import Any, Final, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LANGUAGES: Final = ("id", "en")
_LANGUAGE: ContextVar[str | None] = ContextVar("gerai_geo_language", default=None)


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Catalogue of a language, by Indonesian text."""
    from babel.messages.pofile import read_po

    texts: dict[str, str] = {}
    for file in sorted(resources.files("gerai_geo").joinpath("locale", lang).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".po"):
            with file.open("rb") as stream:
                texts |= {str(m.id): str(m.string) for m in read_po(stream, locale=lang) if m.id and m.string}
    return texts


def current_language() -> str:
    """Language in force, ``id`` unless a public function or `use_language` set another."""
    return _LANGUAGE.get() or "id"


@contextmanager
def use_language(lang: str | None) -> Iterator[None]:
    """
    Context manager that sets the language in force.

    Parameters
    ----------
    lang
        ``id`` or ``en``; None keeps the language in force.

    Raises
    ------
    ValueError
        If it is another language.
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
    Decorate a public function to set the language in force from its argument ``lang``.

    Without one the language in force stays, which is Indonesian unless a caller set another.
    """
    return _with_language(function, lambda _arguments: None)


def localised_as_result(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate like `localised`, with the language of the screening given first as default."""
    return _with_language(function, lambda arguments: str(next(iter(arguments.values())).manifest.get("lang", "id")))


def _with_language(function: Callable[P, R], default: Callable[[dict[str, Any]], str | None]) -> Callable[P, R]:
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        arguments = signature.bind(*args, **kwargs).arguments
        lang = arguments.get("lang") or _LANGUAGE.get() or default(arguments) or "id"
        with use_language(lang):
            return function(*args, **kwargs)

    return call


def bound_translation() -> Callable[[str], str]:
    """Return a function that translates into the language now in force, for templates that are rendered later."""
    texts = {} if current_language() == "id" else catalogue(current_language())
    return lambda text: texts.get(text, text)


def in_every_language(make: Callable[[], R]) -> list[R]:
    """
    Call a function in each language and return the results, Indonesian first.

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


class Text(str):
    """
    A sentence in the language in force that keeps its source.

    Parameters
    ----------
    shown
        The sentence itself.
    source
        Template and values, serialisable as JSON, from which `gerai_geo.i18n.messages.render` makes the sentence in
        either language.

    Examples
    --------
    >>> text: Text = _("Luas {area} terlalu kecil").format(area=Text("812 m²", {"area_m2": 812.0}))
    >>> text
    'Luas 812 m² terlalu kecil'
    >>> text.source
    {'template': 'Luas {area} terlalu kecil', 'area': {'area_m2': 812.0}}
    """

    source: Any

    def __new__(cls, shown: str, source: Any = None) -> Self:
        """Make a sentence; by default it is its own source."""
        text = super().__new__(cls, shown)
        text.source = str(shown) if source is None else source
        return text

    def __getnewargs__(self) -> tuple[str, Any]:  # type: ignore[override]
        return str(self), self.source

    def format(self, *args: object, **values: object) -> Text:
        """Fill the placeholders, in the source too."""
        shown = super().format(*args, **values)
        return Text(shown, _filled(self.source, {name: source_of(value) for name, value in values.items()}))

    def __add__(self, other: str) -> Text:
        return Text(super().__add__(other), {"parts": [self.source, source_of(other)]})

    def __radd__(self, other: str) -> Text:
        return Text(other + str(self), {"parts": [source_of(other), self.source]})

    def join(self, texts: Iterable[str]) -> Text:
        """Join texts, in the source too."""
        all_texts = list(texts)
        return Text(super().join(all_texts), {"parts": [source_of(t) for t in all_texts], "between": self.source})


def _filled(source: Any, values: Mapping[str, Any]) -> Any:
    """Fill the templates of a source."""
    if isinstance(source, dict) and "template" in source:
        named = _placeholders(source["template"])
        return source | {name: value for name, value in values.items() if name in named and name not in source}
    if isinstance(source, dict) and "parts" in source:
        return source | {"parts": [_filled(part, values) for part in source["parts"]]}
    return source.format(**values) if isinstance(source, str) else source


@cache
def _placeholders(template: str) -> frozenset[str]:
    return frozenset(name for _text, name, _spec, _kind in Formatter().parse(template) if name)


def source_of(value: object) -> Any:
    """Source of a value in a sentence, serialisable as JSON: numbers stay numbers."""
    if isinstance(value, Text):
        return value.source
    if isinstance(value, Exception):
        return source_of(value.args[0]) if value.args else ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool | int | float):
        return value
    return value.item() if hasattr(value, "item") else str(value)


def by_language(texts: Mapping[str, str]) -> str:
    """Text of a data file in the language in force, from its texts by language."""
    return Text(texts[current_language()], {"texts": {lang: texts[lang] for lang in LANGUAGES}})


def _(text: str) -> str:
    """
    Translate an Indonesian text into the language in force; unchanged where there is no translation.

    Examples
    --------
    >>> with use_language("en"):
    ...     _("Di luar kawasan hutan")
    'Outside the forest area'
    """
    lang = current_language()
    return Text(text if lang == "id" else catalogue(lang).get(text, text), {"template": text})
