"""
Known column names: the roles that a heading suggests, and the hemispheres that it gives to the numbers below it.

Names come from `reference/columns.toml`, words of longer headings from `reference/heading_words.toml`; headings are
compared in the form that `plain` gives them, also cut to ten letters as in a .dbf, abbreviated, or without blanks.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from gerai_geo.core.name_keys import plain
from gerai_geo.reference.data_files import read_toml

Ranked = tuple[tuple[str, int], ...]
"""Roles, each with a rank; the lower, the surer."""

ROLES: Final = (
    "site_id", "name", "village", "district", "regency", "regency_code", "province", "latitude", "longitude", "x", "y",
    "zone", "coordinates", "declared_area", "width", "length", "accuracy_m", "corner",
)  # fmt: skip
POSITION_ROLES: Final = frozenset({"latitude", "longitude", "x", "y", "coordinates"})
WORD_RANK: Final = 100
"""Ranks from here on are of headings that only contain a known word."""
_OF_PLACES: Final = frozenset({"village", "district", "regency", "regency_code", "province"})
_DBF_LETTERS: Final = 10
_MOST_WORDS: Final = 6
_LONGEST: Final = 1_000
_ADDED: Final = ("latitude", "longitude", "accuracy_m")
_AXES: Final = {"latitude": ("S", "N"), "longitude": ("E", "W")}
_SIGN: Final = re.compile(
    r"(?i)\bminus\b|\bnegati[fv]|=\W*[-−]|[-−]\W*=|[+±]|[(\[]\s*[-−]|(?<![a-z])[-−](?=(?:ls|bb|lintang|[sw]\b))"
)
"""A heading that says which hemisphere has the minus: the numbers below have signs."""
_ONLY_MINUS: Final = re.compile(r"[(\[]\s*[-−–]\s*[)\]]")
"""A minus alone in brackets: it stands in the heading instead of before the numbers."""
_ZONE: Final = re.compile(
    r"(?i)(?:zona|zone)?[ _]*(?<![\d.,])(?:4[6-9]|5[0-4])"
    r"(?:\.[12](?!\d)|\s?(?:selatan|utara|south|north|[slmn])(?![a-z]))"
)
_NUMBERED: Final = re.compile(
    r"(?i)(?<![a-z])(latitude|longitude|lintang|bujur|lat|long|lon|lng|x|y)(\d{1,2})(?![a-z\d])"
)
_POSITION_HEADINGS: Final = frozenset(
    {"latitude", "longitude", "lintang", "bujur", "lat", "long", "lng", "lon", "x", "y", "easting", "northing"}
)


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return read_toml("heading_words.toml")


def word_lists(table: str) -> dict[str, list[str]]:
    """Find the lists of words of a table of `reference/heading_words.toml`, by their keys."""
    return _table()[table]


@cache
def words_of(table: str, key: str = "words") -> frozenset[str]:
    """Words of one list of a table of `reference/heading_words.toml`."""
    return frozenset(_table()[table][key])


@cache
def _aliases() -> dict[str, Ranked]:
    """Roles of each known heading, with its rank in the list of the role."""
    table: dict[str, Ranked] = {}
    for role, rows in read_toml("columns.toml").items():
        for rank, row in enumerate(rows["columns"]):
            key = plain(row["name"])
            table[key] = (*table.get(key, ()), (role, rank))
    return table


@cache
def _short_forms() -> tuple[dict[str, Ranked], dict[str, Ranked]]:
    """Roles of known headings written without blanks, and cut to ten letters; abbreviated words count too."""
    together: dict[str, Ranked] = {}
    cut: dict[str, Ranked] = {}
    for key, roles in _aliases().items():
        for words in itertools.product(*map(_spellings, key.split())):
            together.setdefault("".join(words), roles)
            for short in {t[:_DBF_LETTERS] for t in ("_".join(words), "".join(words)) if len(t) > _DBF_LETTERS}:
                same = {role for role, _rank in cut.get(short, roles)} == {role for role, _rank in roles}
                cut[short] = cut.get(short, roles) if same else ()
    return together, cut


def _spellings(word: str) -> tuple[str, ...]:
    return (word, *_table()["abbreviations"].get(word, ()))


@cache
def roles_of(heading: str) -> Ranked:
    """
    Roles that a heading suggests, each with a rank; the lower, the surer.

    Examples
    --------
    >>> roles_of("Latitude"), roles_of("Luas (m2)")[0][0], roles_of("Keterangan")
    ((('latitude', 0),), 'declared_area', ())
    >>> [roles_of(name)[0][0] for name in ("NAMA_KABUP", "NMKAB", "GPSLatitude", "Koordinat S")]
    ['regency', 'regency', 'latitude', 'latitude']
    >>> roles_of("Luas Wilayah (km2)"), roles_of("GPSLatitudeRef"), roles_of("Vertical Accuracy")
    ((), (), ())
    """
    if "%" in heading or len(heading) > _LONGEST:
        return ()  # a share of something, or no heading
    if _ZONE.search(heading):
        return roles_of(_ZONE.sub(" ", heading).strip())
    split = spaced(heading)
    for text in (heading, re.sub(r"\(.*?\)|\[.*?\]", " ", heading), split):
        for key in (plain(text), without_units(plain(text))):
            if key and key in _aliases():
                return _aliases()[key]
    together, cut = _short_forms()
    key = without_units(plain(heading)).replace(" ", "")
    if len(key) > 4 and key in together:
        return together[key]
    if len(heading.strip()) == _DBF_LETTERS and (roles := cut.get(heading.strip().casefold())):
        return roles
    if re.search(r"[^\d_ ][_ ]\d$", heading):  # the ending of a column that a join of tables brought: KAB_KOTA_1
        joined = tuple((role, WORD_RANK + rank) for role, rank in roles_of(heading[:-2]) if role in _OF_PLACES)
        if joined:
            return joined
    words = plain(split).split()
    told = words if len(words) <= _MOST_WORDS else words[-1:]  # a question of a form, with what the app adds to it
    role = _role_by_words(told, heading) if told else None
    return ((role, WORD_RANK + len(words)),) if role and (told is words or role in _ADDED) else ()


def spaced(heading: str) -> str:
    """
    Heading with blanks between words that only capitals or a degree sign part.

    Examples
    --------
    >>> spaced("GPSLatitudeRef"), spaced("LINTANGLS"), spaced("Latest"), spaced("lat2")
    ('GPS Latitude Ref', 'lintang ls', 'Latest', 'lat 2')
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[°º˚]", " ", heading)
    parted = _NUMBERED.sub(r"\1 \2", parted)
    return re.sub(r"[A-Za-z]{4,}", lambda found: _unglued(found[0]), parted)


