"""Output of the command line: progress on stderr, results as text or JSON on stdout."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.cli.app import printable
from gerai_geo.cli.step_progress import EVERY_S, StepProgress
from gerai_geo.core.steps.counting import listening
from gerai_geo.i18n.issue_labels import issue_label, option_for
from gerai_geo.i18n.labels import number, status_label
from gerai_geo.i18n.numbers import row_ranges
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text import progress_texts
from gerai_geo.records.decisions.layer_decisions import (
    decision_counts,
    decision_sentences,
    shown_screening,
    status_pairs,
)
from gerai_geo.records.issues import closing_notes, head_notes, left_out
from gerai_geo.records.models import Forest, Screening
from gerai_geo.records.progress.buildings import built_sentences

MACHINE_PROGRESS = "GERAI_GEO_PROGRESS"
"""Environment variable with which steps are told on stderr as lines of JSON, for the page of `gerai-geo app`."""
_MAX_MESSAGES = 5  # of one issue code; the JSON has them all


class Console:
    """
    Output of one command.

    Parameters
    ----------
    quiet
        Whether to leave out progress and the names of written files.
    as_json
        Whether results go to stdout as JSON instead of text.
    """

    def __init__(self, *, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet, self.as_json = quiet, as_json
        logging.captureWarnings(True)
        logging.basicConfig(format="%(message)s", level=logging.WARNING, force=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step on stderr, with a spinner on a terminal."""
        title = step_title(name)
        if os.environ.get(MACHINE_PROGRESS):
            tell_program(name, title)
            with listening(lambda done, total: tell_program(name, title, done=done, total=total)):
                yield
        elif self.quiet:
            yield
        elif sys.stderr.isatty():
            with spinning(title):
                yield
        else:
            click.echo(title + " …", err=True)
            with listening(StepProgress(title, self.notify, EVERY_S)):
                yield

    def number(self, value: float) -> str:
        """Format a whole number."""
        return number(value, 0)

    def notify(self, message: str) -> None:
        """Print a message on stderr, even when quiet."""
        click.echo(printable(message), err=True)

    def show(self, text: str = "") -> None:
        """Print a line of the result, unless the output is JSON."""
        if not self.as_json:
            click.echo(printable(text))

    def show_rest(self, count: int) -> None:
        """Print how many further rows there are, if any."""
        if count > 0:
            self.show("  " + _("… dan {n} lagi.").format(n=self.number(count)))

    def show_json(self, summary: dict[str, Any]) -> None:
        """Print the result as JSON if ``--json`` was given; tables become lists of rows."""
        if self.as_json:
            click.echo(json.dumps(summary, ensure_ascii=True, indent=2, default=_json_value))

    def report(
        self, screening: Screening, folder: Path, file: str, *, related: Callable[[], None] | None = None
    ) -> None:
        """Print the counts of a screening, what was compared with it, and which file to open."""
        screening = shown_screening(screening)
        counts = screening.findings["status"].value_counts()
        severities = screening.issues["severity"].value_counts()
        flagged = int(screening.is_flagged.sum())
        if not self.quiet:
            self._show_counts(screening, counts, flagged, severities)
            self._show_progress(screening)
            if related is not None:
                related()
            self.show(_("Buka: {path}").format(path=folder / file))
        if not self.as_json:
            return
        statuses = {s: int(counts.get(s, 0)) for s in schema.STATUSES}
        decided: dict[str, Any] = {}
        if decisions := decision_counts(screening):
            decided["computed"] = {s: computed for s, (_shown, computed) in status_pairs(screening).items()}
            decided["layer_decisions"] = decisions
        self.show_json(
            {
                "folder": str(folder),
                "open": str(folder / file),
                "synthetic": bool(screening.manifest.get("synthetic")),
                "notes": [*head_notes(screening), *left_out(screening.manifest)],
                "counts": {
                    "rows": len(screening.findings),
                    "flagged": flagged,
                    "status": statuses,
                    **decided,
                },
                "issues": {s: int(severities.get(s, 0)) for s in schema.SEVERITIES},
                "regencies": screening.summary().reset_index().to_dict("records"),
                "progress": screening.progress,
            }
        )

    def _show_counts(self, screening: Screening, counts: Any, flagged: int, severities: Any) -> None:
        rows = [(status_label(s), self.number(counts.get(s, 0))) for s in schema.STATUSES]
        rows += [
            (_("Jumlah titik"), self.number(len(screening.findings))),
            (_("Perlu tindak lanjut"), self.number(flagged)),
        ]
        for note in head_notes(screening):
            self.show(note)
        for line in aligned(rows, right={1}):
            self.show(line)
        for sentence in (*built_sentences(screening.findings), *decision_sentences(screening)):
            self.show(sentence)
        if severities.get("error", 0) or severities.get("warning", 0):
            text = _("Masalah data: {errors} kesalahan, {warnings} peringatan; lihat lembar Masalah data.")
            self.show(text.format(errors=severities.get("error", 0), warnings=severities.get("warning", 0)))
        for note in closing_notes(screening.manifest):
            self.show(note)

    def _show_progress(self, screening: Screening) -> None:
        """Print the regencies with targets or an export, and the province."""
        if not progress_texts.shows_progress(screening):
            return
        names = progress_texts.step_labels()
        rows = screening.progress
        steps = progress_texts.known_steps(rows, tuple(names))
        given = [c for c in steps if c not in ("prepared", *progress_texts.GROUPS)]
        shown = rows[rows[given].notna().any(axis=1) | (rows["level"] == "province")].to_dict("records")
        self.show(_("Kemajuan terhadap target"))
        table = [["", *map(progress_texts.row_title, shown)]]
        table += [[names[c], *(progress_texts.number_text(row, c) or "–" for row in shown)] for c in steps]
        for line in aligned(table, right=set(range(1, len(shown) + 1))):
            self.show(f"  {line}")
        for note in progress_texts.notes(screening):
            self.show(f"  {note}")

    def report_issues(self, sites: GeoDataFrame, issues: pd.DataFrame, file: Path | None = None) -> None:
        """Print how many rows were read and their issues, worst first."""
        usable = int(sites.geometry.notna().sum())
        text = _("{n} baris terbaca, {usable} dengan letak yang dapat dipakai, {rest} tanpa letak.")
        counts = {"n": len(sites), "usable": usable, "rest": len(sites) - usable}
        self.show(text.format(**{name: self.number(count) for name, count in counts.items()}))
        self.list_issues(issues)
        if file is not None and not self.quiet:
            text = _(
                "\nMasalahnya juga di {file}: isi kolom 'Koreksi yang diterima', lalu ulangi dengan --apply {file}."
            )
            self.show(text.format(file=file))
        self.show_json({"rows": len(sites), "with_geometry": usable, "issues": issues})

    def report_layer(self, forest: Forest, functions: pd.DataFrame, coverage: pd.DataFrame) -> None:
        """Print the functions, defects and issues of a forest layer."""
        self.show(f"{forest.source}: {self.number(len(forest.table))} {_('poligon')}, 1:{self.number(forest.scale)}")
        in_forest = {True: _("ya"), False: _("bukan")}
        header = (_("Fungsi"), _("Nama"), _("Kawasan hutan"), _("Poligon"), _("Luas (ha)"), _("Keyakinan"), _("SK"))
        rows: list[Sequence[str]] = [header]
        for row in functions.to_dict("records"):
            decrees = str(row["decrees"] or "–")
            rows.append(
                (
                    row["function"],
                    row["name"],
                    in_forest.get(row["in_forest"], "?"),
                    self.number(row["polygons"]),
                    number(row["area_m2"] / 1e4, 1),
                    row["confidence"],
                    decrees if len(decrees) <= 60 else decrees[:59] + "…",
                )
            )
        for line in aligned(rows, right={3, 4}):
            self.show(line)
        if forest.defects:
            defects = ", ".join(f"{issue_label(f'forest_{k}')}: {self.number(n)}" for k, n in forest.defects.items())
            self.show(_("Cacat: {found}").format(found=defects))
        issues = pd.concat([t for t in (forest.issues, coverage) if len(t)] or [coverage], ignore_index=True)
        self.list_issues(issues)
        self.show_json(
            {
                "source": forest.source,
                "sha256": forest.sha256,
                "scale": forest.scale,
                "edition": forest.edition,
                "covers": forest.covers,
                "polygons": len(forest.table),
                "functions": functions,
                "defects": forest.defects,
                "issues": issues,
            }
        )

    def list_issues(self, issues: pd.DataFrame) -> None:
        """Print issues grouped by severity and code, worst first, with the rows concerned."""
        if issues.empty:
            self.show(_("Tidak ada masalah data."))
            return
        severities = issues["severity"].value_counts()
        titles = {
            "error": _("HARUS DIPERBAIKI ({n})"),
            "warning": _("PERLU DIPERIKSA ({n})"),
            "info": _("INFORMASI ({n})"),
        }
        for severity in schema.SEVERITIES:
            selected = issues[issues["severity"] == severity]
            if selected.empty:
                continue
            self.show("\n" + titles[severity].format(n=self.number(severities[severity])))
            for code in selected["code"].value_counts(sort=True).index:
                same_code = selected[selected["code"] == code]
                self.show(f"\n  {issue_label(code)}: {self._count(same_code)}")
                self._list_messages(same_code)
                if option := option_for(str(code)):
                    self.show("    " + _("Opsi: {option}").format(option=option))

    def _count(self, issues: pd.DataFrame) -> str:
        """Count the rows concerned, or the issues if none names a row."""
        rows = int(issues["source_row"].notna().sum())
        if (rows or len(issues)) == 1:
            return _("1 baris") if rows else _("1 kali")
        return (_("{n} baris") if rows else _("{n} kali")).format(n=self.number(rows or len(issues)))

    def _list_messages(self, issues: pd.DataFrame) -> None:
        issues = issues.fillna({"source": "", "message": ""}).sort_values(["source", "source_row"], kind="stable")
        groups = list(issues.groupby(["message", "source"], sort=False))
        suggestions = issues["suggestion"].dropna().unique()
        for (message, source), rows in groups[:_MAX_MESSAGES]:
            location = ", ".join(filter(None, (str(source), _row_numbers(rows["source_row"], 120))))
            self.show(f"    {location}: {message}" if location else f"    {message}")
            if len(suggestions) > 1:
                for suggestion in rows["suggestion"].dropna().unique()[:1]:
                    self.show(f"      → {suggestion}")
        if len(groups) > _MAX_MESSAGES:
            rest = pd.concat([rows for _key, rows in groups[_MAX_MESSAGES:]])
            numbers = _row_numbers(rest["source_row"], 80) if rest["source"].nunique() == 1 else ""
            text = _("    … dan {n} lagi{where}; semuanya di -o masalah.xlsx atau --json.")
            self.show(text.format(n=self.number(len(rest)), where=f" ({numbers})" if numbers else ""))
        if len(suggestions) == 1:
            self.show(f"    → {suggestions[0]}")


