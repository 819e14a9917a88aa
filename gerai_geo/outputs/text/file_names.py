"""File names of outputs, links between them, and the regency a user names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pandas as pd

from gerai_geo.core.name_keys import file_key, short_checksum
from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.translate import _, current_language

NO_REGENCY: Final = {"id": "tanpa-kabupaten", "en": "no-regency"}
_LONGEST: Final = 60
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|index|com\d|lpt\d)")
_TITLE: Final = re.compile(r"^\s*(kabupaten|kab\.?|kota)\s+", re.IGNORECASE)


def slug(regency: str | None) -> str:
    """
    Regency as a file name of a-z, 0-9 and hyphens, safe on every system.

    Parameters
    ----------
    regency
        Name as it stands in the table; missing or blank gives ``tanpa-kabupaten``.

    Returns
    -------
    slug
        1 to 69 characters. Names that differ only in case, accents, punctuation or spaces give the same one; names
        without letters a-z, too long or reserved by Windows end with a checksum, so that none collide.

    Examples
    --------
    >>> slug("Kotawaringin Timur"), slug(" KAB. SERUYAN "), slug(None), slug("../etc")
    ('kotawaringin-timur', 'kab-seruyan', 'tanpa-kabupaten', 'etc')
    """
    if pd.isna(regency) or not regency.strip():
        return NO_REGENCY[current_language()]
    return file_key(regency)


def map_filename(regency: str | None) -> str:
    """
    File name of a regency's map.

    Examples
    --------
    >>> map_filename("Palangka Raya"), map_filename(None)
    ('palangka-raya.html', 'tanpa-kabupaten.html')
    """
    return f"{slug(regency)}.html"


def site_link(regency: str | None, site_id: str) -> str:
    """
    Link from the folder of ``index.html`` to one site on the map of its regency; it opens the site's popup.

    The map accepts ``?site=`` as well, for programs that drop a fragment.

    Examples
    --------
    >>> site_link("Seruyan", "SRY-014"), site_link("Seruyan", "a b#1")
    ('maps/seruyan.html#site=SRY-014', 'maps/seruyan.html#site=a%20b%231')
    """
    return f"maps/{map_filename(regency)}#site={quote(str(site_id), safe='', errors='replace')}"


def site_slug(site_id: str, *, checked: bool = False) -> str:
    """
    Id of a site as a file name safe on every system; case is kept.

    Parameters
    ----------
    site_id
        The user's id.
    checked
        Whether to add a checksum in any case, for ids that would collide.

    Examples
    --------
    >>> site_slug("SRY-014"), site_slug("a b#1"), site_slug("../..")
    ('SRY-014', 'a-b-1-a2120961', 'titik-0cfd1c96')
    """
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", site_id).strip("-")[:_LONGEST]
    if word and word == site_id and not checked and not _RESERVED.fullmatch(word.lower()):
        return word
    return f"{word or 'titik'}-{short_checksum(site_id)}"


def in_regency(findings: pd.DataFrame, regency: str | None) -> pd.Series:
    """
    Which findings lie in a regency.

    Parameters
    ----------
    findings
        The `schema.FINDINGS` table.
    regency
        Its name, where case, accents, punctuation and "Kab." don't matter, its Kemendagri code, or None for the sites
        whose regency is not known.

    Returns
    -------
    same
        Boolean, indexed like the findings; at least one is True.

    Raises
    ------
    InputError
        If no site lies there.
    """
    same = findings["regency"].map(slug, na_action=None) == slug(regency)
    if regency is not None and not same.any():  # "Kab. Seruyan", "KABUPATEN SERUYAN", "62.07"
        bare = _TITLE.sub("", regency)
        same = findings["regency"].map(slug, na_action="ignore") == slug(bare)
        same = (same | (findings["regency_code"] == bare.strip())).fillna(value=False)
    if not same.any():
        message = _("{regency!r}: tidak ada titik di kabupaten/kota ini. Yang ada: {known}.")
        known = ", ".join(sorted(findings["regency"].dropna().unique())) or "–"
        raise InputError(message.format(regency=regency, known=known))
    return same.astype(bool)


def check_ending(path: Path, known: Iterable[str]) -> str:
    """Lower-case ending of a path; raises `OutputError` if it is none of the known ones."""
    ending = path.suffix.lower()
    if ending not in (known := tuple(known)):
        message = _("{path}: akhiran berkas tidak dikenal. Pakai salah satu dari {known}.")
        raise OutputError(message.format(path=path, known=", ".join(known)))
    return ending
