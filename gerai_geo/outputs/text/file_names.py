"""Names of the files the outputs write, and links between them; no text of a user becomes a path as it is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final
from urllib.parse import quote

import pandas as pd

from gerai_geo.i18n.translate import current_language

NO_REGENCY: Final = {"id": "tanpa-kabupaten", "en": "no-regency"}
_LONGEST: Final = 60
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|index|com\d|lpt\d)")
_TITLE: Final = re.compile(r"^\s*(kabupaten|kab\.?|kota)\s+", re.IGNORECASE)


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
        return NO_REGENCY[current_language()]
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

    The map understands ``?site=`` as well, for programs that drop what stands behind ``#``.

    Examples
    --------
    >>> site_link("Seruyan", "SRY-014"), site_link("Seruyan", "a b#1")
    ('maps/seruyan.html#site=SRY-014', 'maps/seruyan.html#site=a%20b%231')
    """
    return f"maps/{map_filename(regency)}#site={quote(str(site_id), safe='', errors='replace')}"


def site_slug(site_id: str, *, checked: bool = False) -> str:
    """
    Id of a site as a file name that is safe on every system; its case is kept.

    Parameters
    ----------
    site_id
        The user's id.
    checked
        Whether to add a check sum in any case, for ids that would meet otherwise.

    Examples
    --------
    >>> site_slug("SRY-014"), site_slug("a b#1"), site_slug("../..")
    ('SRY-014', 'a-b-1-a2120961', 'titik-0cfd1c96')
    """
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", site_id).strip("-")[:_LONGEST]
    if word and word == site_id and not checked and not _RESERVED.fullmatch(word.lower()):
        return word
    check = hashlib.sha256(site_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{word or 'titik'}-{check}"


def of_regency(findings: pd.DataFrame, regency: str) -> pd.Series:
    """
    Tell which findings lie in a regency, named in any form ("Kab. Seruyan", "SERUYAN") or by its Kemendagri code.

    Returns
    -------
    same
        Boolean, indexed like the findings.
    """
    slugs = findings["regency"].map(slug, na_action="ignore")
    same = slugs == slug(regency)
    if not same.any():
        bare = _TITLE.sub("", regency)
        same = (slugs == slug(bare)) | (findings["regency_code"] == bare.strip())
    return same.fillna(value=False).astype(bool)
