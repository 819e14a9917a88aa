"""Keys of names of places and cooperatives, equal for different spellings; names made unique, or safe for files."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

_VILLAGE_PREFIX: Final = re.compile(r"^(desa|kelurahan|kel|ds|kecamatan|kec)\b\s*")
_FIGURES: Final = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "satu": "1", "dua": "2", "tiga": "3",
}  # fmt: skip
_ABBREVIATIONS: Final = {
    "sei": "sungai",
    "sai": "sungai",
    "tbg": "tumbang",
    "tb": "tumbang",
    "tg": "tanjung",
    "tj": "tanjung",
}
_COOPERATIVE: Final = re.compile(
    r"\b(koperasi|koprasi|kopdes|kopkel|kdmp|kkmp|kdkmp|merah putih|gerai|unit usaha|cabang)\b"
)
_REGENCY_PREFIX: Final = re.compile(r"^(kabupaten|kab|kota administrasi|kotamadya|kota|regency|kodya)\b\s*")
_REGENCY_SUFFIX: Final = re.compile(r"\s*\b(regency|city)$")
_LONGEST_FILE: Final = 60
_RESERVED_FILE: Final = re.compile(r"(con|prn|aux|nul|index|com\d|lpt\d)")
_SEAT: Final = re.compile(r"\b(kecamatan|kec|kabupaten|kab|provinsi|prov)\b.*$")


def visible_key(text: str) -> str:
    """
    Text as an eye sees it: without case, spaces and signs that are not shown, in one form of each letter.

    Examples
    --------
    >>> visible_key("A\u200b 1") == visible_key("a1"), visible_key("A-1") == visible_key("A1")
    (True, False)
    """
    if text.isascii() and text.isprintable():
        return text.casefold().replace(" ", "")
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc", "Mn"))


def plain(text: object) -> str:
    """
    Text reduced to lower-case ASCII letters, figures and single spaces.

    Examples
    --------
    >>> plain("Kuala-Pembuang  (II)")
    'kuala pembuang ii'
    """
    ascii_only = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", " ", ascii_only).strip()


@lru_cache(maxsize=200_000)
def village_key(name: object) -> str:
    """
    Key of a village name: without prefix and spaces, numbers in figures, abbreviations written out.

    Examples
    --------
    >>> village_key("DESA Sei Jangkit"), village_key("Kuala Pembuang II"), village_key("Kuala Pembuang Dua")
    ('sungaijangkit', 'kualapembuang2', 'kualapembuang2')
    """
    words = re.sub(_VILLAGE_PREFIX, "", plain(name)).split()
    words = [_ABBREVIATIONS.get(w, w) for w in words]
    if len(words) > 1:
        words[-1] = _FIGURES.get(words[-1], words[-1])
    return "".join(words)


@lru_cache(maxsize=200_000)
def name_key(name: object) -> str:
    """
    Key of a cooperative name: without the words that all of them share.

    Examples
    --------
    >>> name_key("KOPERASI DESA MERAH PUTIH SOREK DUA KECAMATAN CONTOH"), name_key("KDKMP Desa Sorek II")
    ('sorek2', 'sorek2')
    >>> name_key("Koperasi Merah Putih"), name_key("Gerai Satu")
    ('', 'satu')
    """
    rest = re.sub(_SEAT, "", re.sub(_COOPERATIVE, " ", plain(name)))
    words = [w for w in rest.split() if w not in ("desa", "kelurahan", "kel", "ds")]
    return village_key(" ".join(words))


def village_of_name(name: object) -> str:
    """
    Key of the village named in a cooperative's name; empty where there is none.

    Examples
    --------
    >>> village_of_name("KOPERASI DESA MERAH PUTIH SOREK DUA"), village_of_name("Gerai Satu")
    ('sorek2', '')
    """
    cooperative = re.search(r"\b(merah putih|kdmp|kkmp|kdkmp|kopdes|kopkel)\b", plain(name))
    return name_key(name) if cooperative else ""


def regency_name_key(name: object) -> str:
    """
    Key of a regency's name: without Kabupaten or Kota, and without spaces; other names of it are not resolved.

    Examples
    --------
    >>> regency_name_key("KAB. SERUYAN"), regency_name_key("Kota Palangka Raya")
    ('seruyan', 'palangkaraya')
    """
    return re.sub(_REGENCY_SUFFIX, "", re.sub(_REGENCY_PREFIX, "", plain(name))).replace(" ", "")


def file_key(name: str) -> str:
    """
    Name as one of a-z, 0-9 and hyphens, safe as a file name on every system; empty for a blank one.

    Names that differ only in case, accents, punctuation or spaces give the same one; names without letters a-z, too
    long or reserved by Windows end with a checksum, so that none collide.

    Examples
    --------
    >>> file_key("Kotawaringin Timur"), file_key(" KAB. SERUYAN "), file_key("../etc"), file_key(" ")
    ('kotawaringin-timur', 'kab-seruyan', 'etc', '')
    """
    if not name.strip():
        return ""
    word = _hyphenated(name)
    if word and len(word) <= _LONGEST_FILE and not _RESERVED_FILE.fullmatch(word):
        return word
    return f"{word[:_LONGEST_FILE].strip('-') or 'kabupaten'}-{short_checksum(' '.join(name.split()).casefold())}"


def _hyphenated(name: str) -> str:
    """Lower-case ASCII letters and figures of a name, joined by hyphens."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")


def short_checksum(text: str) -> str:
    """Eight hexadecimal digits that tell a text from others."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def unique_names(
    names: Iterable[str], taken: Iterable[str] = (), *, key: Callable[[str], str] = str, longest: int | None = None
) -> list[str]:
    """
    Make column names unique by numbering those that repeat.

    Parameters
    ----------
    names, taken
        The names, and those that none of them may have.
    key
        What has to differ: by default the name itself; ``str.casefold`` where case is ignored.
    longest
        Number of characters to which names are cut.

    Examples
    --------
    >>> unique_names(["Desa", "Luas", "Luas"]), unique_names(["geom", "Geom"], ["geom"], key=str.casefold)
    (['Desa', 'Luas', 'Luas_2'], ['geom_2', 'Geom_3'])
    >>> unique_names(["Catatan Kepala Desa", "Catatan Kepala Adat"], longest=10)
    ['Catatan Ke', 'Catatan _2']
    """
    used = dict.fromkeys(map(key, taken), 1)
    result = []
    for name in names:
        first = free = name[:longest]
        n = used.get(key(first), 1)
        while key(free) in used:
            n += 1
            ending = f"_{n}"
            free = f"{first if longest is None else first[: longest - len(ending)]}{ending}"
        used[key(first)] = n
        used.setdefault(key(free), 1)
        result.append(free)
    return result
