"""One hostile input: how it is given, and what must come of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas
import pandas as pd
import shapely

import gerai_geo as gg
from gerai_geo.errors import GeraiGeoError

SECRET: Final = "rahasia-tidak-boleh-terbaca"
SEVERE: Final = ("error", "warning")
LEFT_OUT: Final = {
    "no_regency",
    "low_precision",
    "default_pin",
    "truncated_degree",
    "area_below_600",
    "duplicate_location",
}
"""Codes about an honest list rather than about what is tried."""
AT: Final = "-2.531234,112.431234"
PROBES: Final = {"HP": (112.5, -2.5), "APL": (113.5, -2.5), "beyond": (116.5, -2.5)}


@dataclass(frozen=True)
class Case:
    """
    An input and its outcome.

    Parameters
    ----------
    shown
        What is given, in words of the page.
    run
        Gives it, in an empty folder of its own, and returns what came of it.
    expected
        What must come of it; of a refusal, words of the message (``..`` between several).
    """

    shown: str
    run: Callable[[Path], str]
    expected: str


def fits(found: str, expected: str) -> bool:
    """Whether an outcome is the expected one."""
    kind, colon, words = expected.partition(": ")
    if colon and kind.startswith(("refused", "exit ")):
        return found.startswith(f"{kind}: ") and all(part in found for part in words.split(" .. "))
    return found == expected


def refusal(error: GeraiGeoError, path: Path) -> str:
    """One sentence that names the file."""
    text = str(error)
    if path.name not in text:
        return f"error without the name of the file: {text}"
    return f"error of {len(text)} characters" if len(text) > 1_500 else f"refused: {text}"


_FOREST: list[gg.Forest] = []


def forest(folder: Path) -> gg.Forest:
    """HP west of 112.95 degrees east, APL east of it to 114.5."""
    if not _FOREST:
        path = folder / "hutan.gpkg"
        layer(PLAIN).to_file(path)
        _FOREST.append(gg.read_forest(path, scale=250_000))
        path.unlink()
    return _FOREST[0]


PLAIN: Final = {"1003": shapely.box(112, -4, 112.95, -1), "1007": shapely.box(112.95, -4, 114.5, -1)}


def layer(shapes: dict[str, shapely.Geometry], **columns: object) -> geopandas.GeoDataFrame:
    """Layer with codes of functions."""
    table = {"FUNGSI": list(shapes)} | columns
    return geopandas.GeoDataFrame(table, geometry=list(shapes.values()), crs="EPSG:4326")


def read_list(path: Path, crs: str | None = None) -> str:
    """What a list gives: status and place of each row once screened, and the codes of its issues."""
    try:
        sites, issues = gg.read_sites(path, crs=crs, lang="en")
        result = gg.screen(sites, forest(path.parent.parent), issues=issues, lang="en")
    except GeraiGeoError as error:
        return refusal(error, path)
    findings = result.findings
    assert findings.index.tolist() == sites.index.tolist()
    assert findings.loc[findings.geometry.isna(), "status"].eq("not_assessed").all()
    issues = result.issues
    told = issues[issues["severity"].isin(SEVERE) & ~issues["code"].isin(LEFT_OUT)]
    marks = {site: sorted(set(own)) for site, own in told.groupby("site_id")["code"]}
    parts = [_site(row) + _codes(marks.get(site, [])) for site, row in findings.iterrows()]
    if len(parts) > 3:
        parts = [f"{n} x {text}" if n > 1 else text for text, n in Counter(parts).items()]
    of_file = sorted(set(told.loc[told["site_id"].isna(), "code"]))
    text = " | ".join([*parts, *([f"FILE{_codes(of_file)}"] if of_file else [])]) or "no rows"
    return text if SECRET not in f"{findings.to_csv()}{issues.to_csv()}" else "a secret was read"


def _site(row: pd.Series) -> str:
    if row["geometry"] is None:
        return str(row["status"])
    at = row["geometry"].centroid
    return f"{row['status']} at {round(at.y, 6):.9g} {round(at.x, 6):.9g}"


def _codes(codes: list[str]) -> str:
    return f" !{','.join(codes)}" if codes else ""


def read_layer(path: Path, **how: object) -> str:
    """What a forest layer gives: the status of a point in its HP, in its APL and beyond it, and the codes of its issues."""
    try:
        own = gg.read_forest(path, scale=250_000, lang="en", **how)
        points = geopandas.GeoDataFrame(
            {"name": list(PROBES)}, geometry=[shapely.Point(p) for p in PROBES.values()], crs=4326
        )
        points.index = pd.Index(list(PROBES), name="site_id")
        result = gg.screen(points, own, lang="en")
    except GeraiGeoError as error:
        return refusal(error, path)
    told = own.issues[own.issues["severity"].isin(SEVERE)]
    codes = sorted({*told["code"], *(k for k, v in own.defects.items() if v)})
    text = ", ".join(f"{name} {status}" for name, status in result.findings["status"].items())
    everything = own.table.to_csv() + own.issues.to_csv()
    return text + _codes(codes) if SECRET not in everything else "a secret was read"


def listed(name: str, make: Callable[[Path], object], crs: str | None = None) -> Callable[[Path], str]:
    """Run that writes a file and reads it as a list."""

    def run(folder: Path) -> str:
        path = folder / "berkas" / name
        make(path)
        return read_list(path, crs)

    return run


def layered(name: str, make: Callable[[Path], object], **how: object) -> Callable[[Path], str]:
    """Run that writes a file and reads it as a forest layer."""

    def run(folder: Path) -> str:
        path = folder / "berkas" / name
        make(path)
        return read_layer(path, **how)

    return run


def content(text: str | bytes) -> Callable[[Path], object]:
    """Writer of a file with this content."""
    return lambda path: path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
