"""``docs/performance.md`` from the results of the benchmark; nobody writes in it by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.methods import METHODS
from benchmarks.report_maps import maps_section
from benchmarks.report_whole_job import whole_job_sections
from benchmarks.report_window import window_section

OURS = ("gerai_geo_cold", "gerai_geo_cached")

_HEAD = """# Performance

Nobody writes in this page: `python -m benchmarks.run` and the other commands named here make it from
`benchmarks/results/`; see `benchmarks/README.md` for what is measured and how. The layers are synthetic, with the
numbers of polygons and vertices of a province.
"""

_METHODS = """## Screening alone, beside other ways to the areas

Seconds are medians from the first read of a file to the written table of parcel, function and m², one method a process,
library imports apart. CPU counts all threads, and the last columns divide it by ours: other work on the machine changes
it least (where the load exceeds the cores, the seconds say little). All methods read the same GeoParquet files. Those
of this package are its public functions as a user calls them: they also check the list, repair the layer, measure
distances, judge with tolerances, find routes and write all findings; the others measure areas and nothing else.
"""


def write_report(results: Path, path: Path) -> None:
    """Write the page from all results in a folder."""
    text = [_HEAD, *whole_job_sections(results), _METHODS]
    sides = [f for f in results.glob("*_*.json") if f.stem.split("_")[1].isdecimal()]
    for file in sorted(sides, key=lambda f: (f.stem.startswith("nation"), int(f.stem.split("_")[1]))):
        text.append(_section(json.loads(file.read_text())))
    for stem, section in _FURTHER.items():
        file = results / f"{stem}.json"
        if file.exists():
            text.append(section(json.loads(file.read_text())))
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(text), encoding="utf-8")


def _section(result: dict[str, Any]) -> str:
    machine = dict(result["machine"])
    cores, load = machine.pop("cores"), machine.pop("load")
    versions = ", ".join(f"{name} {version}" for name, version in machine.items())
    lines = [
        f"### {result['layer'].capitalize()}, {result['sites']:,} parcels",
        "",
        f"{cores} cores, load {load:.1f} when it ended; {versions}.",
        "",
        "| method | seconds | fastest | CPU | imports | memory | of ours, cold | of ours, cached | agreement |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    rows = result["methods"]
    lines += [_row(name, row, rows) for name, row in rows.items()]
    notes = [f"- `{name}`: {(METHODS[name][0].__doc__ or '').strip()}" for name in rows if name in METHODS]
    return "\n".join([*lines, "", *notes, ""])


def _row(name: str, row: dict[str, Any], rows: dict[str, Any]) -> str:
    if "failed" in row:
        return f"| `{name}` | – | | | | | | | failed: {row['failed']} |"
    apart = name == "postgis"  # its server is another process
    against = [rows.get(ours, {}).get("cpu_s") for ours in OURS]
    ratios = ["" if apart or name in OURS or not ours else f"{row['cpu_s'] / ours:.1f}×" for ours in against]
    note = ""
    if "extrapolated_from" in row:
        note = f"extrapolated from {row['extrapolated_from']:,.0f} parcels"
    elif "rows" in row:
        note = f"{row['rows']:,} rows, {row['lone_rows']} unlike, within {row['largest_difference_m2']:.0e} m²"
    memory = "server's not counted" if apart else f"{row['peak_mb']:,.0f} MB"
    cpu = "" if apart else f"{row['cpu_s']:.2f}"
    times = [f"{row['seconds']:.3f}", f"{row['fastest']:.3f}", cpu, f"{row['import_s']:.2f}"]
    cells = [f"`{name}`", *times, memory, *ratios, note]
    return "| " + " | ".join(cells) + " |"


_AREAS = """## Agreement with GEOS

Written by `python -m benchmarks.agreement`, which describes the layers and parcels. Ground that a parcel and a polygon
share, against `shapely.intersection` measured likewise; allowed are 1e-5 m² or 1e-9 of the parcel. Where GEOS at first
differs by more, it is asked again with exact differences of coordinates; *beyond* counts what differs then.

| layer | pairs | crossing an edge | largest difference | of the parcel | at first beyond | beyond |
|---|---:|---:|---:|---:|---:|---:|
"""

_DISTANCES = """
Distances of points and parcels to the nearest edge, against GEOS' tree and distance; allowed is 1 cm.

| layer | sites | not touching | largest difference | beyond |
|---|---:|---:|---:|---:|
"""

_XML = """
GEOS' own XML test cases: `tests/engine/test_geos_xml_overlay.py` reads all 172 files of the source package and takes
every case of two valid areas with an intersection or an overlay area test: 2,137 cases of 47 files (`robust/overlay`,
`robust/TestRobustOverlayFixed`, `general/TestOverlay*` and `TestNGOverlay*`, `misc`, `issue`, `failure`), both ways
round. All agree at the origin, where coordinates keep every bit. In Indonesia all agree with GEOS run on exact
differences of coordinates; with coordinates as they stand GEOS' own intersection is off by up to 2e-8 of the parcel in
17 of 4,259 runs, and there in some larger than the parcel itself.
"""


def _agreement(result: dict[str, Any]) -> str:
    """What `benchmarks.agreement` found."""
    areas = [
        f"| {r['layer']} | {r['pairs']:,} | {r['crossing']:,} | {r['largest_m2']:.1e} m² "
        f"| {r['largest_of_parcel']:.0e} | {r['beyond_at_first']} | {r['beyond']} |\n"
        for r in result["areas"]
    ]
    distances = [
        f"| {r['layer']} | {r['sites']:,} | {r['away']:,} | {r['largest_m']:.0e} m | {r['beyond']} |\n"
        for r in result["distances"]
    ]
    return "".join([_AREAS, *areas, _DISTANCES, *distances, _XML])


_FURTHER = {"agreement": _agreement, "window": window_section, "maps": maps_section}
"""Further results by the name of their file, in the order of the page."""
