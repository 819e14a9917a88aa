"""Names of the files the outputs write, and links between them; no text of a user becomes a path as it is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final
from urllib.parse import quote

import pandas as pd

NO_REGENCY: Final = "tanpa-kabupaten"
_LONGEST: Final = 60
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|index|com\d|lpt\d)")


def slug(regency: str | None) -> str:
    """
    Regency as a word of a-z, 0-9 and hyphens that is safe as a file name on every system.

    Parameters
    ----------
    regency
        Name as it stands in the table; missing or blank gives ``tanpa-kabupaten``.

    Returns
    -------
    slug
        1 to 69 characters. Names that differ only in case, accents, punctuation or spaces give the same one;
        what can't be told in a-z (or is too long, or reserved) gets a check sum, so none meet by chance.

    Examples
    --------
    >>> slug("Kotawaringin Timur"), slug(" KAB. SERUYAN "), slug(None), slug("../etc")
    ('kotawaringin-timur', 'kab-seruyan', 'tanpa-kabupaten', 'etc')
    """
    if pd.isna(regency) or not regency.strip():
        return NO_REGENCY
    plain = unicodedata.normalize("NFKD", regency).encode("ascii", "ignore").decode("ascii").lower()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if word and len(word) <= _LONGEST and not _RESERVED.fullmatch(word):
        return word
    text = " ".join(regency.split()).casefold()
    check = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{word[:_LONGEST].strip('-') or 'kabupaten'}-{check}"


def map_filename(regency: str | None) -> str:
    """
    Name of the map of a regency.

    Examples
    --------
    >>> map_filename("Palangka Raya"), map_filename(None)
    ('palangka-raya.html', 'tanpa-kabupaten.html')
    """
    return f"{slug(regency)}.html"


def site_link(regency: str | None, site_id: str) -> str:
    """
    Link from beside ``index.html`` to one site on the map of its regency; opening it opens the site's popup.

    Examples
    --------
    >>> site_link("Seruyan", "SRY-014"), site_link("Seruyan", "a b#1")
    ('maps/seruyan.html#site=SRY-014', 'maps/seruyan.html#site=a%20b%231')
    """
    return f"maps/{map_filename(regency)}#site={quote(str(site_id), safe='', errors='replace')}"