@cache
def _unglued(word: str) -> str:
    """Word with blanks where it is nothing but the words of an axis and its hemisphere; else as it is."""
    table = _table()
    pieces = _pieces(word.casefold())
    for axis, letters in _AXES.items():
        known = {w for letter in letters for part in ("hemispheres", "weak_hemispheres") for w in table[part][letter]}
        others = {*table["roles"][axis], *table["roles"]["coordinates"], *words_of("units"), *words_of("signs", "glue")}
        named = [p for p in pieces if p in known]
        axes = {*table["roles"][axis], *table["roles"]["coordinates"]} & set(pieces)
        if len(pieces) > 1 and named and axes and all(p in known | others for p in pieces):
            behind = pieces[-2] in table["roles"][axis]  # a single letter only right behind the axis: LATS
            if all(len(p) > 1 or (p == pieces[-1] and behind) for p in named):
                return " ".join(pieces)
    return word


@cache
def _pieces(word: str) -> tuple[str, ...]:
    """Known words that follow each other without a gap in a word, longest first; none where a rest is left."""
    table = _table()
    known = {w for role in ("latitude", "longitude", "coordinates") for w in table["roles"][role]}
    known |= {w for part in ("hemispheres", "weak_hemispheres") for words in table[part].values() for w in words}
    known |= words_of("units") | words_of("signs", "glue")
    if word in known:
        return (word,)
    for n in range(len(word) - 1, 0, -1):
        if word[:n] in known and (rest := _pieces(word[n:])):
            return (word[:n], *rest)
    return ()


