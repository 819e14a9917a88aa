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
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

if TYPE_CHECKING:
    import jinja2

TILE_HOSTS: Final = (
    "https://geoservices.big.go.id",
    "https://tile.openstreetmap.org",
    "https://server.arcgisonline.com",
)
"""Hosts of the basemaps a reader may switch on; no other requests are allowed."""

_SCRIPTS: Final = (
    "unpack_rings",
    "unpack_columns",
    "nodes",
    "site_words",
    "core",
    "coordinates",
    "forest",
    "sites",
    "site_panel",
    "field_tools",
    "exact_ground",
    "exact_plots",
    "read_grids",
    "read_place",
    "read_shapes",
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
    import jinja2  # what links dossiers uses none

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


@dataclass
class AddedParts:
    """
    Parts of a page for what a caller added to its map.

    Parameters
    ----------
    elements
        Whether anything was added.
    header
        Markup of the head.
    styles, scripts
        Files of `assets` to carry; scripts come behind Leaflet.
    links
        Elements that load further scripts, behind Leaflet too.
    hosts
        Servers that it loads something from: no policy of ours fits that, and the page says so.
    """

    elements: bool = False
    header: list[Markup] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    links: list[Markup] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


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


def render_page(content: PageContent, body: Markup, start: str, *, added: AddedParts | None = None) -> str:
    """
    Page around a map.

    Parameters
    ----------
    body, start
        Element of the map, and script that starts it.
    added
        What a caller added to the map.
    """
    added = added or AddedParts()
    library, cluster = _vendored_scripts()
    carried = [_script_text(file) for file in added.scripts]
    elements = [_read("templates", "folium_elements.js").strip()] if added.elements else []
    scripts = [library, cluster, *carried, *elements, _own_script(), start]
    check = _read("templates", "browser_check.js")
    folders = dict.fromkeys(f.partition("/")[0] for f in (*added.styles, *added.scripts))
    return (
        environment()
        .get_template("map.html")
        .render(
            **content.context,
            policy=None if added.hosts else content_policy([check, *scripts]),
            browser_check=Markup(check),
            styles=[_vendored_style(), *(_with_images(f) for f in added.styles), style("map")],
            scripts=[Markup(s) for s in scripts[:-2]],
            links=added.links,
            last_scripts=[Markup(s) for s in scripts[-2:]],
            licences=Markup(_licences(*(f for f in folders if f != "markercluster"))),
            data=content.data,
            header=Markup().join(added.header),
            hosts=", ".join(dict.fromkeys(added.hosts)),
            body=body,
        )
    )


@cache
def _vendored_scripts() -> tuple[str, ...]:
    return tuple(_script_text(file) for file in ("leaflet/leaflet.js", "markercluster/leaflet.markercluster.js"))


def _script_text(file: str) -> str:
    return re.sub(r"\n?//# sourceMappingURL=.*", "", _read("assets", file)).strip()


@cache
def _own_script() -> str:
    parts = "\n".join(map(_script, _SCRIPTS))
    files = {"iconUrl": "marker-icon", "iconRetinaUrl": "marker-icon-2x", "shadowUrl": "marker-shadow"}
    icons = {name: _data_uri(f"leaflet/{file}.png") for name, file in files.items()}
    return f'const gerai = (() => {{\n"use strict";\nconst ICONS = {json.dumps(icons)};\n{parts}\nreturn start;\n}})();'


def _script(name: str) -> str:
    """Script of ours without the lines that are for its readers."""
    return re.sub(r"^ *//.*\n", "", _read("templates", f"{name}.js"), flags=re.MULTILINE)


_INDEX_SCRIPTS: Final = ("unpack_columns", "nodes", "site_words", "site_list")


@cache
def index_script() -> Markup:
    """Script of the index page, which shows its list of sites."""
    parts = "\n".join(map(_script, _INDEX_SCRIPTS))
    return Markup(f'(() => {{\n"use strict";\n{parts}\n}})();')


_MODULES: Final = {"unpack_rings.js": "unpackRings", "nodes.js": "el, svg, symbol, swatch, fill"}


@cache
def script_module(name: str) -> str | None:
    """Script of the maps as a module of JavaScript for other pages; None if it is none of these."""
    if name not in _MODULES:
        return None
    return _read("templates", name) + f"export {{ {_MODULES[name]} }};\n"


@cache
def _vendored_style() -> Markup:
    css = _with_images("leaflet/leaflet.css") + Markup(_read("assets", "markercluster/MarkerCluster.css"))
    return Markup(css.replace("behavior: url(#default#VML);", ""))


def _with_images(file: str) -> Markup:
    """Style sheet with the images beside it inside; without those in bitmap that it has as drawings too."""
    folder, css = file.partition("/")[0], _read("assets", file)

    def image(match: re.Match[str]) -> str:
        name = match[1]
        return (
            f"url({_data_uri(f'{folder}/{name}')})" if _PACKAGE.joinpath("assets", folder, name).is_file() else "none"
        )

    return Markup(re.sub(r"url\('?images/([\w-]+\.(?:png|svg))'?\)", image, css))


@cache
def _licences(*more: str) -> str:
    texts = [f"{name}\n{_read('assets', f'{name}/LICENSE')}" for name in ("leaflet", "markercluster", *more)]
    return "\n".join(texts).replace("--", "- -")


def _data_uri(file: str) -> str:
    content = _PACKAGE.joinpath("assets", *file.split("/")).read_bytes()
    kind = "svg+xml" if file.endswith(".svg") else "png"
    return f"data:image/{kind};base64," + base64.b64encode(content).decode("ascii")


def _read(folder: str, file: str) -> str:
    return unix_lines(_PACKAGE.joinpath(folder, *file.split("/")).read_text(encoding="utf-8"))


def unix_lines(text: str) -> str:
    """Text with the line ends over which a browser computes a script's checksum."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
