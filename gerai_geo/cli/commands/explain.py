"""The command that explains one finding in sentences: explain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gerai_geo.cli.options import COMMON_OPTIONS, command, make_console, with_options


@command("explain", epilog="gerai-geo explain hasil SE07-009\ngerai-geo explain hasil SE07-009 --lang en --json")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.argument("site_id", metavar="ID")
@with_options(COMMON_OPTIONS)
def explain(folder: Path, site_id: str, **options: Any) -> None:
    """
    Jelaskan satu titik dari hasil yang tersimpan: apa yang dibandingkan, jalurnya, dan sebabnya.

    One finding in sentences: what was compared, which routes apply or not and why, what would change the answer.
    """
    import gerai_geo

    console = make_console(options)
    screening = gerai_geo.read_screening(folder)
    explanation = gerai_geo.explain(screening, site_id)
    console.show(str(explanation))
    console.show_json(explanation.as_dict())