def _role_by_words(words: list[str], heading: str) -> str | None:
    """Role that the words of a longer heading reveal."""
    table = _table()
    roles = [role for role, known in table["roles"].items() if not set(known).isdisjoint(words)]
    if "accuracy_m" in roles:
        return None if words_of("not_horizontal") & set(words) else "accuracy_m"
    if {"zone", "zona"} & set(words) and words_of("grid") & set(words):
        return "zone"
    if words_of("not_a_position", "any") & set(words) or words[0] in words_of("not_a_position", "first"):
        roles = [role for role in roles if role not in POSITION_ROLES]
    elif (axis := {w for w in words if len(w) > 2 or not w.isdigit()} - words_of("grid")) in ({"x"}, {"y"}):
        return axis.pop()
    if words[0] in words_of("not_a_place"):
        return "declared_area" if "declared_area" in roles and _is_parcel_area(words) else None
    if "declared_area" in roles and not _is_parcel_area(words):
        roles.remove("declared_area")
    position = [role for role in roles if role in POSITION_ROLES]
    if {"latitude", "longitude"} <= set(position):
        return "coordinates"
    if position == ["coordinates"]:
        named = [axis for axis in _AXES if hemisphere_of(heading, axis)]
        return named[0] if len(named) == 1 else "coordinates"
    if position:
        roles = [role for role in position if role != "coordinates"]
    return roles[0] if roles else None


def _is_parcel_area(words: list[str]) -> bool:
    """Whether the words around luas mean the area of a parcel, or nothing but a unit."""
    others = set(words) - {"luas"} - words_of("units")
    return not others or (bool(others & words_of("parcel_area")) and not others & words_of("other_area"))


def without_units(key: str) -> str:
    """Heading in plain form without the units at its end."""
    words = key.split()
    while len(words) > 1 and words[-1] in words_of("units"):
        words.pop()
    return " ".join(words)


def hemisphere_of(heading: str | None, axis: str) -> str | None:
    """
    Hemisphere that a heading gives to the latitudes or longitudes below it; None for no or several hemispheres.

    A single letter counts alone in brackets, or beside nothing but the words of a coordinate.

    Parameters
    ----------
    axis
        ``latitude`` or ``longitude``.

    Examples
    --------
    >>> [hemisphere_of(h, "latitude") for h in ("Lintang (LS)", "Latitude (S)", "Koordinat (LS, BT)", "LS/LU")]
    ['S', 'S', 'S', None]
    >>> hemisphere_of("Koordinat Barito Selatan", "latitude"), hemisphere_of("Lintang (LS = minus)", "latitude")
    (None, None)
    >>> hemisphere_of("Lat (-)", "latitude"), hemisphere_of("Latitude - S", "latitude")
    ('S', 'S')
    >>> [hemisphere_of(h, "latitude") for h in ("LINTANGLS", "Lat (south positive)", "Lintang Negatif")]
    ['S', 'S', 'S']
    """
    bare = _ONLY_MINUS.sub(" ", heading or "")
    if not bare:
        return None
    minus = bare != heading and axis == "latitude"
    heading = spaced(bare)
    if _SIGN.search(bare) or not (_sign_words("plus") | _sign_words("minus")).isdisjoint(plain(heading).split()):
        return _by_signs(heading, axis)
    key = f" {plain(heading)} "
    table = _table()
    weak = _weak_words(heading)
    found = [
        letter
        for letter in _AXES[axis]
        if any(f" {words} " in key for words in table["hemispheres"][letter])
        or not weak.isdisjoint(table["weak_hemispheres"][letter])
    ]
    return found[0] if len(found) == 1 else "S" if minus and not found else None


