"""
SVG symbols of statuses and forest functions, on screen and in black and white.

A status has a colour, a shape and a sign in it; a function the official colour, a hatch and its abbreviation. They are
drawn in `templates/symbols.toml`. No text of a user enters them.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

import tomli
from markupsafe import Markup

from gerai_geo import schema
from gerai_geo.reference.functions import forest_functions
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

_FILL_OPACITY: Final = {"APL": 1.0, "WATER": 0.55}


@cache
def definitions() -> Markup:
    """
    Hidden SVG with a symbol (`s-`) and a dot (`d-`) per status and a pattern (`f-`) per forest function.

    Stands once in the body of a page; used through ``<use href="#s-inside">`` and ``fill="url(#f-HP)"``.
    """
    symbols = "".join(
        f'<symbol id="s-{status}" viewBox="-12 -12 24 24">{status_drawing(status)}</symbol>'
        f'<path id="d-{status}" d="{drawing("dots", status)}" fill="{STATUS_COLOURS[status]}" '
        'stroke="#111" stroke-width=".8"/>'
        for status in schema.STATUSES
    )
    patterns = "".join(
        f'<pattern id="f-{key}" width="12" height="12" patternUnits="userSpaceOnUse">'
        f'<rect width="12" height="12" {_fill(key)}/>{_hatch(key)}</pattern>'
        for key in forest_functions()
    )
    return Markup(
        '<svg class="definitions" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
        f"{symbols}{patterns}</defs></svg>"
    )


def status_symbol(status: str, size_px: int = 18) -> Markup:
    """Symbol of a status; needs `definitions` in the page, and its label as text."""
    if status not in schema.STATUSES:
        raise ValueError(f"status is {status!r}, expected one of {list(schema.STATUSES)}")
    return Markup(
        f'<svg class="symbol" width="{size_px}" height="{size_px}" aria-hidden="true"><use href="#s-{status}"/></svg>'
    )


def function_hatches(size: float) -> Markup:
    """
    Hatch patterns (`h-`) of the forest functions, squares of a size in units of the drawing, without their colour.

    Patterns with a background show seams in print, so the colour is painted first, see `function_paint`.
    """
    return Markup(
        "".join(
            f'<pattern id="h-{key}" width="12" height="12" patternUnits="userSpaceOnUse" '
            f'patternTransform="scale({size / 12:g})">{_hatch(key)}</pattern>'
            for key in forest_functions()
            if _hatch(key)
        )
    )


def function_paint(key: str) -> list[str]:
    """SVG attributes that paint a function's polygons: its colour, then its hatch where it has one."""
    return [_fill(key)] + ([f'fill="url(#h-{key})"'] if _hatch(key) else [])


def status_picture(status: str) -> Markup:
    """SVG of a status, 9 mm wide."""
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm" viewBox="-12 -12 24 24">'
        f"{status_drawing(status)}</svg>"
    )


def status_drawing(status: str) -> Markup:
    """Shapes of a status around the origin, 24 units wide; needs no `definitions`."""
    return Markup(drawing("statuses", status, colour=STATUS_COLOURS[status]))


def drawing(table: str, name: str, **values: str) -> str:
    """Drawing of a table of `templates/symbols.toml`, with its attributes; empty where there is none of this name."""
    return _drawings()[table].get(name, "").format(**_drawings()["attributes"], **values)


@cache
def _drawings() -> dict[str, dict[str, str]]:
    file = resources.files("gerai_geo.outputs").joinpath("templates", "symbols.toml")
    return tomli.loads(file.read_text(encoding="utf-8"))


def _fill(key: str) -> str:
    return f'fill="{forest_functions()[key].colour}" fill-opacity="{_FILL_OPACITY.get(key, 0.62)}"'


def _hatch(key: str) -> str:
    return drawing("hatches", key) or drawing("hatches", forest_functions()[key].group)
