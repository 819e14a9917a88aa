"""Commands that read and screen: demo, run, check, screen, layers, fetch."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from gerai_geo.cli.app import Source, bounding_box
from gerai_geo.cli.ground_options import GROUND_OPTIONS
from gerai_geo.cli.large_lists import CHUNK_OPTION, is_large, screen_large
from gerai_geo.cli.options import (
    COMMON_OPTIONS,
    EXTRA_OPTIONS,
    FOREST,
    FOREST_OPTIONS,
    INCOMPLETE_OPTION,
    INTAKE_OPTIONS,
    PAPER_OPTION,
    PROVINCES_OPTION,
    ROUTE_OPTIONS,
    SITES,
    STRICT_OPTION,
    TOLERANCE_OPTIONS,
    command,
    make_console,
    with_options,
)
from gerai_geo.cli.pipeline import (
    exit_if_strict,
    forest_arguments,
    make_job,
    read_sites,
    run_job,
    sample_job,
    screen_job,
)
from gerai_geo.cli.related_results import RELATED_OPTIONS, add_related, read_previous, show_related
from gerai_geo.core.steps.counting import tell_count
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.map_process import map_process

JOB_OPTIONS = (
    INTAKE_OPTIONS, FOREST_OPTIONS, INCOMPLETE_OPTION, EXTRA_OPTIONS, ROUTE_OPTIONS, GROUND_OPTIONS, TOLERANCE_OPTIONS,
    STRICT_OPTION, COMMON_OPTIONS,
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
    with map_process(sample.sites) as process:
        console = make_console(options)
        screening, related = run_job(console, sample_job(), output, process)
    console.report(screening, output, "index.html", related=partial(show_related, console, related))


@command(
    epilog="gerai-geo run titik.xlsx bidang.zip --forest KWSHUTAN_AR_250K.shp --scale 250000 -o hasil\n"
    'gerai-geo run titik.xlsx --forest kawasan.gpkg --extra "PIPPIB 2026=pippib.shp" --extra PBPH=pbph.gpkg\n'
    "gerai-geo run titik.xlsx --forest kawasan.gpkg -o hasil_nasional --per-province\n"
    "gerai-geo run titik.xlsx --forest kawasan.gpkg --targets target.csv --recorded ekspor.csv --previous hasil_nov\n"
    "gerai-geo run titik.xlsx --forest kawasan.gpkg --raster lereng=slope:dem.tif --avoid lereng=slope:dem.tif,above=15"
)
@SITES
@FOREST
@click.option("-o", "--output", default="hasil", show_default=True, type=click.Path(path_type=Path),
              metavar="FOLDER", help="Folder hasil. [output folder]")  # fmt: skip
@with_options(PROVINCES_OPTION, RELATED_OPTIONS, PAPER_OPTION, *JOB_OPTIONS)
def run(sites: tuple[Path, ...], forest: Path, output: Path, strict: bool, per_province: bool, **options: Any) -> None:
    """
    Periksa, tapis, petakan, dan daftar sekaligus.

    Check, screen, maps and lists in one go.
    """
    with map_process(sites) as process:  # its imports and ours at the same time
        console = make_console(options)
        job = make_job(sites, forest, options)
        if per_province:
            from gerai_geo.cli.provinces.job import run_provinces
            from gerai_geo.cli.provinces.report import exit_if_any_strict, report_provinces

            nation = run_provinces(console, job, output, process)
            report_provinces(console, nation, output)
            exit_if_any_strict(strict, nation)
            return
        screening, related = run_job(console, job, output, process)
    console.report(screening, output, "index.html", related=partial(show_related, console, related))
    exit_if_strict(strict, screening)


@command(
    epilog="gerai-geo check titik.xlsx -o masalah.xlsx\ngerai-geo check titik.xlsx --apply masalah.xlsx\n"
    'gerai-geo check lokasi.csv --columns latitude="Titik Y" --columns longitude="Titik X"'
)
@SITES
@click.option("-o", "--problems", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Tulis masalahnya ke .xlsx untuk diisi koreksinya. [problems, to fill in]")  # fmt: skip
@with_options(INTAKE_OPTIONS, INCOMPLETE_OPTION, STRICT_OPTION, COMMON_OPTIONS)
def check(sites: tuple[Path, ...], problems: Path | None, strict: bool, **options: Any) -> None:
    """
    Baca daftar saja: apa yang terbaca, apa yang salah, cara memperbaikinya.

    Intake only.
    """
    console = make_console(options)
    table, issues = read_sites(console, make_job(sites, Path(), options))
    if problems is not None:
        from gerai_geo.outputs.workbook.issues_workbook import write_issues_workbook

        write_issues_workbook(issues, problems)
    console.report_issues(table, issues, problems)
    if strict and issues["severity"].isin(["error", "warning"]).any():
        sys.exit(3)


@command(epilog="gerai-geo screen titik.csv --forest kawasan.gpkg -o hasil")
@SITES
@FOREST
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FOLDER",
              help="Folder hasil. [output folder]")  # fmt: skip
@with_options(CHUNK_OPTION, *JOB_OPTIONS)
def screen(
    sites: tuple[Path, ...],
    forest: Path,
    output: Path,
    strict: bool,
    chunk: int | None,
    resume: bool,
    **options: Any,
) -> None:
    """
    Tapis saja: findings.gpkg, findings.csv, manifest.json; daftar panjang ke findings.parquet.

    Findings only; of long lists as GeoParquet.
    """
    from gerai_geo.records.atomic_write import replacing
    from gerai_geo.records.store import write_screening

    console = make_console(options)
    if is_large(sites, chunk):
        job = make_job(sites, forest, options)
        needs_attention = screen_large(console, job, output, chunk, options, resume=resume)
        sys.exit(3 if strict and needs_attention else 0)
    if resume:
        text = _("--resume hanya untuk daftar panjang yang ditapis bertahap (--chunk).")
        raise click.UsageError(text, click.get_current_context())
    previous = read_previous(None, output)
    with replacing(output, notify=console.notify) as folder:
        result = screen_job(console, make_job(sites, forest, options))
        screening, related = add_related(console, result, previous, None)
        write_screening(screening, folder)
    show_related(console, related)
    console.report(screening, output, "findings.gpkg")
    exit_if_strict(strict, screening)


@command(epilog="gerai-geo layers KWSHUTAN_AR_250K.shp")
@click.argument("file", metavar="BERKAS", type=Source(path_type=Path))
@with_options(FOREST_OPTIONS, INCOMPLETE_OPTION, COMMON_OPTIONS)
def layers(file: Path, **options: Any) -> None:
    """
    Isi layer kawasan hutan: fungsi, SK, luas, cacat.

    What a forest layer holds.
    """
    import gerai_geo
    from gerai_geo.intake.forest import describe_forest
    from gerai_geo.intake.layers.coverage import check_coverage

    console = make_console(options)
    with console.step("forest"):
        forest = gerai_geo.read_forest(file, **forest_arguments(options))
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

    console = make_console(options)
    if show_list:
        known = services.known_services()
        suffix = "_en" if current_language() == "en" else ""
        for service in known:
            console.show(f"{service['name']}  ({_('keyakinan')} {service['confidence']}, {service['noted_on']})")
            for text in filter(None, (service[f"title{suffix}"], service["url"], service[f"note{suffix}"])):
                console.show(f"  {text}")
        console.show_json({"services": known})
        return
    if source is None or output is None:
        text = _("Sebutkan nama atau alamat layanan, dan berkasnya dengan -o.")
        raise click.UsageError(text, click.get_current_context())
    with console.step("fetch"):
        fetched = services.fetch(
            source, output, resume=not restart, where=options["where"], bbox=options["bbox"], ca=options["ca"],
            tell=lambda count, promised: tell_count(count, promised or 0),
        )  # fmt: skip
    counted = _("jumlahnya sama dengan kata server") if fetched.checked else _("server tidak menyebut jumlahnya")
    if not console.quiet:
        text = _("{path}: {n} fitur, {counted}. Asalnya tertulis di {about}.")
        count = console.number(fetched.count)
        console.show(text.format(path=fetched.path, n=count, counted=counted, about=fetched.about.name))
    console.show_json({"path": str(fetched.path), "about": str(fetched.about), "url": fetched.url,
                       "title": fetched.title, "count": fetched.count, "count_checked": fetched.checked})  # fmt: skip
