"""
The command line: parse the arguments, call the library, print the result.

Only click and the standard library are imported at the top of these modules, so that ``--help`` answers at once.
Shared options are in `options`, the job behind several commands in `pipeline`, errors in `app`, output in `console`.
"""

from __future__ import annotations

import click

from gerai_geo.cli.app import Program
from gerai_geo.cli.commands.app_page import app
from gerai_geo.cli.commands.cache import cache
from gerai_geo.cli.commands.doctor import doctor
from gerai_geo.cli.commands.dossier import dossier
from gerai_geo.cli.commands.explain import explain
from gerai_geo.cli.commands.map_list import list_command, map_command
from gerai_geo.cli.commands.meeting import compare, followup, reconcile
from gerai_geo.cli.commands.point import point
from gerai_geo.cli.commands.screening import check, demo, fetch, layers, run, screen
from gerai_geo.cli.commands.verify import verify


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
    demo, run, check, screen, point, map_command, list_command, dossier, explain, followup, compare, reconcile, layers,
    fetch, app, verify, doctor, cache,
):  # fmt: skip
    main.add_command(_command)
