"""Tables of `whole_job` in ``docs/performance.md``."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

_HEAD = """## The whole job

Written by `python -m benchmarks.whole_job`: `gerai-geo run` on a province layer (1.87 million vertices, GeoPackage in
UTM), with findings, workbook, GeoPackage, CSV, index and 14 maps, in turn with a script that a planner would write
instead: `overlay`, a workbook, a GeoPackage and 14 folium maps, of the layer simplified to 50 m or as it is. Imports
count. *Cold*: the first job on a layer, nothing in the cache; *cached*: the next one. Memory is that of all processes
of a job together, without mapped files, looked at ten times a second; the largest map is the largest page. The last
columns are the seconds of the script divided by ours.
"""

_NAMES = {
    "cold": "`gerai-geo run`, cold", "cached": "`gerai-geo run`, cached",
    "naive_50m": "script, maps simplified to 50 m", "naive_plain": "script, maps of the whole layer",
}  # fmt: skip


def whole_job_sections(results: Path) -> list[str]:
    """The section, with a table for each number of sites that was measured."""
    files = sorted(results.glob("whole_job_*.json"), key=lambda f: (int(f.stem.split("_")[2]), f.stem))
    return [_HEAD, *(_section(json.loads(file.read_text())) for file in files)] if files else []


def _section(result: dict[str, Any]) -> str:
    medians, largest = result["medians"], result["largest_map_bytes"]
    layer = "in degrees" if result["crs"] == "EPSG:4326" else "in UTM"
    runs = "one run each" if result["repeat"] == 1 else f"medians of {result['repeat']}"
    lines = [
        f"### {result['sites']:,} parcels, layer {layer}",
        "",
        f"{result['cores']} cores, {runs}, load {result['load']:.1f} when it ended. Where the load exceeds the cores"
        " other work ran beside it, and only CPU says something.",
        "",
        "| job | seconds | CPU | memory | largest map | script at 50 m takes | script, whole layer, takes |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in medians.items():
        ratios = [result["ratios"].get(f"{naive} / {name}") for naive in ("naive_50m", "naive_plain")]
        cells = [
            _NAMES[name], f"{row['wall_s']:.1f}", f"{row['cpu_s']:.1f}", f"{row['peak_mb']:,.0f} MB",
            f"{largest[name] / 1e6:.2f} MB", *("" if ratio is None else f"{ratio:.1f}×" for ratio in ratios),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    if "phases" in result:
        lines += ["", _PHASES, "", *phase_table(result["phases"]), "", _in_the_way(result["phases"]["cached"])]
    return "\n".join([*lines, ""])


def _in_the_way(cached: dict[str, float]) -> str:
    """Shares of the steps of a cached job, the largest first."""
    together = sum(cached.values())
    shares = (f"{name} {s / together:.0%}" for name, s in sorted(cached.items(), key=lambda step: -step[1]))
    text = (
        f"What stands in the way of a faster cached job, by its share of CPU: {'; '.join(shares)}. The longer of the"
        " two processes decides: the first one reads, screens and writes the workbook, the second one imports again,"
        " simplifies the layer and draws the pages; GeoPackage and CSV are written by the one that has time first,"
        " those of over 20,000 sites by the first one."
    )
    return textwrap.fill(text, 120)


_PHASES = (
    "CPU seconds of the steps of a job, one after the other in one process (`run` draws the pages in a second one):"
)


def phase_table(phases: dict[str, dict[str, float]]) -> list[str]:
    """Lines of a table of the steps of jobs."""
    steps = list(next(iter(phases.values())))
    lines = ["| step | " + " | ".join(phases) + " |", "|---|" + "---:|" * len(phases)]
    lines += [f"| {step} | " + " | ".join(f"{found[step]:.2f}" for found in phases.values()) + " |" for step in steps]
    total = " | ".join(f"{sum(found.values()):.2f}" for found in phases.values())
    return [*lines, f"| together | {total} |"]
