"""Kinds of overlay layers of `overlays.toml`: permits, PIPPIB, social forestry and the like."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gerai_geo.i18n.translate import by_language
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.routes import confidence_words


@dataclass(frozen=True)
class OverlayKind:
    """
    One kind of further layer of `overlays.toml`.

    Parameters
    ----------
    key
        The word our tables use, e.g. ``pippib``.
    title_id, title_en
        Names for people.
    words, fields
        Words of a name, and sets of columns, that tell the kind.
    label, decree, decree_date
        Columns with the holder or criterion, the decree's number and its date, most telling first.
    meaning_id, meaning_en
        What it means that a site lies on one, in a sentence.
    cite
        What that rests on.
    attention
        Whether such a site is looked at even outside kawasan hutan.
    confidence, source
        Of the row as a whole.
    """

    key: str
    title_id: str
    title_en: str
    words: tuple[str, ...]
    fields: tuple[tuple[str, ...], ...]
    label: tuple[str, ...]
    decree: tuple[str, ...]
    decree_date: tuple[str, ...]
    meaning_id: str
    meaning_en: str
    cite: str
    attention: bool
    confidence: str
    source: str

    def title(self) -> str:
        """Name of the kind in the language in force."""
        return by_language({"id": self.title_id, "en": self.title_en})

    def meaning(self) -> str:
        """Meaning of a hit in a sentence, with citation and confidence."""
        text = by_language({"id": self.meaning_id, "en": self.meaning_en})
        return text + f" [{self.cite} · " + confidence_words(self.confidence) + "]"


@cache
def overlay_kinds() -> dict[str, OverlayKind]:
    """
    All kinds of further layers by key, in the order of the file.

    Examples
    --------
    >>> overlay_kinds()["pippib"].attention, overlay_kinds()["release"].title()
    (True, 'Pelepasan kawasan hutan')
    """
    rows = read_toml("overlays.toml")["kind"]
    kinds: dict[str, OverlayKind] = {}
    for row in rows:
        fields: dict[str, Any] = {k: _frozen(v) for k, v in row.items()}
        kinds[row["key"]] = OverlayKind(**fields)
    return kinds


def _frozen(value: Any) -> Any:
    """Turn lists into tuples, within lists too."""
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def overlays_version() -> str:
    """Version of `overlays.toml`, for the manifest."""
    return str(read_toml("overlays.toml")["version"])
