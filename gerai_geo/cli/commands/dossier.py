"""The command that writes PDF dossiers of a saved screening: dossier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gerai_geo.cli.options import COMMON_OPTIONS, PAPER_OPTION, command, make_console, with_options
from gerai_geo.i18n.translate import _, current_language


@command(epilog="gerai-geo dossier hasil --regency Seruyan\ngerai-geo dossier hasil --site SE07-009 -o berkas")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--site", "sites", multiple=True, metavar="ID",
              help="Hanya titik ini; boleh diulang. Tanpa ini semua yang ditandai. [only this site]")  # fmt: skip
@click.option("--regency", metavar="NAMA", help="Hanya kabupaten/kota ini: nama atau kode. [only this regency]")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Folder lain untuk PDF; tanpa ini FOLDER/berkas. [another folder]")  # fmt: skip
@with_options(PAPER_OPTION, COMMON_OPTIONS)
def dossier(folder: Path, sites: tuple[str, ...], regency: str | None, output: Path | None, **options: Any) -> None:
    """
    Berkas PDF: dua halaman per titik untuk permohonan telaah, dan daftar per kabupaten.

    PDFs: two pages a site to go with a request for review, and the list of each regency.
    """
    import gerai_geo
    from gerai_geo.outputs.dossier_pages.page_links import link_dossiers
    from gerai_geo.records.atomic_write import replacing

    console = make_console(options)
    screening = gerai_geo.read_screening(folder)
    selection: dict[str, Any] = {"sites": list(sites) or None, "regency": regency, "paper": options["paper"]}
    target = output or folder / ("berkas" if current_language() == "id" else "dossiers")
    with console.step("dossiers"):
        if target.resolve().parent == folder.resolve():
            with replacing(folder, update=True, notify=console.notify, complete=link_dossiers) as new:
                new.mkdir()
                selection["maps"] = {file.name for file in (folder / "maps").glob("*.html")}
                written = gerai_geo.write_dossiers(screening, new / target.name, **selection)
                files = [target / file.relative_to(new / target.name) for file in written]
        else:
            files = gerai_geo.write_dossiers(screening, target, **selection)
    pdfs = sum(file.suffix == ".pdf" for file in files)
    if not console.quiet:
        console.show(_("{n} PDF ditulis ke {folder}.").format(n=console.number(pdfs), folder=target))
    console.show_json({"folder": str(target), "files": [str(file) for file in files]})