def step_title(name: str) -> str:
    """Title of a step of a job."""
    return {
        "sites": _("Membaca daftar titik"),
        "forest": _("Membaca layer kawasan hutan"),
        "screen": _("Menapis"),
        "editions": _("Membandingkan dengan edisi lain"),
        "rasters": _("Membaca raster di bawah titik"),
        "clear": _("Mencari lahan bebas terdekat"),
        "write": _("Menulis hasil dan daftar"),
        "maps": _("Menggambar peta"),
        "list": _("Menulis daftar"),
        "export": _("Membaca ekspor aplikasi"),
        "targets": _("Membaca target"),
        "workbook": _("Membaca berkas rapat"),
        "dossiers": _("Menulis berkas PDF"),
        "summary": _("Menulis ringkasan semua provinsi"),
        "fetch": _("Mengunduh"),
        "verify": _("Memeriksa hasil"),
    }[name]


@contextmanager
def spinning(title: str) -> Iterator[None]:
    """Context manager that shows a title on the terminal, with a spinner and the items done."""
    from rich.console import Console as Terminal

    with Terminal(stderr=True).status(title + " …") as status, listening(StepProgress(title, status.update)):
        yield


def tell_program(phase: str, title: str, **count: int) -> None:
    """Tell the program that reads stderr how far the job is."""
    click.echo(json.dumps({"phase": phase, "title": title} | count), err=True)


def _row_numbers(rows: pd.Series, width: int) -> str:
    """Row numbers as text of at most `width` characters; empty if there are none."""
    numbers = row_ranges(int(r) for r in rows.dropna())
    if not numbers:
        return ""
    cut = numbers if len(numbers) <= width else numbers[: width - 1].rpartition(",")[0] + ", …"
    return _("baris {row}").format(row=cut) if cut.isdecimal() else _("baris {rows}").format(rows=cut)


def aligned(rows: Sequence[Sequence[str]], *, right: set[int]) -> list[str]:
    """
    Lines of text with aligned columns, those in `right` to the right.

    Examples
    --------
    >>> aligned([("a", "1"), ("bcd", "22")], right={1})
    ['a     1', 'bcd  22']
    """
    widths = [max(len(str(r[c])) for r in rows) for c in range(len(rows[0]))]
    return [
        "  ".join(
            str(cell).rjust(width) if c in right else str(cell).ljust(width)
            for c, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _json_value(value: Any) -> Any:
    """Convert what `json` does not know: tables to rows with null for missing values, numpy scalars to Python's."""
    if isinstance(value, pd.DataFrame):
        return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in value.to_dict("records")]
    return value.item() if hasattr(value, "item") else str(value)
