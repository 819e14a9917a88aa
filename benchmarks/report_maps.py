"""The section on maps in ``docs/performance.md``."""

from __future__ import annotations

from typing import Any

_HEAD = """## Maps

Written by `python -m benchmarks.maps`: sites in clusters over the ground of a regency, on the bundled forest layer; the
page of this package beside plain `folium.GeoJson` of the same polygons and findings. Seconds are medians; *answers*:
from opening the file until the page has settled and its list can be searched. The plain map has no list, draws every
corner of the layer, and asks the net for its parts (here it is handed Leaflet; without a network it stays empty).
"""

_COLUMNS = """
| sites | map | write | size | answers | search | zoom in | memory of the page | asks the net |
|---:|---|---:|---:|---:|---:|---:|---:|---:|
"""


def maps_section(result: dict[str, Any]) -> str:
    """Table of a result of `benchmarks.maps`."""
    machine = dict(result["machine"])
    cores, load = machine.pop("cores"), machine.pop("load")
    versions = ", ".join(f"{name} {version}" for name, version in machine.items())
    rows = [
        _row(int(number), name, row)
        for number, both in sorted(result["maps"].items(), key=lambda item: int(item[0]))
        for name, row in both.items()
    ]
    return "".join([_HEAD, f"\n{cores} cores, load {load:.1f} when it ended; {versions}.\n", _COLUMNS, *rows])


def _row(number: int, name: str, row: dict[str, Any]) -> str:
    label = {"ours": "gerai_geo", "plain": "`folium.GeoJson`"}[name]
    seconds = [f"{row[k]:.2f} s" if k in row else "–" for k in ("ready", "searched", "zoomed")]
    if "failed" in row:
        seconds[0] = row["failed"]
    memory = f"{row['heap_mb']:.0f} MB" if "heap_mb" in row else "–"
    asked = f"{row['asked']:.0f} parts" if row.get("asked") else "nothing" if "asked" in row else "–"
    cells = [f"{number:,}", label, f"{row['write']:.2f} s", f"{row['mb']:.2f} MB", *seconds, memory, asked]
    return "| " + " | ".join(cells) + " |\n"
