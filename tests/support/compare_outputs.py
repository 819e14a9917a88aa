"""
Record what gerai_geo writes, and compare two such records.

A refactoring must not change the outputs. Record them with the code before it and with the code after it, then compare
the two folders::

    cd OLD_CHECKOUT && PYTHONPATH=OLD_CHECKOUT python NEW_CHECKOUT/tests/support/compare_outputs.py record before
    python tests/support/compare_outputs.py record after
    python tests/support/compare_outputs.py compare before after

Notes
-----
Only the public names of ``gerai_geo`` and its command line are used, so that the same script runs on both sides.
Each of three jobs runs in both languages:

``sample``
    The bundled sample, as ``gerai-geo demo`` screens it.
``kalteng``
    The real list of Kalimantan Tengah with its village boundaries, on the forest layer of the sample.
``morowali``
    Points and square parcels drawn from a fixed seed, on the real forest layer of Morowali Utara.

Time of day and versions are replaced by constants in the manifest of each screening before anything is written from
it, and the cache of prepared layers starts empty. Tables are written in full precision, with geometries as WKT.

The comparison fails (exit code 1) if findings, overlaps, issues or cells of a workbook differ; with ``--strict`` if
anything does.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import geopandas
import numpy as np
import openpyxl
import pandas as pd
import shapely
from packed_pages import unpacked_sites

import gerai_geo as gg

REPOSITORY = Path(__file__).resolve().parents[2]
LANGUAGES = ("id", "en")
SEED = 20261122
CREATED = "2026-11-22T09:00:00+07:00"
MUST_MATCH = frozenset({"findings.csv", "overlaps.csv", "issues.csv", "workbook.csv", "problems.csv"})
MAP_WORDING = ".wording.txt"
SHOWN = 5

# Of the data in a map page: parts that are drawings, and keys whose texts are codes or come from the user's list.
DRAWINGS = frozenset({"bounds", "drawn", "forest", "frame", "labels"})
CODES = frozenset(
    {"abbreviation", "action", "colour", "decree", "district", "function", "given", "id", "key", "lang", "name",
     "regency", "route", "routeConfidence", "status", "type", "village"}
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What is screened against what."""

    name: str
    sites: list[Path]
    forest: Path
    boundaries: Path | None = None

    def options(self) -> list[str]:
        """Options of the command line that reading the sites needs."""
        return [] if self.boundaries is None else ["--boundaries", str(self.boundaries)]


@click.group()
def main() -> None:
    """Record what gerai_geo writes, and compare two such records."""


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--shared", type=click.Path(path_type=Path, exists=True, file_okay=False),
              default=REPOSITORY.parent / "shared", show_default=True,
              help="Folder with the real data in data/.")  # fmt: skip
def record(folder: Path, shared: Path) -> None:
    """Run all jobs and write their outputs into DIR, which must be new or empty."""
    folder = folder.resolve()
    if folder.is_dir() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty")
    click.echo(f"Code: {Path(str(gg.__file__)).parent}")
    if shutil.which("pdftotext") is None:
        click.echo("pdftotext is not installed: the text of the dossiers is not recorded")
    with tempfile.TemporaryDirectory(prefix="gerai-outputs-") as name:
        work = Path(name)
        os.environ["GERAI_GEO_CACHE"] = str(work / "cache")
        os.environ.pop("GERAI_GEO_LANG", None)
        for job in make_jobs(shared.resolve() / "data", work):
            for lang in LANGUAGES:
                start = time.perf_counter()
                scratch = work / job.name / lang
                scratch.mkdir(parents=True)
                record_job(job, lang, folder / job.name / lang, scratch)
                record_commands(job, lang, folder / job.name / lang, scratch)
                click.echo(f"{job.name}, {lang}: {time.perf_counter() - start:.0f} s")


