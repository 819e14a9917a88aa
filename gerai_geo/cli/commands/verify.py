"""The command that verifies a saved result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gerai_geo.cli.options import COMMON_OPTIONS, command, make_console, with_options
from gerai_geo.i18n.translate import _

if TYPE_CHECKING:
    from gerai_geo.cli.console import Console
    from gerai_geo.workflow.verify.report import Verification


@command(epilog="gerai-geo verify hasil\ngerai-geo verify hasil_nov --inputs titik.xlsx --lang en")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--inputs", multiple=True, type=click.Path(path_type=Path), metavar="TEMPAT",
              help="Berkas masukan yang sudah pindah, atau folder tempat mencarinya; boleh diulang. "
                   "[where inputs are]")  # fmt: skip
@click.option("--seal", metavar="SEGEL",
              help="Segel yang dicatat dahulu, 8 angka pertamanya atau lebih. [seal as written down]")  # fmt: skip
@click.option("--again", is_flag=True,
              help="Tapis sekali lagi dari masukan dan parameter yang tercatat, lalu bandingkan. "
                   "[screen again and compare]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def verify(folder: Path, inputs: tuple[Path, ...], seal: str | None, again: bool, **options: Any) -> None:
    """
    Apakah folder hasil masih seperti yang dibuat; kode keluar 1 bila tidak.

    Whether a result still is what was made: its files, inputs and counts, and each output against the findings. What a
    meeting filled in, files of your own and a moved folder are told and are no failure.
    """
    import gerai_geo
    from gerai_geo.errors import InputError
    from gerai_geo.workflow.verify.verify import written_seal

    console = make_console(options)
    if seal is not None:
        try:
            written_seal(seal)
        except InputError as error:
            raise click.UsageError(str(error), click.get_current_context()) from error
    with console.step("verify"):
        found = gerai_geo.verify(folder, inputs=list(inputs), seal=seal)
    summary: dict[str, Any] = {"matches": found.matches, "seal": found.seal, "checks": found.checks}
    _show(console, found)
    second = None
    if again:
        from gerai_geo.cli.again.screen_again import screen_again, show_again

        second = screen_again(console, folder, inputs)
        summary["again"] = show_again(console, second)
    console.show_json(summary)
    sys.exit(0 if found.matches and (second is None or second.same) else 1)


def _show(console: Console, found: Verification) -> None:
    """Print the checks as a table, and what they add up to."""
    from gerai_geo.cli.console import aligned
    from gerai_geo.core.file_digest import SEAL_SHOWN
    from gerai_geo.i18n.labels import label

    rows = found.checks if not console.quiet else found.checks[found.checks["outcome"] == "mismatch"]
    lines = []
    for row in rows.to_dict("records"):
        part, item = label("verified", row["check"]), row["item"] if isinstance(row["item"], str) else ""
        folder = row["folder"] if isinstance(row["folder"], str) else ""
        place = "/".join(dict.fromkeys(filter(None, (folder, "" if item == part else item))))
        lines.append((label("outcomes", row["outcome"]), part, ": ".join(filter(None, (place, row["message"])))))
    for line in aligned(lines, right=set()) if lines else ():
        console.show(line)
    console.show(found.sentence())
    if found.seal and not console.quiet:
        text = _("Segel: {seal}. Catat di berita acara; dengan --seal perubahan apa pun sesudahnya ditemukan.")
        console.show(text.format(seal=found.seal[:SEAL_SHOWN]))
