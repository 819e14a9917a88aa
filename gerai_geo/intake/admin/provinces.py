"""The province of each site of a list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Ints
from gerai_geo.intake.admin.regencies import find_province, province_words, regency_key
from gerai_geo.intake.files.raw_table import column_texts

Texts = list[str | None]


@dataclass(frozen=True)
class Province:
    """
    A province with sites.

    Parameters
    ----------
    code
        Two digits of Kemendagri; None where only its name is known.
    name
        As the boundaries, `reference/provinces.csv` or the list write it; None where only its code is known.
    """

    code: str | None
    name: str | None


def provinces_of(sites: GeoDataFrame, named: Texts, boundaries: GeoDataFrame | None) -> tuple[Ints, list[Province]]:
    """
    Find the province of each site: that of its regency, else the one that its row names.

    Parameters
    ----------
    sites
        With ``regency`` and ``regency_code``, which `read_sites` fills in from boundaries.
    named
        Province that each row names.
    boundaries
        Made by `read_boundaries`.

    Returns
    -------
    numbers
        Position in ``provinces`` of the province of each site; -1 where it is not known.
    provinces
        By code, then by name.
    """
    codes: Texts = [_code_of(code) for code in column_texts(sites["regency_code"])]
    bounds = _Bounds(boundaries)
    code_of_name = _most_common((_key(n), c) for c, n in [*bounds.pairs, *zip(codes, named, strict=True)] if c and n)
    names = [
        (bounds.names.get(regency_key(regency)) if regency and not code else None) or own
        for regency, code, own in zip(column_texts(sites["regency"]), codes, named, strict=True)
    ]
    keys: list[tuple[str | None, str | None]] = []
    for code, name in zip(codes, names, strict=True):
        key = _key(name) if name else None
        code = code or (code_of_name.get(key) or _known_code(name) if key and name else None)
        keys.append((code, None if code else key))
    name_of_code = _most_common((key[0], name) for key, name in zip(keys, named, strict=True) if key[0] and name)
    name_of_code |= {c: found for c in {k[0] for k in keys if k[0]} if (found := _known_name(c))}
    name_of_code |= _most_common((code, name) for code, name in bounds.pairs if code and name)
    name_of_key = _most_common((key[1], name) for key, name in zip(keys, names, strict=True) if key[1] and name)
    ordered = sorted({k for k in keys if any(k)}, key=lambda k: (k[0] is None, k[0] or k[1] or ""))
    number = {k: n for n, k in enumerate(ordered)}
    provinces = [Province(code, name_of_code.get(code) if code else name_of_key[str(key)]) for code, key in ordered]
    return np.array([number.get(k, -1) for k in keys], dtype=np.int64), provinces


class _Bounds:
    """Provinces of boundaries: code and name of each polygon, name of each regency."""

    def __init__(self, boundaries: GeoDataFrame | None) -> None:
        self.pairs: list[tuple[str | None, str | None]] = []
        self.names: dict[str, str] = {}
        if boundaries is None:
            return
        table = boundaries[["regency", "regency_code", "province"]].drop_duplicates()
        names = column_texts(table["province"])
        self.pairs = list(zip(map(_code_of, column_texts(table["regency_code"])), names, strict=True))
        regencies = map(regency_key, table["regency"])
        self.names = _most_common((key, name) for key, name in zip(regencies, names, strict=True) if name)


def _code_of(regency_code: str | None) -> str | None:
    """
    Code of the province of a regency; None where there is none, or it may mean two.

    Examples
    --------
    >>> _code_of("62.07"), _code_of("6208"), _code_of("9101"), _code_of("KTR")
    ('62', '62', None, None)
    """
    match = re.match(r"(\d\d)(\.?)\d\d", regency_code or "")
    # BPS and Kemendagri number the provinces of Papua differently
    return match[1] if match and (match[2] or match[1][0] != "9") else None


def _key(name: str) -> str:
    """Name of a province however it is spelt; one without Latin letters as it is."""
    return province_words(name).replace(" ", "") or " ".join(name.split()).casefold()


def _known_code(name: str) -> str | None:
    known = find_province(name)
    return known[0] if known else None


def _known_name(code: str) -> str | None:
    known = find_province(code)
    return known[1] if known else None


def _most_common(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Value that most often stands beside each key; the first of equals."""
    counts: dict[str, Counter[str]] = {}
    for key, value in pairs:
        counts.setdefault(key, Counter())[value] += 1
    return {key: values.most_common(1)[0][0] for key, values in counts.items()}
