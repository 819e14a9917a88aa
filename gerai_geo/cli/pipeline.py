"""The job behind several commands: read, screen, write. Libraries are loaded when they are needed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gerai_geo.cli.ground_options import Ground, add_ground, ground_of
from gerai_geo.cli.previous_results import previous_of, show_previous_results, with_others, write_results
from gerai_geo.i18n.translate import _

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

    from gerai_geo.cli.console import Console
    from gerai_geo.records.models import Screening


@dataclass(frozen=True)
class Job:
    """What to screen against what, and how; `intake` and `layer` are arguments of `read_sites` and `read_forest`."""

    sites: Sequence[Path]
    forest: Path
    intake: dict[str, Any]
    layer: dict[str, Any]
    tolerance_m: float | None = None
    regencies: Sequence[str] = ()
    extra: Sequence[tuple[str | None, str, str | None]] = ()
    extra_crs: str | None = None
    rules: Path | None = None
    building: str | None = None
    map_class: int = 3
    ground: Ground = field(default_factory=Ground)
    recorded: Path | None = None
    previous: Path | None = None


def job_of(sites: Sequence[Path], forest: Path, options: dict[str, Any]) -> Job:
    """Make the job that the arguments and options of a command ask for."""
    columns = {name: column for pairs in options["columns"] for name, column in pairs}
    intake = {"crs": options["crs"], "columns": columns or None, "boundaries": options["boundaries"]}
    intake |= {"corrections": options["corrections"], "parcels": options["parcels"]}
    layer = layer_of(options) if "scale" in options else {}
    names = ("extra", "extra_crs", "rules", "building", "recorded", "previous")
    further: dict[str, Any] = {k: options[k] for k in names if k in options}
    further |= {"map_class": int(options["map_class"])} if "map_class" in options else {}
    further |= {"ground": ground_of(options)}
    return Job(sites, forest, intake, layer, options.get("tolerance"), options["regency"], **further)


def layer_of(options: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `read_forest` from the options of a command."""
    columns = {name: column for pairs in options["forest_columns"] for name, column in pairs}
    given = {k: options[k] for k in ("scale", "edition", "covers", "layer")}
    return given | {"crs": options["forest_crs"], "columns": columns or None}


def read_sites(console: Console, job: Job) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Read the lists of a job; only the regencies asked for."""
    import gerai_geo

    with console.step("sites"):
        only = job.regencies[0] if len(job.regencies) == 1 else None
        sites, issues = gerai_geo.read_sites(list(job.sites), regency=only, **job.intake)
        return _only(sites, issues, job.regencies, console) if job.regencies else (sites, issues)


def _only(
    sites: GeoDataFrame, issues: pd.DataFrame, regencies: Sequence[str], console: Console
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Leave out rows that say another regency; those that say none stay. What was left out is told."""
    import pandas as pd

    from gerai_geo.errors import InputError
    from gerai_geo.intake.admin.regencies import find_by_code, normalise_regency
    from gerai_geo.records.issues import issue_row, issues_table

    known = [normalise_regency(r) or find_by_code(r) for r in regencies]
    wanted = [k.name if k else r for k, r in zip(known, regencies, strict=True)]
    keep = sites["regency"].isna() | sites["regency"].isin(wanted)
    if not keep.any():
        raise InputError(
            _("Tidak ada titik di {wanted}. Yang ada: {found}.").format(
                wanted=", ".join(wanted), found=", ".join(sorted(sites["regency"].dropna().unique())) or "–"
            )
        )
    if keep.all():
        return sites, issues
    text = _("{n} titik di kabupaten/kota lain tidak ikut, sesuai --regency.").format(n=int((~keep).sum()))
    left_out = issues_table([issue_row("other_regency", text, severity="info")])
    about = issues[~issues["site_id"].isin(sites.index[~keep])]
    return sites[keep], pd.concat([about, left_out], ignore_index=True)


def screen_job(console: Console, job: Job) -> Screening:
    """Read the lists and the layer, and screen."""
    import gerai_geo

    sites, issues = read_sites(console, job)
    with console.step("forest"):
        forest = gerai_geo.read_forest(job.forest, around=sites, **job.layer)
        extra = [gerai_geo.read_extra(file, name, crs=job.extra_crs, layer=layer) for name, file, layer in job.extra]
    with console.step("screen"):
        result = gerai_geo.screen(
            sites, forest, issues=issues, tolerance_m=job.tolerance_m, extra=extra, rules=job.rules,
            building=job.building, map_class=job.map_class)  # fmt: skip
    return add_ground(console, job.ground, result, forest, sites, job.intake.get("boundaries"), job.layer)


def run_job(console: Console, job: Job, output: Path) -> Screening:
    """Do the whole job into one folder, which appears when all of it is there."""
    from gerai_geo.intake.boundaries import read_boundaries
    from gerai_geo.records.store import replacing

    previous = previous_of(console, job.previous, output)
    with replacing(output, tell=console.say) as new:
        screening, beside = with_others(console, screen_job(console, job), previous, job.recorded)
        boundaries = read_boundaries(job.intake.get("boundaries"))
        write_results(console, screening, new, beside, boundaries=boundaries)
    show_previous_results(console, beside)
    return screening


def exit_strictly(strict: bool, screening: Screening) -> None:
    """End with code 3 where that was asked for and rows need attention."""
    if strict and (len(screening.flagged) or (screening.issues["severity"] == "error").any()):
        sys.exit(3)
