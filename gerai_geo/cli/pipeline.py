"""The job behind several commands: read, screen, write. Libraries are imported when they are needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gerai_geo.cli.ground_options import add_ground, ground_options, own_crs_first
from gerai_geo.cli.jobs.job import Job
from gerai_geo.cli.jobs.record import record_job
from gerai_geo.cli.related_results import (
    RelatedResults,
    add_related,
    page_extras,
    read_previous,
    write_results,
)
from gerai_geo.i18n.translate import _
from gerai_geo.records.provenance.job_record import JOB, LEFT_OUT

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

    from gerai_geo.cli.console import Console
    from gerai_geo.outputs.map_process import MapProcess
    from gerai_geo.records.models import ExtraLayer, Forest, Screening


def make_job(sites: Sequence[Path], forest: Path, options: dict[str, Any]) -> Job:
    """Job from the arguments and options of a command."""
    columns = {name: column for pairs in options["columns"] for name, column in pairs}
    names = ("crs", "boundaries", "corrections", "parcels", "accept_incomplete")
    intake = {k: options[k] for k in names} | {"columns": columns or None}
    layer = forest_arguments(options) if "scale" in options else {}
    others = ("extra", "extra_crs", "rules", "building", "acquirer", "psn", "recorded", "previous", "targets", "paper")
    fields: dict[str, Any] = {k: options[k] for k in others if k in options}
    if "target_columns" in options:
        fields["target_columns"] = {name: column for pairs in options["target_columns"] for name, column in pairs}
    if "map_class" in options:
        fields["map_class"] = int(options["map_class"])
    ground = ground_options(options)
    return Job(sites, forest, intake, layer, options.get("tolerance"), options["regency"], ground=ground, **fields)


def sample_job() -> Job:
    """Job on the bundled sample, as `gerai-geo demo` does it."""
    import gerai_geo

    sample = gerai_geo.sample_paths()
    layer = {"scale": 250_000}
    return Job(sample.sites, sample.forest, {}, layer, targets=sample.targets, recorded=sample.recorded, sample=True)


def forest_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `read_forest` from the options of a command."""
    columns = {name: column for pairs in options["forest_columns"] for name, column in pairs}
    arguments = {k: options[k] for k in ("scale", "edition", "covers", "layer", "accept_incomplete")}
    return arguments | {"crs": options["forest_crs"], "columns": columns or None}


def read_sites(console: Console, job: Job) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Read the lists of a job, limited to its regencies."""
    import gerai_geo

    with console.step("sites"):
        regency = job.regencies[0] if len(job.regencies) == 1 else None
        sites, issues = gerai_geo.read_sites(list(job.sites), regency=regency, **job.intake)
        return select_regencies(sites, issues, job.regencies) if job.regencies else (sites, issues)


def select_regencies(
    sites: GeoDataFrame, issues: pd.DataFrame, regencies: Sequence[str]
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Drop the rows of other regencies and report their number; rows without a regency stay."""
    import pandas as pd

    from gerai_geo.errors import InputError
    from gerai_geo.intake.admin.regencies import find_by_code, normalise_regency
    from gerai_geo.records.issues import issue_row, issues_table

    known = [normalise_regency(r) or find_by_code(r) for r in regencies]
    wanted = [k.name if k else r for k, r in zip(known, regencies, strict=True)]
    keep = sites["regency"].isna() | sites["regency"].isin(wanted)
    if not keep.any():
        found = ", ".join(sorted(sites["regency"].dropna().unique())) or "–"
        text = _("Tidak ada titik di {wanted}. Yang ada: {found}.")
        raise InputError(text.format(wanted=", ".join(wanted), found=found))
    if keep.all():
        return sites, issues
    text = _("{n} titik di kabupaten/kota lain tidak ikut, sesuai permintaan.").format(n=int((~keep).sum()))
    dropped = issues_table([issue_row("other_regency", text, severity="info")])
    remaining = issues[~issues["site_id"].isin(sites.index[~keep])]
    kept = sites[keep]
    kept.attrs = sites.attrs | {LEFT_OUT: int((~keep).sum())}
    return kept, pd.concat([remaining, dropped], ignore_index=True)


def read_overlays(job: Job) -> list[ExtraLayer]:
    """Read the overlay layers of a job; those that were read before are taken as they are."""
    import gerai_geo

    layers: list[ExtraLayer] = []
    for source in job.extra:
        if not isinstance(source, tuple):
            layers.append(source)
            continue
        name, file, layer = source
        read = partial(gerai_geo.read_extra, file, name, layer=layer, accept_incomplete=job.accept_incomplete)
        layers.append(read(crs=job.extra_crs) if len(job.extra) == 1 else own_crs_first(read, job.extra_crs))
    return layers


def with_boundaries(job: Job) -> Job:
    """Job that is recorded, and whose boundaries are read, once for all that use them."""
    if job.record is None:
        job = replace(job, record=record_job(job))
    source = job.intake.get("boundaries")
    if source is None:
        return job
    from gerai_geo.intake.boundaries import read_boundaries

    boundaries = read_boundaries(source, accept_incomplete=job.accept_incomplete)
    return replace(job, intake=job.intake | {"boundaries": boundaries})


