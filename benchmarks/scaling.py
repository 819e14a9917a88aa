"""Tables of `growth` in ``docs/scaling.md``, whose text is written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_scaling(results: Path, path: Path) -> None:
    """Put the tables of `benchmarks.growth` between their marks in a page whose text is written by hand."""
    text = path.read_text(encoding="utf-8")
    for what, (head, row) in _GROWTH.items():
        file = results / f"growth_{what}.json"
        if not file.exists():
            continue
        found = json.loads(file.read_text())
        table = [head, *(line for r in found["rows"] if (line := row(r, found["rows"])))]
        machine = found["machine"]
        loads = ", ".join(f"{r['load']:.1f}" for r in found["rows"] if "load" in r)
        note = f"{machine['cores']} cores, python {machine['python']}"
        if loads:
            note += f"; load after each row: {loads}. Other work ran beside it where that exceeds the processes"
            note += " of the row"
        start, end = f"<!-- {what} -->\n", f"<!-- end of {what} -->"
        before, _start, rest = text.partition(start)
        _old, _end, after = rest.partition(end)
        text = f"{before}{start}\n" + "\n".join(table) + f"\n\n{note}.\n\n{end}{after}"
    load = results / "load.json"
    if load.exists():
        before, mark, rest = text.partition("<!-- load -->\n")
        after = rest.partition("<!-- end of load -->")[2]
        text = f"{before}{mark}\n{_load(json.loads(load.read_text()))}\n<!-- end of load -->{after}"
    nation = results / "nation.json"
    if nation.exists():
        before, mark, rest = text.partition("<!-- nation -->\n")
        after = rest.partition("<!-- end of nation -->")[2]
        text = f"{before}{mark}\n{_nation(json.loads(nation.read_text()))}\n<!-- end of nation -->{after}"
    cluster = results / "growth_cluster.json"
    if cluster.exists():
        row = json.loads(cluster.read_text())["rows"][-1]
        before, mark, rest = text.partition("<!-- plan -->\n")
        after = rest.partition("<!-- end of plan -->")[2]
        text = f"{before}{mark}\n{_plan(row['rate'] / row['workers'])}\n<!-- end of plan -->{after}"
    path.write_text(text, encoding="utf-8")


def _nation(found: dict[str, Any]) -> str:
    """Table of the whole job for the nation."""
    names = {
        "cold": "nothing in the cache",
        "again": "the same command again: all kept",
        "two provinces lost": "two provinces to make anew",
    }
    lines = ["| run | seconds | CPU | memory | load when it ended |", "|---|---:|---:|---:|---:|"]
    for what, run in found["runs"].items():
        seconds = f"{run['wall_s']:,.0f} | {run['cpu_s']:,.0f}"
        lines.append(f"| {names[what]} | {seconds} | {run['peak_mb']:,.0f} MB | {run['load']:.1f} |")
    machine = found["machine"]
    sizes = f"{found['output_mb']:,.0f} MB, cache {found['cache_mb']:,.0f} MB"
    note = f"{found['sites']:,} parcels, {found['provinces']} provinces, {found['maps']} maps; largest map "
    note += f"{found['largest_map_bytes'] / 1e6:.2f} MB, results {sizes}. {machine['cores']} cores, python "
    note += f"{machine['python']}. Other work ran beside it where the load exceeds the cores; then only CPU and"
    return "\n".join([*lines, "", f"{note} memory say something.", ""])


def _load(found: dict[str, Any]) -> str:
    """Table of what large inputs take."""
    lines = ["| input | CPU, s | seconds | memory | bound |", "|---|---:|---:|---:|---:|"]
    for name, row in found["rows"].items():
        memory = f"{row['peak_mb']:,.0f} MB | {row['bound_mb']:,.0f} MB"
        lines.append(f"| {SHOWN[name]} | {row['cpu_s']:,.0f} | {row['seconds']:,.0f} | {memory} |")
    machine = found["machine"]
    note = f"{machine['cores']} cores, python {machine['python']}; other work ran beside it, so CPU and memory say"
    return "\n".join([*lines, "", f"{note} more than seconds do.", ""])


SHOWN = {
    "sites": "1,000,000 parcels, `screen_file`, layer of a province",
    "workers": "the same by two dask workers, with scheduler and client",
    "workbook_in": "a workbook of 100,000 rows, `read_sites`",
    "workbook_out": "its screening as a workbook, `screen` and `write_list`",
    "corners_layer": "a layer with a polygon of 1,000,000 corners, `read_forest` and `screen` of 1,000 points",
    "corners_site": "a parcel of 1,000,000 corners, `read_sites` and `screen`",
    "files": "a folder of 2,000 CSVs of ten rows, `read_sites`",
    "layer": "a GeoPackage of 3 GB, `read_forest(around=..)` of the sites in 0.3 degrees, and `screen`",
}
"""Inputs of `benchmarks.load`."""


def _plan(rate: float) -> str:
    """Hours for every parcel of the country, from the measured rate of one worker."""
    lines = [
        "## The plan to 126 million parcels",
        "",
        f"At {rate:,.0f} sites a second and worker, as measured above with two workers on one machine of two cores:",
        "",
        "| machines | workers | hours for 126 million | parts of 50,000 |",
        "|---|---:|---:|---:|",
    ]
    for machines, workers in (("one laptop, 4 cores", 4), ("one server, 16 cores", 16), ("4 servers of 16 cores", 64)):
        lines.append(f"| {machines} | {workers} | {PARCELS / rate / workers / 3600:,.1f} | {PARCELS // 50_000:,} |")
    return "\n".join(lines) + "\n" + _PLAN_NOTE


PARCELS = 126_000_000
"""Parcels of land in Indonesia, as the ministry counts them."""

_PLAN_NOTE = """
These are multiples of the measured rate, not measurements: nobody has run 126 million here. Workers share nothing but
the disk they read from and write to, so time should fall with their number until that disk is the limit. What each
machine needs: the list and the folder of the result on a shared disk, the layer's index in its cache (copy the cache
folder, or let one worker a machine build it), and for each worker the memory of the table above.

