"""The section on reading around the sites in ``docs/performance.md``."""

from __future__ import annotations

from typing import Any

_HEAD = """## A regency's list against the nation's file

Written by `python -m benchmarks.window`, which describes layers and sites: 100 parcels within one square degree, the
layer as shapefile and as GeoPackage. *Plain* is `pyogrio.read_dataframe` of the whole file (what `geopandas.read_file`
calls) and nothing else; *read whole* is `read_forest` without `around`; a *job* goes from the list's file to the
written findings. Percentages are the seconds of the row divided by those of the row of that name, of the same file; for
*plain* by the faster of its two rows. CPU counts all threads. Files lie in the memory of the system; library imports
apart. Aimed at were a first time under 15 % of reading the whole file and a next time under a second.
"""

_COLUMNS = """
| layer | measure | seconds | CPU | memory | of plain | of read whole | of job whole | findings |
|---|---|---:|---:|---:|---:|---:|---:|---|
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
    label = f"`{label}`, {file['mb']:,.0f} MB"
    lines = []
    for name, row in rows.items():
        own = against if name in ("first", "next") else (None, None, None)
        cpu, memory = f"{row['cpu']:.2f}", f"{row['peak_mb']:,.0f} MB"
        lines.append(_line(label, _NAMES[name], row["seconds"], cpu, memory, own, _alike(row)))
        if name in ("first", "next"):
            lines.append(_line(label, "– of it reading", row["read"], "", "", own, ""))
    return lines


def _line(
    label: str, name: str, seconds: float, cpu: str, memory: str, against: tuple[float | None, ...], unique_rows: str
) -> str:
    ratios = [f"{seconds / other:.0%}" if other else "" for other in against]
    return "| " + " | ".join([label, name, f"{seconds:.2f}", cpu, memory, *ratios, unique_rows]) + " |\n"


def _alike(row: dict[str, Any]) -> str:
    if "unlike" not in row:
        return ""
    other = {"whole": "job whole", "first": "the first time"}[row["against"]]
    return f"{row['rows'] - row['unlike']} of {row['rows']} rows as {other}, within {row['apart']:.0e}"