def screen_job(console: Console, job: Job) -> Screening:
    """Read the lists and the layer, and screen."""
    job = with_boundaries(job)
    return screen_sites(console, job, *read_sites(console, job))


def screen_sites(
    console: Console, job: Job, sites: GeoDataFrame, issues: pd.DataFrame, process: MapProcess | None = None
) -> Screening:
    """Read the layer of a job and screen sites that were read; `process` meanwhile begins with the layer."""
    import gerai_geo
    from gerai_geo.workflow.point import with_sign_hint

    with console.step("forest"):
        forest = gerai_geo.read_forest(job.forest, around=sites, **job.layer)
        if process is not None:
            _foresee(process, forest, sites)
        extra = read_overlays(job)
    if len(sites) == 1:  # alone it has no list that it could be odd in
        issues = with_sign_hint(sites, issues, forest)
    with console.step("screen"):
        result = gerai_geo.screen(
            sites, forest, issues=issues, tolerance_m=job.tolerance_m, extra=extra, rules=job.rules,
            building=job.building, acquirer=job.acquirer, psn=job.psn, map_class=job.map_class, on=job.on)  # fmt: skip
    if job.record is not None:
        result = replace(result, manifest=result.manifest | {JOB: job.record})
    result = _add_programme(console, job, result, forest)
    return add_ground(console, job.ground, result, forest, sites, job.intake.get("boundaries"), job.layer)


def _foresee(process: MapProcess, forest: Forest, sites: GeoDataFrame) -> None:
    """Begin to draw the layer around the sites that lie on it, by its bounds."""
    import shapely

    from gerai_geo.core.steps.memory import give_back_memory
    from gerai_geo.records.crs import to_lonlat
    from gerai_geo.screening.map_extent import rows_around
    from gerai_geo.screening.overlay import prepare

    give_back_memory()  # what reading the layer took
    sites = to_lonlat(sites, "sites")
    west, south, east, north = forest.table.total_bounds
    left, low, right, high = shapely.bounds(sites.geometry.to_numpy()).T
    there = (right >= west) & (left <= east) & (high >= south) & (low <= north)
    rows = rows_around(sites.geometry.to_numpy()[there], forest.table.geometry.to_numpy())
    prepare(forest, when_drawable=partial(process.foresee, forest.table.iloc[rows], sites, rows))
    give_back_memory()


def _add_programme(console: Console, job: Job, result: Screening, forest: Forest) -> Screening:
    """Add the targets, and the villages of their regencies where boundaries of villages are given."""
    import gerai_geo

    if job.targets is None:
        return result
    with console.step("targets"):
        targets, issues = gerai_geo.read_targets(job.targets, columns=job.target_columns)
        result = gerai_geo.add_targets(result, targets, issues)
        boundaries = gerai_geo.read_boundaries(job.intake.get("boundaries"), accept_incomplete=job.accept_incomplete)
        if boundaries is None or boundaries["village"].isna().all():
            return result
        if forest.window is not None:  # read around the sites; villages without one lie elsewhere
            forest = gerai_geo.read_forest(job.forest, around=boundaries, **job.layer)
        return gerai_geo.add_villages(result, boundaries, forest)


def run_job(
    console: Console, job: Job, output: Path, process: MapProcess | None = None
) -> tuple[Screening, RelatedResults]:
    """Do the whole job into one folder, which appears only when it is complete; `process` draws its maps."""
    return _into_folder(console, job, output, process, lambda known: read_sites(console, known), last=True)


def run_sites(
    console: Console,
    job: Job,
    sites: GeoDataFrame,
    issues: pd.DataFrame,
    output: Path,
    process: MapProcess | None = None,
    *,
    notes: dict[str, Any],
) -> tuple[Screening, RelatedResults]:
    """Do what `run_job` does for sites that were read; `notes` go into the manifest."""
    return _into_folder(console, job, output, process, lambda _known: (sites, issues), notes)


def _into_folder(
    console: Console,
    job: Job,
    output: Path,
    process: MapProcess | None,
    read: Callable[[Job], tuple[GeoDataFrame, pd.DataFrame]],
    notes: dict[str, Any] | None = None,
    *,
    last: bool = False,
) -> tuple[Screening, RelatedResults]:
    from gerai_geo.outputs.dossier_pages.page_links import link_dossiers
    from gerai_geo.records.atomic_write import replacing

    previous = read_previous(job.previous, output)
    with replacing(output, notify=console.notify, complete=link_dossiers) as folder:
        job = with_boundaries(job)
        result = screen_sites(console, job, *read(job), process)
        result = replace(result, manifest=result.manifest | (notes or {}))
        screening, related = add_related(console, result, previous, job.recorded)
        pages = page_extras(screening, related, job.intake.get("boundaries"))
        if process is not None:
            process.draw(screening, output, pages, last=last)
        write_results(console, screening, folder, related, pages, paper=job.paper, process=process)
    return screening, related


def exit_if_strict(strict: bool, screening: Screening) -> None:
    """Exit with code 3 if `strict` and rows need attention."""
    if strict and (screening.is_flagged.any() or (screening.issues["severity"] == "error").any()):
        sys.exit(3)