def _sign_words(key: str) -> frozenset[str]:
    return words_of("signs", key)


def _by_signs(heading: str, axis: str) -> str | None:
    """Hemisphere of the bare numbers below a heading that speaks of signs; None where they have signs themselves."""
    text = heading.replace("+", " plus ").replace("±", " plus minus ")
    for part in re.split(r"[,;/|()\[\]]|\b(?:dan|and)\b", text):
        words = set(plain(part).split())
        if words & _sign_words("plus") and not words & _sign_words("minus"):
            found = [letter for letter in _AXES[axis] if _named_in(words, letter)]
            if found and found[0] in ("S", "W") and len(found) == 1:
                return found[0]
    words = set(plain(text).split())
    others = words - {w for role in ("latitude", "coordinates") for w in words_of("roles", role)}
    others -= words_of("units") | _sign_words("minus") | _sign_words("beside")
    alone = axis == "latitude" and not others and words & _sign_words("minus")
    return "S" if alone and not re.search(r"[+±=]", heading) else None


def _named_in(words: set[str], letter: str) -> bool:
    table = _table()
    known = {*table["hemispheres"][letter], *table["weak_hemispheres"][letter]}
    return bool(words & known) and not (words <= {"d", "m", letter.casefold()})


def speaks_of_south(heading: str | None) -> bool:
    """
    Whether a heading mentions the south or a minus, whatever it means by it.

    Examples
    --------
    >>> speaks_of_south("Lintang (LS/LU)"), speaks_of_south("Lintang (minus)"), speaks_of_south("Lintang")
    (True, True, False)
    """
    text = spaced(heading or "")
    key = f" {plain(text)} "
    words = {w for w in _table()["weak_hemispheres"]["S"] if len(w) > 1} | _sign_words("minus")
    if _is_plural(heading):
        return True  # LATS beside LONGS
    return bool(_SIGN.search(text.replace("+", " "))) or any(
        f" {w} " in key for w in (*_table()["hemispheres"]["S"], *words)
    )


def _weak_words(heading: str) -> set[str]:
    """Letters and words of hemispheres that a heading uses as such."""
    table = _table()
    letters = {w for words in table["weak_hemispheres"].values() for w in words}
    sure = {w for words in table["hemispheres"].values() for w in words}
    groups = [plain(t).split() for t in re.findall(r"[(\[{]([^)\]}]*)[)\]}]", heading)]
    degrees = words_of("units") - letters - {"d", "m", "menit"}
    beside = letters | sure | degrees | {"dan", "and", "in", "dalam"} | _sign_words("towards")
    found = {w for group in groups if set(group) <= beside for w in group}
    words = plain(re.sub(r"[(\[{].*?[)\]}]", " ", heading)).split()
    axis = {w for role in ("latitude", "longitude") for w in table["roles"][role]} & set(words)
    usual = axis | words_of("roles", "coordinates") | (words_of("units") - letters) | {"garis", "gps", "in", "dalam"}
    usual |= _sign_words("towards")
    usual |= {"titik"} if axis else set()  # "Titik B" is a point, not the west
    others = [w for w in words if w not in usual]
    allowed = letters if axis else letters - {"w", "b"}
    if 1 <= len(others) <= 2 and set(others) <= allowed and not {"d", "m", "menit"} & set(words):
        found |= set(others)
    return found & letters


def is_south_positive(heading: str | None) -> bool:
    """
    Whether a heading says that positive latitudes are southern.

    Examples
    --------
    >>> is_south_positive("Lat (south positive)"), is_south_positive("Lintang (LS)")
    (True, False)
    """
    text = (heading or "").replace("+", " plus ")
    return hemisphere_of(heading, "latitude") == "S" and not _sign_words("plus").isdisjoint(plain(text).split())


