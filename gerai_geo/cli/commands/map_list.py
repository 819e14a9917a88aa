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
    epilog="gerai-geo list hasil -o titik.kml\ngerai-geo list hasil --agency bpkh -o untuk_bpkh.xlsx\n"
    "gerai-geo list hasil -o postgresql://gis@localhost/gerai?schema=hasil",
)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=Source(path_type=Path), metavar="BERKAS",
              help="Berkas .xlsx, .csv, .gpkg, .geojson, .zip (shapefile), .kml atau .kmz, atau alamat PostGIS; "
              "tanpa ini FOLDER/daftar.xlsx, untuk pilihan FOLDER/daftar_pilihan.xlsx. [file or database]")  # fmt: skip
@click.option("--flagged", is_flag=True, help="Hanya titik yang perlu tindak lanjut. [only sites to follow up]")
@click.option("--action", "actions", multiple=True, metavar="NAMA",
              help="Hanya titik dengan tindak lanjut ini: legalize, verify, fix_data, land_papers, none; boleh "
                   "diulang. [only this action]")  # fmt: skip
@click.option("--agency", "agencies", multiple=True, metavar="NAMA",
              help="Hanya titik yang dikerjakan instansi ini: bpkh, dishut, bpn, pupr, desa; boleh diulang. "
                   "[only the work of this agency]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def list_command(
    folder: Path,
    output: Path | str | None,
    flagged: bool,
    actions: tuple[str, ...],
    agencies: tuple[str, ...],
    **options: Any,
) -> None:
    """
    Daftar dari hasil yang tersimpan, seluruhnya atau sebagian.

    The list from a saved screening, whole or in part: the conditions of --flagged, --action and --agency all hold.
    """
    import gerai_geo
    from gerai_geo.errors import InputError
    from gerai_geo.outputs.selection import action_code, agency_code, select_sites
    from gerai_geo.records.atomic_write import replacing

    console = make_console(options)
    in_part = bool(flagged or actions or agencies)
    try:
        actions, agencies = tuple(map(action_code, actions)), tuple(map(agency_code, agencies))
    except InputError as error:
        raise click.UsageError(str(error), click.get_current_context()) from error
    whole = (folder / "daftar.xlsx").resolve()
    if in_part and isinstance(output, Path) and output.resolve() == whole:
        text = _("{path} memuat semua titik; tulis pilihan ke berkas lain.")
        raise click.UsageError(text.format(path=output), click.get_current_context())
    screening = gerai_geo.read_screening(folder)
    if in_part:
        screening = select_sites(screening, flagged=flagged, actions=actions, agencies=agencies)
        if screening.findings.empty:
            console.notify(_("Tidak ada titik dengan syarat itu; berkasnya ditulis tanpa baris."))
    if isinstance(output, str):
        with console.step("list"):
            place = gerai_geo.write_list(screening, output)
        if not console.quiet:
            console.show(_("Ditulis ke {place}.").format(place=place))
        console.show_json({"database": str(place), "rows": len(screening.findings)})
        return
    target = output or folder / ("daftar_pilihan.xlsx" if in_part else "daftar.xlsx")
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
