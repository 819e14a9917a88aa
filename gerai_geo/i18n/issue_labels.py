"""Labels of issues by code, the part of a row each is about, and options that settle some: `issue_labels.toml`."""

from __future__ import annotations

from typing import Final

from gerai_geo.i18n.text_tables import text_tables
from gerai_geo.i18n.translate import _

_FILE: Final = ("i18n", "issue_labels.toml")


def corrects(code: str) -> str | None:
    """
    Part of a row to correct for a code: ``coordinates``, ``regency``, ``area`` or None.

    Examples
    --------
    >>> corrects("outside_regency"), corrects("bad_area"), corrects("columns_read")
    ('coordinates', 'area', None)
    """
    return next((part for part, codes in text_tables(*_FILE)["corrects"].items() if code in codes), None)


def option_for(code: str) -> str | None:
    """
    Option of the command line that settles issues of a code; None where there is none.

    Examples
    --------
    >>> option_for("scale_assumed"), option_for("no_coordinates")
    ('--scale', None)
    """
    option: str | None = text_tables(*_FILE)["options"].get(code)
    return option


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
    label = text_tables(*_FILE)["labels"].get(code)
    return code if label is None else _(label)
