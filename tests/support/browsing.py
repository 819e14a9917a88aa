"""Pages opened as files in Debian's Chromium, the network off, for the tests of maps and index."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from needs import missing
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

expect.set_options(timeout=15_000)  # a busy machine draws slowly

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium as it is opened for every test."""
    if shutil.which(CHROMIUM) is None:
        missing("Debian's Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """A page opened as a file; whatever it says or asks for is noted."""

    def __init__(self, browser: Browser, file: Path, link: str = "", width: int = 1366, height: int = 768) -> None:
        context = browser.new_context(offline=True, viewport={"width": width, "height": height})
        self.page: Page = context.new_page()
        self.messages: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda m: self.messages.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.messages.append(str(e)))
        self.page.on("dialog", lambda d: (self.messages.append(f"dialog: {d.message}"), d.dismiss()))
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.goto(file.as_uri() + link)
        self.page.wait_for_timeout(100)

    def check_silent(self) -> None:
        """No message was logged and only files of ours were requested."""
        self.page.wait_for_timeout(100)
        assert self.messages == []
        assert [u for u in self.asked if not u.startswith(("file:", "data:"))] == []
        assert len([u for u in self.asked if u.startswith("file:")]) == 1


def at_rest(page: Page) -> None:
    """Wait until the map stands still: a popup that opens pushes it, and what is clicked meanwhile is missed."""
    page.wait_for_function("""() => {
        const map = window[document.querySelector(".folium-map").id];
        return !map._panAnim?._inProgress && !map._animatingZoom;
    }""")


def open_popup(page: Page, place: Locator, **where: Any) -> Locator:
    """Click until a popup opens: a click is lost while the map still moves, which takes long on a busy machine."""
    popup = page.locator(".leaflet-popup, .site-panel:not([hidden])")
    for _try in range(4):
        at_rest(page)
        place.click(**where)
        with contextlib.suppress(AssertionError):
            expect(popup).to_be_visible(timeout=2_500)
            at_rest(page)
            return popup
    expect(popup).to_be_visible()
    at_rest(page)
    return popup


def rows(page: Page) -> list[str]:
    """Names in the list beside the map, top to bottom."""
    return page.locator("#table tbody button.go").all_inner_texts()


def check_access(page: Page) -> None:
    """Check that axe-core finds no fault above minor in a page as it stands."""
    # popups fade in, and contrast counts when they have
    page.evaluate("Promise.all(document.getAnimations().map(a => a.finished)).then(() => true)")
    page.evaluate(_axe())
    result: dict[str, Any] = page.evaluate("axe.run()")
    bad = [v for v in result["violations"] if v["impact"] in {"moderate", "serious", "critical"}]
    assert bad == [], json.dumps([(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in bad], indent=1)


def _axe() -> str:
    """Text of axe-core: the npm package, from the folder AXE_CORE names or where `npm install -g` puts it."""
    named = os.environ.get("AXE_CORE", "")
    for place in (named, "/usr/lib/node_modules/axe-core", "/usr/local/lib/node_modules/axe-core"):
        file = Path(place) / "axe.min.js"
        if place and file.is_file():
            return file.read_text(encoding="utf-8")
    pytest.skip("NOT TESTED: axe-core is missing (npm install -g axe-core, or name its folder in AXE_CORE)")