@main.command()
@click.argument("before", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("after", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--strict", is_flag=True, help="Fail on any difference.")
def compare(before: Path, after: Path, strict: bool) -> None:
    """Say of every file in BEFORE or AFTER whether it is equal, and show how it differs."""
    old, new = files_below(before), files_below(after)
    differing: list[Path] = []
    wording: list[list[str]] = []
    for name in sorted(old | new):
        if name not in new or name not in old:
            click.echo(f"differs  {name}: only in {before if name in old else after}")
            differing.append(name)
            continue
        report = list(describe_difference(before / name, after / name))
        if not report:
            click.echo(f"equal    {name}")
            continue
        differing.append(name)
        report[0] = f"differs  {name}: {report[0]}"
        if name.name.endswith(MAP_WORDING):
            wording.append(report)
        else:
            click.echo("\n".join(report))
    if wording:
        click.echo("\nWording of the maps:")
        click.echo("\n".join(line for report in wording for line in report))
    failing = differing if strict else [name for name in differing if name.name in MUST_MATCH]
    click.echo(f"\n{len(old | new) - len(differing)} files equal, {len(differing)} differ")
    if not old:
        raise click.ClickException(f"{before} holds no files")
    if failing:
        click.echo(f"FAILED: {', '.join(map(str, failing))}")
        sys.exit(1)


# Jobs


def make_jobs(data: Path, work: Path) -> list[Job]:
    """Make the three jobs, and the files of the third in the folder `work`."""
    sample = gg.sample_paths()
    layer = data / "forest" / "morowali_utara_klhk.geojson"
    drawn = draw_sites(layer, work)
    return [
        Job("sample", sample.sites, sample.forest),
        Job(
            "kalteng",
            [data / "sites" / "kopdes_kalteng.csv"],
            sample.forest,
            data / "admin" / "kalteng_villages.gpkg",
        ),
        Job("morowali", drawn, layer, data / "admin" / "morowali_utara_villages.gpkg"),
    ]


def draw_sites(layer: Path, work: Path, points: int = 300, parcels: int = 60) -> list[Path]:
    """Write a list of points and one of square parcels (20 m to 2 km wide) within the bounds of a layer."""
    west, south, east, north = geopandas.read_file(layer).to_crs("EPSG:4326").total_bounds
    random = np.random.default_rng(SEED)
    lon = random.uniform(west, east, points + parcels).round(7)
    lat = random.uniform(south, north, points + parcels).round(7)
    listed = work / "points.csv"
    ids = [f"P{n:03d}" for n in range(1, points + 1)]
    pd.DataFrame({"id": ids, "name": ids, "latitude": lat[:points], "longitude": lon[:points]}).to_csv(
        listed, index=False
    )
    half_deg = random.uniform(10, 1_000, parcels) / 111_320
    x, y = lon[points:], lat[points:]
    squares = shapely.box(x - half_deg, y - half_deg, x + half_deg, y + half_deg)
    ids = [f"B{n:03d}" for n in range(1, parcels + 1)]
    shapes = work / "parcels.geojson"
    geopandas.GeoDataFrame({"id": ids, "name": ids}, geometry=squares, crs="EPSG:4326").to_file(shapes)
    return [listed, shapes]


def screen_job(job: Job, lang: str) -> gg.Screening:
    """Screen a job as ``gerai-geo run`` does, with constants for time and versions in its manifest."""
    sites, issues = gg.read_sites(job.sites, boundaries=job.boundaries, lang=lang)
    forest = gg.read_forest(job.forest, scale=250_000, around=sites, lang=lang)
    result = gg.screen(sites, forest, issues=issues, lang=lang)
    boundaries = gg.read_boundaries(job.boundaries, lang=lang)
    result = gg.find_clear_ground(result, forest, boundaries=boundaries, lang=lang)
    result.manifest.update(created=CREATED, versions={"gerai-geo": "0.0.0"})
    if "on" in result.manifest.get("route_rules", {}):
        result.manifest["route_rules"]["on"] = CREATED[:10]
    return result


# Recording


def record_job(job: Job, lang: str, target: Path, scratch: Path) -> None:
    """Run a job through the library, and write what came out as text."""
    result = screen_job(job, lang)
    write_table(result.findings.reset_index(), target / "findings.csv")
    write_table(result.overlaps, target / "overlaps.csv")
    write_table(result.issues, target / "issues.csv")
    write_table(result.summary().reset_index(), target / "summary.csv")
    write_table(gg.find_routes(result, lang=lang), target / "routes.csv")
    write_table(gg.check_criteria(result, lang=lang), target / "criteria.csv")
    some = result.findings.groupby("status", sort=True).head(3).index
    explained = [str(gg.explain(result, site_id, lang=lang)) for site_id in some]
    (target / "explain.txt").write_text("\n\n\n".join(explained) + "\n", encoding="utf-8")

    folder = scratch / "library"
    gg.write_screening(result, folder, lang=lang)
    gg.write_list(result, folder / "daftar.xlsx", lang=lang)
    gg.write_maps(result, folder, boundaries=gg.read_boundaries(job.boundaries, lang=lang), lang=lang)
    write_cells(folder / "daftar.xlsx", target / "workbook.csv")
    write_layers(folder / "findings.gpkg", target / "geopackage")
    write_manifest(folder / "manifest.json", target / "manifest.json")
    (target / "saved").mkdir()
    shutil.copy(folder / "findings.csv", target / "saved" / "findings.csv")
    for page in sorted((folder / "maps").glob("*.html")):
        write_map(page, target / "maps")
    write_index(folder / "index.html", target)
    if shutil.which("pdftotext"):
        record_dossiers(result, lang, scratch / "dossiers", target / "dossiers")


def record_dossiers(result: gg.Screening, lang: str, folder: Path, target: Path) -> None:
    """Write the text of the dossiers of four sites, and of the shortest list of flagged sites of a regency."""
    findings = result.findings[result.findings["status"] != "outside"]
    some = [*findings.groupby("status", sort=True).head(1).index, *findings.index][:4]
    gg.write_dossiers(result, folder, some, lang=lang)
    flagged = result.flagged["regency"].value_counts().sort_index().sort_values(kind="stable")
    if len(flagged) and flagged.iloc[0] <= 10:
        gg.write_dossiers(result, folder, regency=flagged.index[0], lang=lang)
    for file in sorted(f for f in folder.rglob("*") if f.suffix in (".pdf", ".csv")):
        copy = target / file.relative_to(folder).with_suffix(".txt" if file.suffix == ".pdf" else ".csv")
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".csv":
            shutil.copy(file, copy)
        else:
            subprocess.run(["pdftotext", "-layout", file, copy], check=True)


def record_commands(job: Job, lang: str, target: Path, scratch: Path) -> None:
    """Run a job through the command line, and write what it printed and the findings it saved."""
    place = target / "cli"
    place.mkdir(parents=True)

    def run(name: str, *arguments: object) -> None:
        text = command_text([*map(str, arguments), "--lang", lang], scratch)
        (place / f"{name}.txt").write_text(text, encoding="utf-8")

    run("check", "check", *job.sites, *job.options(), "-o", "masalah.xlsx")
    run("layers", "layers", job.forest)
    run("run", "run", *job.sites, *job.options(), "--forest", job.forest, "-o", "hasil")
    folder = scratch / "hasil"
    write_cells(scratch / "masalah.xlsx", target / "problems.csv")
    write_manifest(folder / "manifest.json", place / "manifest.json")
    shutil.copy(folder / "findings.csv", place / "findings.csv")
    names = sorted(str(name) for name in files_below(folder))
    (place / "files.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    findings = pd.read_csv(folder / "findings.csv", index_col=0, dtype=str)
    for status, site_id in zip(findings["status"], findings.index, strict=True):
        if not (place / f"explain_{status}.txt").exists():
            run(f"explain_{status}", "explain", "hasil", site_id)


def command_text(arguments: list[str], folder: Path) -> str:
    """Run the command line of the code under test in a folder, and return what it printed."""
    paths = [str(Path(str(gg.__file__)).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "gerai_geo.cli", *arguments],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode:
        raise click.ClickException(f"gerai-geo {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done.stdout


# Outputs as text


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV in full precision, one line a row, missing values as NA."""
    if isinstance(table, geopandas.GeoDataFrame):
        wkt = shapely.to_wkt(table.geometry.to_numpy(), rounding_precision=-1)
        table = pd.DataFrame(table).assign(**{table.geometry.name: wkt})
    table = table.replace(r"\r?\n", r"\\n", regex=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, na_rep="NA", lineterminator="\n", encoding="utf-8")


def write_cells(workbook: Path, path: Path) -> None:
    """Write all cells of a workbook, hidden sheets too: value, number format and link."""
    rows = []
    for sheet in openpyxl.load_workbook(workbook).worksheets:
        rows.append((sheet.title, "", sheet.sheet_state, "", ""))
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            parts = (cell.hyperlink.target, cell.hyperlink.location) if cell.hyperlink else ()
            link = "#".join(part for part in parts if part)
            if cell.value is not None or link:
                rows.append((sheet.title, cell.coordinate, cell.value, cell.number_format, link))
    columns = ["sheet", "cell", "value", "format", "link"]
    write_table(pd.DataFrame(rows, columns=columns, dtype=object), path)


def write_layers(geopackage: Path, folder: Path) -> None:
    """Write the layers of a GeoPackage, styles among them, as CSV."""
    for layer in geopandas.list_layers(geopackage)["name"]:
        table = geopandas.read_file(geopackage, layer=layer)
        write_table(table.drop(columns="update_time", errors="ignore"), folder / f"{layer}.csv")


def write_manifest(manifest: Path, path: Path) -> None:
    """Write a manifest without what changes from run to run: times, versions, checksums of the outputs."""
    content = json.loads(manifest.read_text(encoding="utf-8"))
    for key in ("created", "versions", "files", "seal"):
        content.pop(key, None)
    content.get("route_rules", {}).pop("on", None)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class Page(HTMLParser):
    """
    A web page taken apart.

    Parameters
    ----------
    html
        The whole page.

    Attributes
    ----------
    texts
        What a reader sees or hears: texts and the attributes that hold some; targets of links.
    drawing
        Elements of SVG with their attributes.
    blocks
        Scripts and styles: tag, id and content.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.drawing: list[str] = []
        self.blocks: list[tuple[str, str, str]] = []
        self._open: tuple[str, str] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag in ("script", "style"):
            self._open = (tag, known.get("id") or "")
            self.blocks.append((*self._open, ""))
        elif tag in ("circle", "g", "path", "polygon", "rect", "svg", "text", "use"):
            self.drawing.append(" ".join([tag, *(f"{k}={v}" for k, v in attrs)]))
        for name in ("alt", "aria-label", "content", "href", "placeholder", "title"):
            if known.get(name) and not (name == "content" and "http-equiv" in known):
                self.texts.append(f"[{tag} {name}] {known[name]}")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, name, content = self.blocks.pop()
            self.blocks.append((tag, name, content + data))
        elif data.strip():
            self.texts.append(" ".join(data.split()))


def write_map(page: Path, folder: Path) -> None:
    """Write what a map of a regency shows, its wording apart from its numbers, codes and shapes."""
    parts = Page(page.read_text(encoding="utf-8"))
    named = {name: content for _tag, name, content in parts.blocks if name}
    data = json.loads(named["gerai-data"])
    if "gerai-sites" in named:
        data["sites"] = unpacked_sites(named["gerai-sites"])
    wording = [f"text\t{text}" for text in parts.texts]
    facts: list[str] = []
    for place, value in flatten(data):
        is_wording = isinstance(value, str) and place[0] not in DRAWINGS and place[-1] not in CODES
        (wording if is_wording else facts).append("/".join(place) + "\t" + json.dumps(value, ensure_ascii=False))
    facts += [f"{tag}\t{checksum(content)}" for tag, name, content in parts.blocks if not name]
    folder.mkdir(parents=True, exist_ok=True)
    for ending, lines in ((".facts.txt", facts), (MAP_WORDING, wording)):
        (folder / f"{page.stem}{ending}").write_text("\n".join(lines) + "\n", encoding="utf-8")


def flatten(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Go through JSON down to its texts and numbers; geometries and lists of numbers stay whole."""
    if isinstance(value, dict) and not value.keys() & {"coordinates", "rings"}:
        for key, part in value.items():
            yield from flatten(part, (*place, key))
    elif isinstance(value, list) and not all(isinstance(part, int | float) for part in value):
        for n, part in enumerate(value):
            name = part.get("id") or part.get("key") if isinstance(part, dict) else None
            yield from flatten(part, (*place, str(name or n)))
    else:
        yield place, value


def checksum(content: str) -> str:
    """Checksum of a script or style, without the random ids that folium gives."""
    return hashlib.sha256(re.sub(r"\b[0-9a-f]{32}\b|_[0-9a-f]{32}\b", "", content).encode()).hexdigest()


def write_index(page: Path, folder: Path) -> None:
    """Write texts and drawings of the index page."""
    parts = Page(page.read_text(encoding="utf-8"))
    (folder / "index.txt").write_text("\n".join(parts.texts) + "\n", encoding="utf-8")
    (folder / "index_drawing.txt").write_text("\n".join(parts.drawing) + "\n", encoding="utf-8")


# Comparing


def files_below(folder: Path) -> set[Path]:
    """Files of a folder and its folders, as seen from it."""
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def describe_difference(before: Path, after: Path) -> Iterator[str]:
    """Say how two files differ: how many lines, and the first of them; nothing where they are equal."""
    old, new = comparable_lines(before), comparable_lines(after)
    if old == new:
        return
    heading = old[0] if old and new and before.suffix == ".csv" and old[0] == new[0] else None
    if len(old) == len(new):
        pairs = [(n, a, b) for n, (a, b) in enumerate(zip(old, new, strict=True), 1) if a != b]
        yield f"{len(pairs)} of {len(old)} lines"
        for n, a, b in pairs[:SHOWN]:
            yield f"    line {n}{changed_columns(heading, a, b)}"
            yield from (f"      {sign} {part}" for sign, part in zip("-+", around_difference(a, b), strict=True))
        return
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    yield f"{gone.total()} lines only before, {come.total()} only after ({len(old)} and {len(new)} lines)"
    for sign, lines in (("-", gone), ("+", come)):
        yield from (f"      {sign} {line[:200]}" for line in list(lines.elements())[:SHOWN])


def comparable_lines(path: Path) -> list[str]:
    """Lines of a recorded file; the column ``params`` of issues doesn't count."""
    text = path.read_text(encoding="utf-8-sig")
    if path.name == "issues.csv":
        rows = list(csv.reader(io.StringIO(text)))
        kept = [n for n, name in enumerate(rows[0]) if name != "params"]
        return [csv_line(row[n] for n in kept) for row in rows]
    if path.name == "manifest.json":
        content = json.loads(text)
        notes = content.get("tables", {}).get("issues", {})
        for key in ("order", "columns"):
            notes[key] = [c for c in notes.get(key, []) if c != "params" and c[0] != "params"]
        return json.dumps(content, ensure_ascii=False, indent=1).splitlines()
    return text.split("\n")


def csv_line(cells: Iterable[str]) -> str:
    """Write one line of CSV, without its end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def changed_columns(heading: str | None, before: str, after: str) -> str:
    """Name the columns in which two lines of CSV differ."""
    if heading is None:
        return ""
    csv.field_size_limit(sys.maxsize)
    names, old, new = (next(csv.reader([line])) for line in (heading, before, after))
    changed = [name for name, a, b in zip(names, old, new, strict=False) if a != b]
    return f" ({', '.join(changed)})"


def around_difference(before: str, after: str, width: int = 160) -> tuple[str, str]:
    """Cut two lines to the part where they begin to differ."""
    same = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    start = max(same - width // 3, 0)
    mark = "…" if start else ""
    return mark + before[start : start + width], mark + after[start : start + width]


if __name__ == "__main__":
    main()
