"""
Sentences said again in the language in force, from what they remember of themselves (`translate.Text`).

What a sentence is made of is plain data: a text is itself; ``{"template": .., name: ..}`` is a template of the code
with its values; ``{"texts": {"id": .., "en": ..}}`` is given by a data file in each language; ``{"parts": [..],
"between": ..}`` is joined; and a quantity has its unit as its only key, e.g. ``{"area_m2": 812.0}``.
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


def say(source: Any) -> str:
    """
    Say a sentence in the language in force.

    Parameters
    ----------
    source
        What it is made of, as `Text.source` holds it.

    Examples
    --------
    >>> say({"template": "{share} bidang ini", "share": {"percent": [0.5, 0]}})
    '50 % bidang ini'
    """
    if not isinstance(source, Mapping):
        return Text(str(source), source) if isinstance(source, str) else source
    if "template" in source:
        template = _(str(source["template"]))
        values = {name: say(value) for name, value in source.items() if name != "template"}
        return template.format(**values) if values else template
    if "texts" in source:
        return by_language(source["texts"])
    if "parts" in source:
        return str(say(source.get("between", ""))).join(str(say(part)) for part in source["parts"])
    (quantity, value), *_more = source.items()
    return _QUANTITIES[quantity](value)
