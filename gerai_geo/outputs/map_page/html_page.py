"""
Self-contained HTML page around a map, without requests to the network.

Texts of users enter a page in two ways only: as JSON that a script shows as text, and through a template that
escapes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import jinja2
from markupsafe import Markup

TILE_HOSTS: Final = (
    "https://geoservices.big.go.id",
    "https://tile.openstreetmap.org",
    "https://server.arcgisonline.com",
)
"""Hosts of the basemaps a reader may switch on; no other requests are allowed."""

_SCRIPTS: Final = (
    "unpack_rings",
    "nodes",
    "core",
    "coordinates",
    "forest",
    "sites",
    "site_panel",
    "field_tools",
    "exact_ground",
    "exact_plots",
    "read_place",
    "point_check",
    "table",
    "list_files",
    "map_picture",
    "legend",
    "tools",
    "print_numbers",
    "print",
    "canvas_symbols",
    "start",
)
_TEMPLATE_BYTES: Final = 40_000
"""Size of the template with what a map writes into it, besides data."""
_PACKAGE: Final = resources.files("gerai_geo.outputs")


@cache
def environment() -> jinja2.Environment:
    """Jinja environment of our templates, with escaping and strict undefined names."""
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _read("templates", name)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def json_block(value: Any) -> Markup:
    r"""
    JSON safe inside a script element.

    Examples
    --------
    >>> json_block({"a": "</script>&"})
    Markup('{"a":"\\u003c/script\\u003e\\u0026"}')
    """
    return json_text(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def json_text(text: str) -> Markup:
    """Mark a JSON text as safe inside a script element, its signs escaped."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def content_policy(scripts: list[str]) -> str:
    """Content-Security-Policy that allows these scripts and basemap tiles only."""
    hashes = [base64.b64encode(hashlib.sha256(s.encode("utf-8")).digest()).decode("ascii") for s in scripts if s]
    allowed = " ".join(f"'sha256-{h}'" for h in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        f"img-src data: {' '.join(TILE_HOSTS)}; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


@cache
def style(name: str) -> Markup:
    """Our style sheets: the common one and the one of that name."""
    return Markup(_read("templates", "common.css") + _read("templates", f"{name}.css"))


@dataclass(frozen=True)
class PageContent:
    """
    Content of the page of a map.

    Parameters
    ----------
    name
        Name of the map in the page, an identifier of JavaScript.
    centre
        Latitude and longitude.
    data
        Data of the script, of `json_block`.
    context
        Values of the template ``map.html``.
    """

    name: str
    centre: tuple[float, float]
    data: Markup
    context: dict[str, Any]


def load_page() -> None:
    """Compile the template of a map and read its scripts and styles, once for all pages."""
    environment().get_template("map.html")
    for load in (_vendored_scripts, _own_script, _vendored_style, _licences):
        load()


@cache
def frame_bytes() -> int:
    """Size of a page without its data, somewhat more than it is."""
    parts = [*_vendored_scripts(), _own_script(), _vendored_style(), style("map"), _licences()]
    return sum(len(part.encode()) for part in parts) + _TEMPLATE_BYTES


def page_html(content: PageContent) -> str:
    """HTML of the whole page."""
    start = f'var {content.name} = gerai("{content.name}");'
    body = f'<div class="folium-map" id="{content.name}"></div>'
    return render_page(content, Markup(body), start)


def render_page(
    content: PageContent, body: Markup, start: str, *, header: Markup | None = None, foreign: bool = False
) -> str:
    """
    Page around a map.

    Parameters
    ----------
    body, start, header
        Element of the map, script that starts it, and what else belongs into the head.
    foreign
        Whether it holds elements that load from CDNs: no policy of ours fits them.
    """
    scripts = [*_vendored_scripts(), _own_script(), start]
    check = _read("templates", "browser_check.js")
    return (
        environment()
        .get_template("map.html")
        .render(
            **content.context,
            policy=None if foreign else content_policy([check, *scripts]),
            browser_check=Markup(check),
            styles=[_vendored_style(), style("map")],
            scripts=[Markup(s) for s in scripts],
            licences=Markup(_licences()),
            data=content.data,
            header=header or Markup(),
            body=body,
        )
    )


@cache
def _vendored_scripts() -> tuple[str, ...]:
    return tuple(
        re.sub(r"\n?//# sourceMappingURL=.*", "", _read("assets", file)).strip()
        for file in ("leaflet/leaflet.js", "markercluster/leaflet.markercluster.js")
    )


@cache
def _own_script() -> str:
    parts = "\n".join(_read("templates", f"{name}.js") for name in _SCRIPTS)
    files = {"iconUrl": "marker-icon", "iconRetinaUrl": "marker-icon-2x", "shadowUrl": "marker-shadow"}
    icons = {name: _data_uri(f"leaflet/{file}.png") for name, file in files.items()}
    return f'const gerai = (() => {{\n"use strict";\nconst ICONS = {json.dumps(icons)};\n{parts}\nreturn start;\n}})();'


_MODULES: Final = {"unpack_rings.js": "unpackRings", "nodes.js": "el, svg, symbol, swatch, fill"}


@cache
def script_module(name: str) -> str | None:
    """Script of the maps as a module of JavaScript for other pages; None if it is none of these."""
    if name not in _MODULES:
        return None
    return _read("templates", name) + f"export {{ {_MODULES[name]} }};\n"


@cache
def _vendored_style() -> Markup:
    css = _read("assets", "leaflet/leaflet.css") + _read("assets", "markercluster/MarkerCluster.css")
    css = re.sub(r"url\(images/([\w-]+\.png)\)", lambda m: f"url({_data_uri('leaflet/' + m[1])})", css)
    return Markup(css.replace("behavior: url(#default#VML);", ""))


@cache
def _licences() -> str:
    texts = [f"{name}\n{_read('assets', f'{name}/LICENSE')}" for name in ("leaflet", "markercluster")]
    return "\n".join(texts).replace("--", "- -")


def _data_uri(file: str) -> str:
    content = _PACKAGE.joinpath("assets", *file.split("/")).read_bytes()
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def _read(folder: str, file: str) -> str:
    return unix_lines(_PACKAGE.joinpath(folder, *file.split("/")).read_text(encoding="utf-8"))


def unix_lines(text: str) -> str:
    """Text with the line ends over which a browser computes a script's checksum."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
