"""What the command line tells of the results of all provinces."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gerai_geo import schema
from gerai_geo.cli.console import aligned
from gerai_geo.i18n.labels import disclaimer, status_label
from gerai_geo.i18n.translate import _
from gerai_geo.records.progress.groups import needs_followup

if TYPE_CHECKING:
    from gerai_geo.cli.console import Console
    from gerai_geo.cli.provinces.job import NationResult


def report_provinces(console: Console, nation: NationResult, output: Path) -> None:
    """Print the counts of all provinces together, or of each as JSON, and which file to open."""
    findings = pd.concat([r.findings for r in nation.results if r.findings is not None])
    counts = _counts(findings)
    if not console.quiet:
        rows = [(status_label(s), console.number(n)) for s, n in counts["status"].items()]
        rows += [
            (_("Jumlah titik"), console.number(counts["rows"])),
            (_("Perlu tindak lanjut"), console.number(counts["flagged"])),
            (_("Provinsi"), console.number(len(nation.results))),
        ]
        for note in nation.notes:
            console.show(note)
        for line in aligned(rows, right={1}):
            console.show(line)
        for note in (*nation.left_out, disclaimer()):
            console.show(note)
        console.show(_("Buka: {path}").format(path=output / "index.html"))
    console.show_json(
        {
            "folder": str(output),
            "open": str(output / "index.html"),
            "notes": [*nation.notes, *nation.left_out],
            "counts": counts,
            "issues": {s: nation.issues.get(s, 0) for s in schema.SEVERITIES},
            "provinces": [
                {
                    "name": result.title,
                    "code": result.code,
                    "folder": result.folder,
                    "kept": result.folder in nation.kept,
                    "counts": _counts(result.findings),
                }
                for result in nation.results
                if result.findings is not None
            ],
        }
    )


def exit_if_any_strict(strict: bool, nation: NationResult) -> None:
    """Exit with code 3 if `strict` and rows of any province need attention."""
    flagged = any(needs_followup(r.findings).any() for r in nation.results if r.findings is not None)
    if strict and (flagged or nation.issues.get("error")):
        sys.exit(3)


def _counts(findings: pd.DataFrame) -> dict[str, Any]:
    status = findings["status"].value_counts()
    return {
        "rows": len(findings),
        "flagged": int(needs_followup(findings).sum()),
        "status": {s: int(status.get(s, 0)) for s in schema.STATUSES},
    }
