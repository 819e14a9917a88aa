"""Kinds of overlay layers from `overlays.toml`: permits, PIPPIB, social forestry and the like."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gerai_geo.i18n.translate import by_language
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.routes import confidence_label


@dataclass(frozen=True)
class OverlayKind:
    """
    One kind of overlay layer of `overlays.toml`.

    Parameters
    ----------
    key
        The word our tables use, e.g. ``pippib``.
    title_id, title_en
        Names for people.
    words, fields
        Words of a layer's name, and sets of columns, that identify the kind.
    label, decree, decree_date
        Columns with the holder or criterion, the decree's number and its date, preferred ones first.
    meaning_id, meaning_en
        Sentence on what a hit means for a site.
    cite
        Its citation.
    attention
        Whether a hit needs follow-up even outside kawasan hutan.
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
        """Sentence on what a hit means, with citation and confidence."""
        text = by_language({"id": self.meaning_id, "en": self.meaning_en})
        return text + f" [{self.cite} · " + confidence_label(self.confidence) + "]"


@cache
def overlay_kinds() -> dict[str, OverlayKind]:
    """
    All kinds of overlay layers by key, in the order of the file.

    Examples
    --------
    >>> overlay_kinds()["pippib"].attention, overlay_kinds()["release"].title()
    (True, 'Pelepasan kawasan hutan')
    """
    rows = read_toml("overlays.toml")["kind"]
    return {row["key"]: OverlayKind(**{k: _frozen(v) for k, v in row.items()}) for row in rows}


def _frozen(value: Any) -> Any:
    """Turn lists into tuples, nested ones too."""
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def overlays_version() -> str:
    """Version of `overlays.toml`, for the manifest."""
    return str(read_toml("overlays.toml")["version"])
