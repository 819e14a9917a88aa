"""HTML of the page, in the language in force."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup

from gerai_geo import __version__, schema
from gerai_geo.app.work_folder import SLOTS
from gerai_geo.i18n.labels import disclaimer, status_label
from gerai_geo.i18n.text_tables import text_tables
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.map_page.html_page import json_block
from gerai_geo.outputs.map_page.icons_and_hatches import definitions

_NEEDED: Final = ("sites", "forest")
_RELATED: Final = ("boundaries", "targets", "recorded", "previous", "corrections")


@cache
def _template() -> jinja2.Template:
    text = resources.files("gerai_geo.app").joinpath("static", "page.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)


def page_html(folder: Path) -> str:
    """Page of the local app, which names its work folder."""
    texts = {name: str(_(text)) for name, text in text_tables("app", "texts.toml").items()}
    statuses = [{"key": s, "label": str(status_label(s))} for s in schema.STATUSES]
    return _template().render(
        lang=current_language(),
        t=texts,
        folder=str(folder),
        version=__version__,
        disclaimer=disclaimer(),
        definitions=definitions(),
        needed=_NEEDED,
        related=_RELATED,
        data=Markup(json_block({"lang": current_language(), "texts": texts, "statuses": statuses, "slots": SLOTS})),
    )
