"""The command that checks the installation: doctor."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import Any

from gerai_geo.cli.options import COMMON_OPTIONS, command, make_console, with_options
from gerai_geo.i18n.translate import _


@command(epilog="gerai-geo doctor\ngerai-geo doctor --json")
@with_options(COMMON_OPTIONS)
def doctor(**options: Any) -> None:
    """
    Periksa pemasangan: versi, format, datum, folder; apa yang kurang dan cara memperbaikinya.

    What is installed, writable and cached, what is missing and how to fix it. Exit code 1 if something is missing.
    """
    from gerai_geo.cli.console import aligned
    from gerai_geo.cli.machine_checks import MISSING, OK, as_json, check_machine, problems

    console = make_console(options)
    checks = check_machine()
    marks = {OK: "✓", MISSING: "✗"}
    for group, own in groupby(checks, key=lambda check: check.group):
        console.show(group)
        rows = [(marks.get(check.state, "–"), check.name, check.found) for check in own]
        for line in aligned(rows, right=set()):
            console.show(f"  {line}")
    missing = problems(checks)
    console.show()
    for check in (check for check in checks if check.fix):
        console.show(_("{name}: {fix}").format(name=check.name, fix=check.fix))
    text = (
        _("Ada {n} hal yang harus diperbaiki.").format(n=len(missing)) if missing else _("Semua yang diperlukan ada.")
    )
    console.show(text)
    console.show_json(as_json(checks))
    if missing:
        sys.exit(1)
