"""
The command line: parse, call the library, say what came out.

Only click and the standard library are loaded at the top of these modules, so that ``--help`` answers at once. What
commands share stands in `options` and `work`, how errors are said in `program`, what is printed in `console`.
"""

from __future__ import annotations

import click

from gerai_geo.cli.app import Program
from gerai_geo.cli.commands import dossier as papers
from gerai_geo.cli.commands import explain as telling
from gerai_geo.cli.commands import map_list as results
from gerai_geo.cli.commands import meeting, screening


@click.group(
    "gerai-geo",
    cls=Program,
    epilog="gerai-geo demo\ngerai-geo run titik.xlsx --forest KWSHUTAN_AR_250K.shp -o hasil",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="gerai-geo")
def main() -> None:
    """
    Menapis calon lokasi gerai terhadap kawasan hutan: peta, daftar, dan data per kabupaten.

    Screens candidate gerai sites against kawasan hutan (Indonesian state forest area).
    """


for _command in (
    screening.demo, screening.run, screening.check, screening.screen, results.map_command, results.list_command,
    papers.dossier, telling.explain, meeting.followup, meeting.compare, meeting.reconcile, screening.layers,
    screening.fetch,
):  # fmt: skip
    main.add_command(_command)
