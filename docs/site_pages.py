"""
Hooks of the documentation site (`mkdocs.yml`): add the pages outside `docs/` and rewrite the links between them.

On a forge the links between README, docs, data and notebooks work as they are. The site is built from `docs/` alone, so
the other pages are added under `project/`, the notebook as text, and links are rewritten to match. A link to a file
that is no page (a licence, a program) becomes plain text.
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
ADDED += ["packaging/README.md"]
ADDED += ["notebooks/01_tour.ipynb"]
ENGLISH = ["tables.md", "reference.md", "conventions.md", "performance.md", "scaling.md", "dependencies.md"]
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", flags=re.M | re.S)


def site_path(file: str) -> str:
    """Path on the site of a file of the repository; empty if it is no page."""
    if file.startswith("docs/"):
        return file.removeprefix("docs/")
    return f"project/{file}".replace(".ipynb", ".md") if file in ADDED else ""


def notebook_text(path: Path) -> str:
    """Read a notebook as Markdown: its texts, and its code in blocks."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = [("".join(cell["source"]), cell["cell_type"]) for cell in cells]
    return "\n\n".join(text if kind == "markdown" else f"```python\n{text}\n```" for text, kind in texts)


def relink(text: str, file: str, targets: set[str]) -> str:
    """Rewrite the links of a page for the site; code blocks stay as they are."""
    here, site = posixpath.dirname(file), posixpath.dirname(site_path(file))

    def rewritten(match: re.Match[str]) -> str:
        label, target = match[1], match[2]
        name, mark, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or not name:
            return match[0]
        found = site_path(posixpath.normpath(posixpath.join(here, name)))
        if found in targets:
            return f"[{label}]({posixpath.relpath(found, site or '.')}{mark}{anchor})"
        if not (ROOT / here / name).exists():
            return match[0]  # mkdocs reports it
        return label

    parts, end = [], 0
    for block in FENCE.finditer(text):
        parts += [LINK.sub(rewritten, text[end : block.start()]), block[0]]
        end = block.end()
    return "".join(parts) + LINK.sub(rewritten, text[end:])


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Expand `folder/*` in the navigation to the pages of the folder."""

    def expanded(entries: list[Any]) -> list[Any]:
        return [{k: pages_of(v) for k, v in e.items()} if isinstance(e, dict) else e for e in entries]

    def pages_of(value: Any) -> Any:
        if isinstance(value, list):
            return expanded(value)
        if value.endswith("/*"):
            folder = value.removesuffix("/*")
            return [f"{folder}/{page.name}" for page in sorted((ROOT / "docs" / folder).glob("*.md"))]
        return value

    config.nav = expanded(config.nav or [])
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside `docs/`."""
    for name in ADDED:
        path = ROOT / name
        text = notebook_text(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
        files.append(File.generated(config, site_path(name), content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite the links of a page."""
    sources = {site_path(name): name for name in ADDED}
    uri = page.file.src_uri
    return relink(markdown, sources.get(uri, f"docs/{uri}"), {f.src_uri for f in files.documentation_pages()})


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Set the language of a page."""
    english = page.file.src_uri.startswith(("en/", "project/")) or page.file.src_uri in ENGLISH
    return output.replace('<html lang="id"', '<html lang="en"', 1) if english else output
