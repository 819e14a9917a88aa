"""
The page of a map as a `folium.Map`, for notebooks.

Texts of users never pass through templates of folium or branca, which would evaluate braces.
"""

from __future__ import annotations

from typing import Any

from branca.element import Element, Figure, Link
from folium import Map
from folium.template import Template
from markupsafe import Markup

from gerai_geo.outputs.map_page.html_page import PageContent, render_page, unix_lines


def folium_map(content: PageContent) -> RegencyMap:
    """Map whose page is that of the content."""
    drawn = RegencyMap(location=list(content.centre), tiles=None)
    drawn._id = content.name.removeprefix("map_")
    Page(content).add_child(drawn)
    return drawn


class RegencyMap(Map):  # type: ignore[misc, unused-ignore]
    """folium's map without its CDN links; `Page` brings Leaflet and the script."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  folium's own attribute
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = Template(
        '{% macro html(this, kwargs) %}<div class="folium-map" id="{{ this.get_name() }}"></div>{% endmacro %}'
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = "
        "gerai({{ this.get_name()|tojson }});{% endmacro %}"
    )


class Page(Figure):  # type: ignore[misc, unused-ignore]
    """Page around a map and what a caller added to it."""

    def __init__(self, content: PageContent) -> None:
        super().__init__(height="680px")
        self.header = Element()
        self.header._parent = self
        self._content = content

    def render(self, **kwargs: Any) -> str:
        """HTML of the whole page."""
        for child in self._children.values():
            child.render(**kwargs)
        return render_page(
            self._content,
            Markup(self.html.render(**kwargs)),
            unix_lines(self.script.render(**kwargs)).strip(),
            header=Markup(self.header.render(**kwargs)),
            foreign=any(isinstance(child, Link) for child in self.header._children.values()),
        )
