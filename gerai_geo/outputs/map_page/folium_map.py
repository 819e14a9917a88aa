"""
The page of a map as a `folium.Map`, for notebooks; folium's plugins that we carry need no network in it.

Texts of users never pass through templates of folium or branca, which would evaluate braces.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from branca.element import CssLink, Element, Figure, JavascriptLink, Link
from folium import Map
from folium.template import Template
from markupsafe import Markup

from gerai_geo.outputs.map_page.html_page import AddedParts, PageContent, render_page, unix_lines

_PLUGINS: Final = "folium_plugins"
_CARRIED: Final = {
    "leaflet.draw.js": f"{_PLUGINS}/leaflet.draw.js",
    "leaflet.draw.css": f"{_PLUGINS}/leaflet.draw.css",
    "L.Control.Locate.min.js": f"{_PLUGINS}/L.Control.Locate.min.js",
    "L.Control.Locate.min.css": f"{_PLUGINS}/L.Control.Locate.min.css",
    "Control.MiniMap.js": f"{_PLUGINS}/Control.MiniMap.min.js",
    "Control.MiniMap.css": f"{_PLUGINS}/Control.MiniMap.min.css",
    "MarkerCluster.Default.css": "markercluster/MarkerCluster.Default.css",
    "leaflet.markercluster.js": None,
    "MarkerCluster.css": None,
}
"""Our copy of a file that a plugin loads from a CDN, by its name; None where every page holds it."""


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
        added = AddedParts(elements=any(child._children for child in self._children.values()))
        for child in self.header._children.values():
            _place(child, added, child.render(**kwargs))
        return render_page(
            self._content,
            Markup(self.html.render(**kwargs)),
            unix_lines(self.script.render(**kwargs)).strip(),
            added=added,
        )


def _place(child: Element, added: AddedParts, markup: str) -> None:
    """Put an element of folium's head where it belongs: scripts behind Leaflet, in which their plugins hang."""
    if not isinstance(child, Link):
        added.header.append(Markup(markup))
        return
    name = child.url.rpartition("/")[2]
    if name not in _CARRIED:
        added.hosts.append(urlsplit(child.url).hostname or child.url)
        (added.links if isinstance(child, JavascriptLink) else added.header).append(Markup(markup))
    elif (ours := _CARRIED[name]) is not None:
        (added.styles if isinstance(child, CssLink) else added.scripts).append(ours)
