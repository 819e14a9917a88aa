"""Commands that write the maps or the list of a saved screening: map, list."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from gerai_geo.cli.app import Source
from gerai_geo.cli.options import COMMON_OPTIONS, INCOMPLETE_OPTION, command, make_console, with_options
from gerai_geo.i18n.translate import _


@command("map", epilog="gerai-geo map hasil --previous hasil_lama")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Folder lain untuk peta. [another folder for the maps]")  # fmt: skip
@click.option("--boundaries", metavar="BERKAS", type=Source(path_type=Path),
              help="Batas kabupaten atau desa, untuk peta ringkas di index.html. "
                   "[outlines for the small map]")  # fmt: skip
@click.option("--previous", metavar="FOLDER", type=click.Path(path_type=Path),
              help="Hasil penapisan sebelumnya: peta menandai yang berubah, index.html menyebut perkembangannya. "
                   "[an earlier screening, to tell what changed]")  # fmt: skip
@with_options(INCOMPLETE_OPTION, COMMON_OPTIONS)
def map_command(
    folder: Path, output: Path | None, boundaries: Path | None, previous: Path | None, **options: Any
) -> None:
    """
    Peta dari hasil yang tersimpan.

    Maps from a saved screening.
    """
    import gerai_geo
    from gerai_geo.intake.boundaries import read_boundaries

    console = make_console(options)
    screening = gerai_geo.read_screening(folder)
    before = gerai_geo.read_screening(previous) if previous else None
    with console.step("maps"):
        gerai_geo.write_maps(
            screening,
            output or folder,
            changes=gerai_geo.compare(before, screening).changes if before else None,
            previous=before,
            boundaries=read_boundaries(boundaries, accept_incomplete=options["accept_incomplete"]),
        )
    console.report(screening, output or folder, "index.html")


@command(
    "list",
    epilog="gerai-geo list hasil -o titik.kml\ngerai-geo list hasil -o postgresql://gis@localhost/gerai?schema=hasil",
)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=Source(path_type=Path), metavar="BERKAS",
              help="Berkas .xlsx, .csv, .gpkg, .geojson, .zip (shapefile) atau .kml, atau alamat PostGIS; tanpa ini "
              "FOLDER/daftar.xlsx. [file or database]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def list_command(folder: Path, output: Path | str | None, **options: Any) -> None:
    """
    Daftar dari hasil yang tersimpan.

    The list from a saved screening.
    """
    import gerai_geo
    from gerai_geo.records.store import replacing

    console = make_console(options)
    screening = gerai_geo.read_screening(folder)
    if isinstance(output, str):
        with console.step("list"):
            place = gerai_geo.write_list(screening, output)
        if not console.quiet:
            console.show(_("Ditulis ke {place}.").format(place=place))
        console.show_json({"database": str(place), "rows": len(screening.findings)})
        return
    target = output or folder / "daftar.xlsx"
    with console.step("list"):
        if target.resolve().parent == folder.resolve():
            with replacing(folder, update=True, notify=console.notify) as new:
                new.mkdir()
                gerai_geo.write_list(screening, new / target.name)
        else:
            gerai_geo.write_list(screening, target, maps=_relative_maps(target, folder))
    console.report(screening, target.parent, target.name)


def _relative_maps(target: Path, folder: Path) -> str | None:
    """Relative path from a list to the maps of a saved screening; None without maps."""
    if not (folder / "maps").is_dir():
        return None
    try:
        return Path(os.path.relpath(folder.resolve() / "maps", target.resolve().parent)).as_posix()
    except ValueError:  # another drive of Windows
        return None
