"""
Sentences rendered in the language in force, from the source that `translate.Text` keeps.

A source is plain data: a string is a text itself; ``{"template": .., name: ..}`` a template in the code with its
values; ``{"texts": {"id": .., "en": ..}}`` a text of a data file in each language; ``{"parts": [..], "between": ..}`` a
join; and a quantity has its unit as only key, e.g. ``{"area_m2": 812.0}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gerai_geo.i18n import labels, numbers
from gerai_geo.i18n.translate import Text, _, by_language

_QUANTITIES: Final[Mapping[str, Callable[[Any], str]]] = {
    "number": lambda v: numbers.number(*v),
    "area_m2": numbers.area,
    "distance_m": numbers.distance,
    "percent": lambda v: numbers.percent(*v),
    "probability": numbers.probability,
    "lonlat": lambda v: labels.coordinates(*v),
    "day": labels.day,
}


def render(source: Any) -> str:
    """
    Render a sentence in the language in force.

    Parameters
    ----------
    source
        As in `Text.source`.

    Examples
    --------
    >>> render({"template": "{share} bidang ini", "share": {"percent": [0.5, 0]}})
    '50 % bidang ini'
    """
    if not isinstance(source, Mapping):
        return Text(str(source), source) if isinstance(source, str) else source
    if "template" in source:
        template = _(str(source["template"]))
        values = {name: render(value) for name, value in source.items() if name != "template"}
        return template.format(**values) if values else template
    if "texts" in source:
        return by_language(source["texts"])
    if "parts" in source:
        return str(render(source.get("between", ""))).join(str(render(part)) for part in source["parts"])
    (quantity, value), *_more = source.items()
    return _QUANTITIES[quantity](value)
