"""The command that checks one site at once: point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gerai_geo.cli.app import Number, Source
from gerai_geo.cli.ground_options import GROUND_OPTIONS
from gerai_geo.cli.options import (
    COMMON_OPTIONS,
    EXTRA_OPTIONS,
    FOREST,
    FOREST_OPTIONS,
    INCOMPLETE_OPTION,
    ROUTE_OPTIONS,
    STRICT_OPTION,
    TOLERANCE_OPTIONS,
    command,
    make_console,
    with_options,
)
from gerai_geo.cli.pipeline import exit_if_strict, make_job, screen_sites, with_boundaries

POINT_OPTIONS: list[Any] = [
    click.option("--regency", metavar="NAMA", help="Kabupaten/kotanya. [its regency]"),
    click.option("--boundaries", metavar="BERKAS", type=Source(path_type=Path),
                 help="Batas desa atau kabupaten, untuk mengisi kabupaten dan membatasi lahan bebas. [boundaries]"),
    click.option("--crs", metavar="CRS", help="CRS koordinatnya bila dalam meter, mis. EPSG:32749. [CRS]"),
    click.option("--accuracy", "accuracy_m", type=Number(min=0, max=100_000), metavar="METER",
                 help="Ketelitian letaknya (CE90); bila kosong 10 m. [accuracy of the position]"),
    click.option("--explain", is_flag=True, help="Juga uraian lengkapnya. [the whole explanation too]"),
]  # fmt: skip


@command(
    epilog='gerai-geo point "2°31\'52\\"LS 112°57\'4\\"BT" --forest kawasan.gpkg --scale 250000\n'
    "gerai-geo point -2.53111 112.95111 --forest kawasan.gpkg --json\n"
    'gerai-geo point "POLYGON ((112.95 -2.53, 112.951 -2.53, 112.951 -2.531, 112.95 -2.53))" --forest kawasan.gpkg',
    context_settings={"ignore_unknown_options": True},  # -2.53 is no option
)
@click.argument("place", metavar="LETAK...", nargs=-1, required=True)
@FOREST
@with_options(
    POINT_OPTIONS, FOREST_OPTIONS, INCOMPLETE_OPTION, EXTRA_OPTIONS, ROUTE_OPTIONS, GROUND_OPTIONS, TOLERANCE_OPTIONS,
    STRICT_OPTION, COMMON_OPTIONS,
)  # fmt: skip
def point(place: tuple[str, ...], forest: Path, explain: bool, strict: bool, **options: Any) -> None:
    """
    Periksa satu titik atau bidang seketika, tanpa berkas: koordinat dengan tulisan apa pun, WKT, atau GeoJSON.

    One site at once: status, distance, probability, route and nearest clear ground.
    """
    import gerai_geo
    from gerai_geo.outputs.point_summary import point_summary
    from gerai_geo.workflow.point import read_point

    for part in place:
        if part.startswith("--"):
            raise click.NoSuchOption(part, ctx=click.get_current_context())
    console = make_console(options)
    regency, accuracy_m = options.pop("regency"), options.pop("accuracy_m")
    defaults = {"columns": (), "corrections": None, "parcels": False, "regency": ()}
    job = with_boundaries(make_job((), forest, options | defaults))
    reading = {name: job.intake[name] for name in ("crs", "boundaries", "accept_incomplete")}
    sites, issues = read_point(" ".join(place), regency=regency, accuracy_m=accuracy_m, **reading)
    screening = screen_sites(console, job, sites, issues)
    summary = point_summary(screening)
    for note in summary["notes"][:-1]:
        console.show(note)
    for label, text in summary["lines"]:
        console.show(f"{label}: {text}")
    if explain:
        explanation = gerai_geo.explain(screening, str(screening.findings.index[0]))
        console.show(f"\n{explanation}")
        summary["explanation"] = explanation.as_dict()
    else:
        console.show(summary["notes"][-1])
    console.show_json(summary)
    exit_if_strict(strict, screening)