1. `gerai-geo check` on a sample of the list, until its columns, CRS and ids are right.
2. The list as GeoParquet with row groups of 50,000 (`ogr2ogr` or `geopandas.to_parquet(row_group_size=50_000)`).
3. `read_forest` of the nation once, `gerai_geo.screening.overlay.prepare(forest)` once a machine.
4. `distributed.screen_file` for all; a worker that is lost is replaced, its part is done again.
5. `read_part` for one regency at a time: maps, lists, dossiers.
"""


def _ratio_row(row: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    if row["method"] == "areas":
        return ""
    alone = next(r for r in rows if (r["layer"], r["sites"], r["method"]) == (row["layer"], row["sites"], "areas"))
    files = f"{alone['seconds']:.2f} | {row['seconds']:.2f} | **{row['seconds'] / alone['seconds']:.1f}×**"
    apart = [r["seconds"] - r["layer_s"] for r in (alone, row)]
    memory = f"{alone['memory_s']:.3f} | {row['memory_s']:.3f} | {row['memory_s'] / alone['memory_s']:.1f}×"
    return f"| {row['layer']} | {row['sites']:,} | {files} | {apart[1] / apart[0]:.1f}× | {memory} |"


def _chunks_row(row: dict[str, Any], _rows: list[dict[str, Any]]) -> str:
    memory = f"{row['layer_mb']:,.0f} MB | {row['peak_mb']:,.0f} MB"
    times = f"{row['seconds']:.1f} | {row['rate']:,.0f}"
    return f"| {row['layer']} | {row['vertices']:,} | {row['sites']:,} | {times} | {memory} |"


def _cluster_row(row: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    one = next(r["seconds"] for r in rows if r["sites"] == row["sites"])
    rates = f"{row['rate']:,.0f} | {row['rate'] / row['workers']:,.0f}"
    faster = f"{one / row['seconds']:.2f}×"
    seconds = f"{row['sites']:,} | {row['workers']} | {row['seconds']:.1f}"
    return f"| {seconds} | {rates} | {faster} | {row['worker_mb']:,.0f} MB |"


_GROWTH = {
    "ratio": (
        "| layer | sites | areas alone, s | whole screening, s | ratio | without reading the layer |"
        " areas in memory, s | screening in memory, s | ratio |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        _ratio_row,
    ),
    "chunks": (
        "| layer | vertices | sites | seconds | sites a second | memory with the layer | at most |\n"
        "|---|---:|---:|---:|---:|---:|---:|",
        _chunks_row,
    ),
    "cluster": (
        "| sites | workers | seconds | sites a second | of one worker | faster | a worker's memory |\n"
        "|---:|---:|---:|---:|---:|---:|---:|",
        _cluster_row,
    ),
}
"""Heading and row of each table of `benchmarks.growth`."""
