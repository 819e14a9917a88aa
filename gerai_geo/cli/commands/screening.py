"""Commands that read and judge: demo, run, check, screen, layers, fetch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from gerai_geo.cli.app import Source, bounding_box
from gerai_geo.cli.ground_options import GROUND_OPTIONS
from gerai_geo.cli.large_lists import LONG_OPTIONS, is_long, screen_long
from gerai_geo.cli.options import (
    COMMON_OPTIONS,
    EXTRA_OPTIONS,
    FOREST,
    FOREST_OPTIONS,
    INTAKE_OPTIONS,
    ROUTE_OPTIONS,
    SITES,
    STRICT,
    TOLERANCE,
    command,
    console_of,
    with_options,
)
from gerai_geo.cli.pipeline import Job, exit_strictly, job_of, layer_of, read_sites, run_job, screen_job
from gerai_geo.cli.previous_results import BESIDE_OPTIONS, previous_of, show_previous_results, with_others
from gerai_geo.i18n.translate import _, current_language

JOB_OPTIONS = (
    INTAKE_OPTIONS, FOREST_OPTIONS, EXTRA_OPTIONS, ROUTE_OPTIONS, GROUND_OPTIONS, TOLERANCE, STRICT, COMMON_OPTIONS,
)  # fmt: skip


@command(epilog="gerai-geo demo -o coba")
@click.option("-o", "--output", default="gerai_demo", show_default=True, type=click.Path(path_type=Path),
              metavar="FOLDER", help="Folder hasil. [output folder]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def demo(output: Path, **options: Any) -> None:
    """
    Seluruh pekerjaan pada data contoh buatan.

    The whole job on the bundled sample.
    """
    import gerai_geo

    sample = gerai_geo.sample_paths()
    console = console_of(options)
    screening = run_job(console, Job(sample.sites, sample.forest, {}, {"scale": 250_000}), output)
    console.report(screening, output, "index.html")


@command(
    epilog="gerai-geo run titik.xlsx bidang.zip --forest KWSHUTAN_AR_250K.shp --scale 250000 -o hasil\n"
    'gerai-geo run titik.xlsx --forest kawasan.gpkg --extra "PIPPIB 2026=pippib.shp" --extra PBPH=pbph.gpkg\n'
    "gerai-geo run titik.xlsx --forest kawasan.gpkg --raster lereng=slope:dem.tif --avoid lereng=slope:dem.tif,above=15"
)
@SITES
@FOREST
@click.option("-o", "--output", default="hasil", show_default=True, type=click.Path(path_type=Path),
              metavar="FOLDER", help="Folder hasil. [output folder]")  # fmt: skip
@with_options(BESIDE_OPTIONS, *JOB_OPTIONS)
def run(sites: tuple[Path, ...], forest: Path, output: Path, strict: bool, **options: Any) -> None:
    """
    Periksa, tapis, petakan, dan daftar sekaligus.

    Check, screen, maps and lists in one go.
    """
    console = console_of(options)
    screening = run_job(console, job_of(sites, forest, options), output)
    console.report(screening, output, "index.html")
    exit_strictly(strict, screening)


@command(
    epilog="gerai-geo check titik.xlsx -o masalah.xlsx\ngerai-geo check titik.xlsx --apply masalah.xlsx\n"
    'gerai-geo check lokasi.csv --columns latitude="Titik Y" --columns longitude="Titik X"'
)
@SITES
@click.option("-o", "--problems", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Tulis masalahnya ke .xlsx untuk diisi koreksinya. [problems, to fill in]")  # fmt: skip
@with_options(INTAKE_OPTIONS, STRICT, COMMON_OPTIONS)
def check(sites: tuple[Path, ...], problems: Path | None, strict: bool, **options: Any) -> None:
    """
    Baca daftar saja: apa yang terbaca, apa yang salah, cara memperbaikinya.

    Intake only.
    """
    console = console_of(options)
    table, issues = read_sites(console, job_of(sites, Path(), options))
    if problems is not None:
        from gerai_geo.outputs.workbook.issues_workbook import write_problems

        write_problems(issues, problems)
    console.report_issues(table, issues, problems)
    if strict and issues["severity"].isin(["error", "warning"]).any():
        sys.exit(3)


@command(epilog="gerai-geo screen titik.csv --forest kawasan.gpkg -o hasil")
@SITES
@FOREST
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FOLDER",
              help="Folder hasil. [output folder]")  # fmt: skip
@with_options(LONG_OPTIONS, *JOB_OPTIONS)
def screen(
    sites: tuple[Path, ...], forest: Path, output: Path, strict: bool, chunk: int | None, **options: Any
) -> None:
    """
    Tapis saja: findings.gpkg, findings.csv, manifest.json; daftar panjang ke findings.parquet.

    Findings only; of long lists as GeoParquet.
    """
    from gerai_geo.records.store import replacing, write_screening

    console = console_of(options)
    if is_long(sites, chunk):
        attention = screen_long(console, job_of(sites, forest, options), output, chunk, options)
        sys.exit(3 if strict and attention else 0)
    previous = previous_of(console, None, output)
    with replacing(output, tell=console.say) as new:
        screening, beside = with_others(console, screen_job(console, job_of(sites, forest, options)), previous, None)
        write_screening(screening, new)
    show_previous_results(console, beside)
    console.report(screening, output, "findings.gpkg")
    exit_strictly(strict, screening)


@command(epilog="gerai-geo layers KWSHUTAN_AR_250K.shp")
@click.argument("file", metavar="BERKAS", type=Source(path_type=Path))
@with_options(FOREST_OPTIONS, COMMON_OPTIONS)
def layers(file: Path, **options: Any) -> None:
    """
    Isi layer kawasan hutan: fungsi, SK, luas, cacat.

    What a forest layer holds.
    """
    import gerai_geo
    from gerai_geo.intake.forest import describe_forest
    from gerai_geo.intake.layers.coverage import check_coverage

    console = console_of(options)
    with console.step("forest"):
        forest = gerai_geo.read_forest(file, **layer_of(options))
        functions = describe_forest(forest)
        coverage = check_coverage(forest)
    console.report_layer(forest, functions, coverage)


@command(epilog="gerai-geo fetch batas-desa --where \"KDPPUM='62'\" -o batas_desa.gpkg\ngerai-geo fetch --list")
@click.argument("source", metavar="[NAMA|ALAMAT]", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Berkas .gpkg, .geojson atau .fgb. [file]")  # fmt: skip
@click.option("--list", "show_list", is_flag=True, help="Layanan yang dikenal dengan namanya. [services known by name]")
@click.option("--where", default="1=1", metavar="SQL", help="Saringan dalam SQL server; hanya ArcGIS. [filter]")
@click.option("--bbox", type=bounding_box, metavar="B,S,T,U",
              help="Hanya di kotak ini: barat,selatan,timur,utara dalam derajat. [west,south,east,north]")  # fmt: skip
@click.option("--ca", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Sertifikat PEM tambahan bila rantai server tidak lengkap. [further certificates]")  # fmt: skip
@click.option("--restart", is_flag=True, help="Mulai dari awal, jangan lanjutkan unduhan lama. [don't resume]")
@with_options(COMMON_OPTIONS)
def fetch(source: str | None, output: Path | None, show_list: bool, restart: bool, **options: Any) -> None:
    """
    Unduh layer resmi dari layanannya: lengkap atau tidak sama sekali, dapat dilanjutkan.

    An official layer from its service (ArcGIS REST, OGC API Features), resumable, checked against the server's count.
    """
    from gerai_geo.intake import fetch as services

    console = console_of(options)
    if show_list:
        known = services.known_services()
        ending = "_en" if current_language() == "en" else ""
        for service in known:
            console.show(f"{service['name']}  ({_('keyakinan')} {service['confidence']}, {service['noted_on']})")
            for text in (service[f"title{ending}"], service["url"], service[f"note{ending}"]):
                if text:
                    console.show(f"  {text}")
        console.give({"services": known})
        return
    if source is None or output is None:
        raise click.UsageError(
            _("Sebutkan nama atau alamat layanan, dan berkasnya dengan -o."), click.get_current_context()
        )

    def tell(got: int, promised: int | None) -> None:
        if not console.quiet:
            console.say(f"{got}/{'?' if promised is None else promised} …")

    wanted = {k: options[k] for k in ("where", "bbox", "ca")}
    got = services.fetch(source, output, resume=not restart, tell=tell, **wanted)
    counted = _("jumlahnya sama dengan kata server") if got.checked else _("server tidak menyebut jumlahnya")
    if not console.quiet:
        text = _("{path}: {n} fitur, {counted}. Asalnya tertulis di {about}.")
        console.show(text.format(path=got.path, n=console.number(got.count), counted=counted, about=got.about.name))
    console.give({"path": str(got.path), "about": str(got.about), "url": got.url, "title": got.title,
                  "count": got.count, "count_checked": got.checked})  # fmt: skip
