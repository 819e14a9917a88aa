"""
SVG symbols of statuses and forest functions, on screen and in black and white.

A status has a colour, a shape and a sign in it; a function the official colour, a hatch and its abbreviation. No text
of a user enters them.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from markupsafe import Markup

from gerai_geo import schema
from gerai_geo.reference.functions import forest_functions
from gerai_geo.reference.legend_colours import STATUS_COLOURS

_EDGE: Final = 'stroke="#111" stroke-width="1.6" stroke-linejoin="round"'
_SIGN: Final = 'fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"'
_SHAPES: Final = {
    "inside": '<path d="M-8-8H8V8H-8Z" fill="{c}" {edge}/><path d="M-4-4L4 4M4-4L-4 4" {sign}/>',
    "partly_inside": '<path d="M0-11L11 0L0 11L-11 0Z" fill="#fff" {edge}/>'
    '<path d="M0-11L0 11L-11 0Z" fill="{c}" {edge}/>',
    "near_boundary": '<path d="M0-10.5L11 8.5H-11Z" fill="{c}" {edge}/>'
    '<path d="M0-4.5V2" fill="none" stroke="#111" stroke-width="2.6" stroke-linecap="round"/>'
    '<circle cy="5.6" r="1.6" fill="#111"/>',
    "outside": '<circle r="9.2" fill="{c}" {edge}/><path d="M-4 .4L-1.2 3.4L4.4-3.2" {sign}/>',
    "not_assessed": '<path d="M-5-9.5H5L10 0L5 9.5H-5L-10 0Z" fill="{c}" {edge}/>'
    '<path d="M-3-2.6C-3-6.6 3.2-6.6 3.2-2.8C3.2-.4 0-.6 0 1.8" {thin}/><circle cy="5.4" r="1.5" fill="#fff"/>',
}

_DOTS: Final = {
    "inside": "M-4-4H4V4H-4Z",
    "partly_inside": "M0-5L5 0L0 5L-5 0Z",
    "near_boundary": "M0-5L5 4H-5Z",
    "outside": "M-4 0A4 4 0 1 1 4 0A4 4 0 1 1-4 0Z",
    "not_assessed": "M-4-4L0-1L4-4L1 0L4 4L0 1L-4 4L-1 0Z",
}

_LINE: Final = 'stroke="#000" stroke-opacity=".42" stroke-width="1.1" fill="none"'
_PATTERNS: Final = {  # group or key -> lines in a square of 12
    "HL": f'<path d="M0 3H12M0 9H12" {_LINE}/>',
    "HP": f'<path d="M-3 3L3-3M0 12L12 0M9 15L15 9" {_LINE}/>',
    "HPT": f'<path d="M9-3L15 3M0 0L12 12M-3 9L3 15" {_LINE}/>',
    "HPK": f'<path d="M0 12L12 0M0 0L12 12" {_LINE}/>',
    "konservasi": '<circle cx="3" cy="3" r="1.5" fill-opacity=".5"/><circle cx="9" cy="9" r="1.5" fill-opacity=".5"/>',
    "air": f'<path d="M0 4Q3 1 6 4T12 4M0 10Q3 7 6 10T12 10" {_LINE}/>',
    "tidak diketahui": f'<path d="M6 0V12M0 6H12" {_LINE}/>',
    "non-hutan": "",
}
_FILL_OPACITY: Final = {"APL": 1.0, "WATER": 0.55}


@cache
def definitions() -> Markup:
    """
    Hidden SVG with a symbol (`s-`) and a dot (`d-`) per status and a pattern (`f-`) per forest function.

    Stands once in the body of a page; used through ``<use href="#s-inside">`` and ``fill="url(#f-HP)"``.
    """
    symbols = "".join(
        f'<symbol id="s-{status}" viewBox="-12 -12 24 24">{status_drawing(status)}</symbol>'
        f'<path id="d-{status}" d="{_DOTS[status]}" fill="{STATUS_COLOURS[status]}" stroke="#111" stroke-width=".8"/>'
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
    return Markup(
        _SHAPES[status].format(c=STATUS_COLOURS[status], edge=_EDGE, sign=_SIGN, thin=_SIGN.replace("2.6", "2.2"))
    )


def _fill(key: str) -> str:
    return f'fill="{forest_functions()[key].colour}" fill-opacity="{_FILL_OPACITY.get(key, 0.62)}"'


def _hatch(key: str) -> str:
    return _PATTERNS.get(key) or _PATTERNS.get(forest_functions()[key].group, "")
