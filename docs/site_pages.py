"""
Hooks of the documentation's site (`mkdocs.yml`): what stands outside `docs/` becomes pages of it, links lead there.

On a forge and in a folder the links between README, docs, data and notebooks work as they stand. The site holds docs
alone, so the other pages are added under `project/`, the notebook as text, and every link is turned to the page's
place on the site. A link to a file that is no page (a licence, a program) keeps its words and loses its link.
"""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
ADDED = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "data/README.md", "benchmarks/README.md"]
ADDED += ["notebooks/01_tour.ipynb"]
ENGLISH = ["tables.md", "reference.md", "conventions.md", "performance.md", "scaling.md", "dependencies.md"]
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", flags=re.M | re.S)


def place(file: str) -> str:
    """Page on the site of a file of the repository, by its path from the root; empty where there is none."""
    if file.startswith("docs/"):
        return file.removeprefix("docs/")
    return f"project/{file}".replace(".ipynb", ".md") if file in ADDED else ""


def notebook_text(path: Path) -> str:
    """Read a notebook as a page: its texts, and its code in blocks."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = [("".join(cell["source"]), cell["cell_type"]) for cell in cells]
    return "\n\n".join(text if kind == "markdown" else f"```python\n{text}\n```" for text, kind in texts)


def relink(text: str, file: str, targets: set[str]) -> str:
    """Turn links of a page of the repository to places on the site; blocks of code stay as they are."""
    here, site = posixpath.dirname(file), posixpath.dirname(place(file))

    def turned(match: re.Match[str]) -> str:
        words, target = match[1], match[2]
        name, mark, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or not name:
            return match[0]
        found = place(posixpath.normpath(posixpath.join(here, name)))
        if found in targets:
            return f"[{words}]({posixpath.relpath(found, site or '.')}{mark}{anchor})"
        if not (ROOT / here / name).exists():
            return match[0]  # for mkdocs to complain of
        return words

    parts, at = [], 0
    for block in FENCE.finditer(text):
        parts += [LINK.sub(turned, text[at : block.start()]), block[0]]
        at = block.end()
    return "".join(parts) + LINK.sub(turned, text[at:])


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every page of a folder where the navigation says `folder/*`."""

    def filled(entries: list[Any]) -> list[Any]:
        return [{k: pages_of(v) for k, v in e.items()} if isinstance(e, dict) else e for e in entries]

    def pages_of(value: Any) -> Any:
        if isinstance(value, list):
            return filled(value)
        if value.endswith("/*"):
            folder = value.removesuffix("/*")
            return [f"{folder}/{page.name}" for page in sorted((ROOT / "docs" / folder).glob("*.md"))]
        return value

    config.nav = filled(config.nav or [])
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand outside `docs/`."""
    for name in ADDED:
        path = ROOT / name
        text = notebook_text(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
        files.append(File.generated(config, place(name), content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of a page."""
    sources = {place(name): name for name in ADDED}
    uri = page.file.src_uri
    return relink(markdown, sources.get(uri, f"docs/{uri}"), {f.src_uri for f in files.documentation_pages()})


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Say which language a page is in."""
    english = page.file.src_uri.startswith(("en/", "project/")) or page.file.src_uri in ENGLISH
    return output.replace('<html lang="id"', '<html lang="en"', 1) if english else output
