"""The section on reading around the sites in ``docs/performance.md``."""

from __future__ import annotations

from typing import Any

_HEAD = """## A regency's list against the nation's file

Written by `python -m benchmarks.window`, which describes layers and sites: 100 parcels within one square degree, the
layer as shapefile and as GeoPackage. *Plain* is `pyogrio.read_dataframe` of the whole file (what `geopandas.read_file`
calls; the faster of its two ways) and nothing else; *read whole* is `read_forest` without `around`; *job* is everything
from the list's file to the written findings. Percentages are the row's seconds divided by those of the row named at the
head of the column, of the same file. Files lie in the memory of the system; library imports apart.
"""

_COLUMNS = """
| layer | measure | seconds | CPU | of it reading | memory | of plain | of read whole | of job whole | findings |
|---|---|---:|---:|---:|---:|---:|---:|---:|---|
"""

_NAMES = {
    "plain": "plain",
    "arrow": "plain, by Arrow",
    "read": "read whole",
    "whole": "job whole",
    "first": "job around the sites, first time",
    "next": "job around the sites, next time",
}


def window_section(result: dict[str, Any]) -> str:
    """Table of a result of `benchmarks.window`."""
    machine = dict(result["machine"])
    cores, load = machine.pop("cores"), machine.pop("load")
    versions = ", ".join(f"{name} {version}" for name, version in machine.items())
    rows = [
        line
        for name, files in result["layers"].items()
        for suffix, file in files.items()
        for line in _rows(f"{name}{suffix}", file)
    ]
    return "".join([_HEAD, f"\n{cores} cores, load {load:.1f} when it ended; {versions}.\n", _COLUMNS, *rows])


def _rows(label: str, file: dict[str, Any]) -> list[str]:
    rows = file["measures"]
    plain = min(rows["plain"]["seconds"], rows["arrow"]["seconds"])
    against = (plain, rows["read"]["seconds"], rows.get("whole", {}).get("seconds"))
    return [
        _row(label, file["mb"], _NAMES[name], row, against if name in ("first", "next") else (None, None, None))
        for name, row in rows.items()
    ]


def _row(label: str, mb: float, name: str, row: dict[str, Any], against: tuple[float | None, ...]) -> str:
    ratios = [f"{row['seconds'] / other:.0%}" if other else "" for other in against]
    if against[0] is not None:
        reading = [f"{row['read'] / other:.0%}" if other else "" for other in against[:2]]
        ratios[:2] = [f"{all_of} (reading {part})" for all_of, part in zip(ratios[:2], reading, strict=True)]
    alike = ""
    if "unlike" in row:
        alike = f"{row['rows'] - row['unlike']} of {row['rows']} as {_NAMES[row['against']]}, within {row['apart']:.0e}"
    read = f"{row['read']:.2f}" if "read" in row else ""
    times = [f"{row['seconds']:.2f}", f"{row['cpu']:.2f}", read, f"{row['peak_mb']:,.0f} MB"]
    return "| " + " | ".join([f"`{label}`, {mb:,.0f} MB", name, *times, *ratios, alike]) + " |\n"
