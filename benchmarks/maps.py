"""
Maps of a regency beside plain `folium.GeoJson` of the same sites and forest: ``python -m benchmarks.maps``.

For each number of sites: seconds to write, size of the page, and in Chromium, the network off, seconds until the page
answers, to search the list and to zoom in. The plain map gets the same polygons and findings as folium writes them; as
it loads Leaflet from the net, its Leaflet is handed to it here from this package, the rest it asks for is left empty.
Library imports, reading and screening are not counted. Times are medians of three.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import folium
import geopandas
import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Error, Page, Route, sync_playwright

import gerai_geo as gg
from benchmarks.run import _machine
from gerai_geo import schema
from gerai_geo.records.models import Forest, Screening

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "data" / "kawasan_hutan_contoh.gpkg"
NUMBERS = (100, 2_000, 20_000, 84_000)
REGENCY = (112.0, -3.0, 113.0, -1.5)
REPEAT = 3
PATIENCE_MS = 100_000
CHROMIUM = "/usr/bin/chromium"

SETTLED = "new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))"


def sites(number: int) -> geopandas.GeoDataFrame:
    """Sites in clusters, as villages have them, over the ground of a regency; always the same."""
    rng = np.random.default_rng(7)
    west, south, east, north = REGENCY
    villages = rng.uniform([west, south], [east, north], (max(number // 20, 30), 2))
    xy = villages[rng.integers(0, len(villages), number)] + rng.normal(0, 0.01, (number, 2))
    count = pd.Series(range(number)).astype(str)
    table = geopandas.GeoDataFrame(
        {"name": "Gerai " + count, "village": "Desa " + count, "district": "Kecamatan Contoh", "regency": "Seruyan",
         "regency_code": "62.07"},
        geometry=geopandas.points_from_xy(*xy.T),
        crs=schema.CRS,
    )  # fmt: skip
    table.index = pd.Index("S-" + count, name="site_id")
    return schema.set_dtypes(table, "sites")


def write_ours(screening: Screening, _forest: Forest, folder: Path) -> Path:
    """Write maps and index, take the map."""
    return gg.write_maps(screening, folder)[1]


def write_plain(screening: Screening, forest: Forest, folder: Path) -> Path:
    """Forest around the sites and findings as two layers of folium, each with a popup."""
    west, south, east, north = screening.findings.total_bounds
    drawn = folium.Map(location=[(south + north) / 2, (west + east) / 2], zoom_start=9, tiles=None)
    near = forest.table.cx[west:east, south:north][["function", "decree", "geometry"]].fillna("")
    columns = ["name", "village", "district", "status", "reason", "function", "boundary_m"]
    points = screening.findings[[*columns, "geometry"]].astype(dict.fromkeys(columns, str))
    folium.GeoJson(near, popup=folium.GeoJsonPopup(["function", "decree"])).add_to(drawn)
    folium.GeoJson(points, popup=folium.GeoJsonPopup(columns)).add_to(drawn)
    file = folder / "plain.html"
    drawn.save(str(file))
    return file


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Run once; seconds and result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def opened(browser: Browser, file: Path, *, ours: bool) -> dict[str, Any]:
    """Open a page anew and use it; seconds, or why there are none."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    page.route("**/*", lambda route: _answer(route, asked))
    try:
        return _use(page, file, ours=ours) | {"asked": len(asked)}
    except Error as error:
        return {"failed": f"over {PATIENCE_MS / 1000:.0f} s" if "Timeout" in str(error) else str(error)[:80]}
    finally:
        page.close()


def _answer(route: Route, asked: list[str]) -> None:
    url = route.request.url
    if url.startswith(("file:", "data:")):
        route.continue_()
        return
    asked.append(url)
    leaflet = resources.files("gerai_geo.outputs").joinpath("assets", "leaflet", "leaflet.js").read_text("utf-8")
    kind = "text/css" if url.endswith(".css") else "text/javascript"
    route.fulfill(status=200, content_type=kind, body=leaflet if "leaflet.js" in url else "")


def _use(page: Page, file: Path, *, ours: bool) -> dict[str, Any]:
    start = time.perf_counter()
    page.goto(file.as_uri())
    if ours:
        page.wait_for_function("/\\d/.test(document.querySelector('#shown').textContent)")
    page.evaluate(SETTLED)
    ready = time.perf_counter() - start
    searched = None
    if ours:
        searched, _ = timed(lambda: (page.get_by_role("searchbox").fill("desa 77"), page.evaluate(SETTLED)))
        page.get_by_role("searchbox").fill("")
    zoomed, _ = timed(lambda: (page.locator(".leaflet-control-zoom-in").click(), page.evaluate(SETTLED)))
    heap = page.evaluate("performance.memory.usedJSHeapSize / 1e6")
    return {"ready": ready, "searched": searched, "zoomed": zoomed, "heap_mb": heap}


def run(number: int, browser: Browser, repeat: int = REPEAT) -> dict[str, Any]:
    """Both maps of a number of sites: medians, sizes."""
    forest = gg.read_forest(SAMPLE)
    screening = gg.screen(sites(number), forest)
    rows = {}
    for name, write in (("ours", write_ours), ("plain", write_plain)):
        with tempfile.TemporaryDirectory() as scratch:
            times, file = [], Path()
            for _turn in range(repeat):
                seconds, file = timed(lambda w=write: w(screening, forest, Path(scratch)))  # type: ignore[misc]
                times.append(seconds)
            uses = [opened(browser, file, ours=name == "ours") for _turn in range(repeat)]
            good = [use for use in uses if "failed" not in use]
            row: dict[str, Any] = {"write": statistics.median(times), "mb": file.stat().st_size / 1e6}
            if good:
                keys = [k for k in good[0] if good[0][k] is not None]
                row |= {k: statistics.median(use[k] for use in good) for k in keys}
            else:
                row |= uses[0]
            rows[name] = row
            print(number, name, row, flush=True)
    return rows


def main() -> None:
    """Measure, keep the result, write the report."""
    from benchmarks.report import write_report

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", type=int, nargs="+", default=NUMBERS)
    parser.add_argument("--repeat", type=int, default=REPEAT)
    given = parser.parse_args()
    file = HERE / "results" / "maps.json"
    kept = json.loads(file.read_text())["maps"] if file.exists() else {}
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        for number in given.numbers:
            kept[str(number)] = run(number, browser, given.repeat)
        browser.close()
    result = {"machine": _machine() | {"folium": folium.__version__}, "maps": kept}
    file.write_text(json.dumps(result, indent=1) + "\n")
    write_report(HERE / "results", HERE.parent / "docs" / "performance.md")


if __name__ == "__main__":
    main()
