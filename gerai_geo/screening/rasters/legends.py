"""Legends of class rasters: names of the values in both languages."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.records.geopackage import delimiter_of
from gerai_geo.screening.rasters.raster import Legend


def read_legend(source: str | Path | Legend | None) -> Legend:
    """
    Read the legend of a class raster.

    Parameters
    ----------
    source
        CSV (comma or semicolon) with the columns ``value, name_id, name_en``; TOML with a ``[[class]]`` of the same
        fields each; a mapping; or None for no names. ``name_en`` may be left out.

    Returns
    -------
    legend
        Indonesian and English name by value; the other one where one is missing.

    Raises
    ------
    InputError
        If the file can't be read, lacks a column, has no class, names one twice, or a value is no number.
    """
    if source is None:
        return {}
    if isinstance(source, Mapping):
        return {float(value): (str(names[0]), str(names[1])) for value, names in source.items()}
    path = Path(source)
    try:
        content = path.read_text(encoding="utf-8-sig")
        rows = _toml_rows(content) if path.suffix.lower() == ".toml" else _csv_rows(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error) as error:
        detail = getattr(error, "strerror", None) or error
        text = _("{file}: legenda tidak dapat dibaca ({detail}). Simpan sebagai CSV UTF-8.")
        raise InputError(text.format(file=path.name, detail=detail)) from None
    legend: dict[float, tuple[str, str]] = {}
    for number, row in enumerate(rows, start=1):
        try:
            value = float(str(row["value"]).strip())
        except (KeyError, ValueError):
            text = _("{file}, kelas ke-{n}: kolom value harus berisi angka kelas. Kolomnya: value,name_id,name_en.")
            raise InputError(text.format(file=path.name, n=number)) from None
        names = [str(row.get(c) or "").strip() for c in ("name_id", "name_en")]
        if not any(names) or value in legend:
            text = _("{file}, kelas ke-{n}: nama kosong, atau nilai {value:g} sudah ada. Beri satu nama per nilai.")
            raise InputError(text.format(file=path.name, n=number, value=value))
        legend[value] = (names[0] or names[1], names[1] or names[0])
    if not legend:
        text = _("{file}: legenda ini kosong. Isi dengan kolom value,name_id,name_en.")
        raise InputError(text.format(file=path.name))
    return legend


def _csv_rows(text: str) -> Iterable[Mapping[str, Any]]:
    return list(csv.DictReader(text.splitlines(), delimiter=delimiter_of(text)))


def _toml_rows(text: str) -> Iterable[Mapping[str, Any]]:
    classes = tomllib.loads(text).get("class", [])
    return classes if isinstance(classes, list) else []