def hemispheres_of(first: str | None, second: str | None) -> tuple[str | None, str | None]:
    """
    Hemispheres that headings give to latitudes and longitudes.

    Parameters
    ----------
    first, second
        Heading of the latitudes, or of both in one column; heading of the longitudes.

    Examples
    --------
    >>> hemispheres_of("Koordinat (LS BT)", None), hemispheres_of("Latitude (S)", "Longitude")
    (('S', 'E'), ('S', None))
    """
    if second and _is_plural(first) and _is_plural(second):  # Lats, Longs
        return None, None
    return hemisphere_of(first, "latitude"), hemisphere_of(second or first, "longitude")


def _is_plural(heading: str | None) -> bool:
    key = plain(heading or "")
    return key.endswith("s") and key[:-1] in {*words_of("roles", "latitude"), *words_of("roles", "longitude")}


def letter_roles(headings: Sequence[str]) -> dict[int, str]:
    """
    Roles of columns headed by the letters of hemispheres alone, by position; none where there is no single pair.

    Examples
    --------
    >>> letter_roles(["No", "Desa", "S", "E"]), letter_roles(["U", "S", "T", "B"])
    ({2: 'latitude', 3: 'longitude'}, {})
    """
    keys = [plain(h) for h in headings]
    found = {axis: [n for n, k in enumerate(keys) if k in words_of("letters", axis)] for axis in _AXES}
    lats, lons = found["latitude"], found["longitude"]
    if len(lats) == len(lons) == 1 and abs(lats[0] - lons[0]) == 1 and not {"b", "w", "barat", "west"} & set(keys):
        return {lats[0]: "latitude", lons[0]: "longitude"}
    return {}


def base_of(heading: str) -> str:
    """
    Heading without the words of its axis, hemisphere and unit: what the two columns of a position have in common.

    Examples
    --------
    >>> base_of("Lintang Kantor (LS)"), base_of("Bujur Kantor (BT)"), base_of("Latitude_2")
    ('kantor', 'kantor', '2')
    """
    table = _table()
    axis = {w for role in ("latitude", "longitude", "x", "y", "coordinates") for w in table["roles"][role]}
    letters = {w for words in (table["weak_hemispheres"], table["hemispheres"]) for ws in words.values() for w in ws}
    drop = axis | letters | words_of("units") | words_of("grid") | {"x", "y", "garis"}
    drop |= words_of("roles", "accuracy_m")
    return " ".join(w for w in plain(spaced(heading)).split() if w not in drop)


def has_position(roles: Iterable[str]) -> bool:
    """
    Whether columns of these roles together give a position.

    Examples
    --------
    >>> has_position(["x", "y"]), has_position(["latitude", "village"])
    (True, False)
    """
    return {"latitude", "longitude"} <= (found := set(roles)) or {"x", "y"} <= found or "coordinates" in found


def names_position(text: str) -> bool:
    """Whether a text is a usual heading of coordinates, or contains the word koordinat."""
    key = text.strip().casefold()
    return key[:1].isalpha() and (key in _POSITION_HEADINGS or "koordinat" in key)


def is_unit(text: str) -> bool:
    """
    Whether a cell under a heading only names a unit or a hemisphere.

    Examples
    --------
    >>> is_unit("(m2)"), is_unit("LS"), is_unit("°"), is_unit("Desa"), is_unit("dd.dddddd")
    (True, True, True, False, True)
    """
    key = plain(text)
    if not key:
        return bool(text.strip()) and len(text.strip()) <= 5
    return all(w in _unit_words() or re.fullmatch(r"d+|m+|s+", w) for w in key.split())


@cache
def _unit_words() -> frozenset[str]:
    table = _table()
    words = (w for part in ("hemispheres", "weak_hemispheres") for ws in table[part].values() for w in ws)
    return words_of("units") | frozenset(words)
