"""Labels of issues by code, and the part of a row that each code is about, from `issue_labels.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from gerai_geo.i18n.translate import _


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("gerai_geo.i18n").joinpath("issue_labels.toml").read_text(encoding="utf-8"))


def corrects(code: str) -> str | None:
    """
    Part of a row to correct for a code: ``coordinates``, ``regency``, ``area`` or None.

    Examples
    --------
    >>> corrects("outside_regency"), corrects("bad_area"), corrects("columns_read")
    ('coordinates', 'area', None)
    """
    return next((part for part, codes in _table()["corrects"].items() if code in codes), None)


def field_labels() -> dict[str, str]:
    """Labels of the parts that `corrects` returns."""
    return {"coordinates": _("Koordinat"), "regency": _("Kabupaten"), "area": _("Luas")}


def issue_label(code: str) -> str:
    """
    Label of the issues with a code; the code itself where it has none.

    Examples
    --------
    >>> issue_label("no_coordinates")
    'Koordinatnya kosong, jadi belum dapat dinilai'
    """
    label = _table()["labels"].get(code)
    return code if label is None else _(label)


def issue_labels() -> dict[str, str]:
    """Labels by code, in the language in force."""
    return {code: _(label) for code, label in _table()["labels"].items()}
