"""What the command line prints: progress to stderr, results as text or JSON to stdout."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.cli.app import printable
from gerai_geo.i18n.issue_labels import issue_label
from gerai_geo.i18n.labels import disclaimer, number, status_label, synthetic_note
from gerai_geo.i18n.translate import _
from gerai_geo.records.models import Forest, Screening

_SHOWN = 5  # messages of one kind; all of them are in the JSON


class Console:
    """
    What one command says.

    Parameters
    ----------
    quiet
        Whether to keep silent about progress, and about what was written.
    as_json
        Whether results go to stdout as JSON instead of text.
    """

    def __init__(self, *, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet, self.as_json = quiet, as_json
        logging.captureWarnings(True)
        logging.basicConfig(format="%(message)s", level=logging.WARNING, force=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell on stderr that a step is being done; on a terminal it turns while it lasts."""
        words = {
            "sites": _("Membaca daftar titik"),
            "forest": _("Membaca layer kawasan hutan"),
            "screen": _("Menapis"),
            "editions": _("Membandingkan dengan edisi lain"),
            "rasters": _("Membaca raster di bawah titik"),
            "clear": _("Mencari lahan bersih terdekat"),
            "write": _("Menulis hasil dan daftar"),
            "maps": _("Menggambar peta"),
            "list": _("Menulis daftar"),
            "export": _("Membaca ekspor aplikasi"),
            "workbook": _("Membaca berkas rapat"),
            "dossiers": _("Menulis berkas PDF"),
        }[name]
        if self.quiet:
            yield
        elif sys.stderr.isatty():
            from rich.console import Console as Terminal

            with Terminal(stderr=True).status(words + " …"):
                yield
        else:
            click.echo(words + " …", err=True)
            yield

    def number(self, value: float) -> str:
        """Write a whole number."""
        return number(value, 0)

    def say(self, sentence: str) -> None:
        """Tell something the user must know, also when quiet."""
        click.echo(printable(sentence), err=True)

    def show(self, text: str = "") -> None:
        """Print a line of the result, unless it is given as JSON."""
        if not self.as_json:
            click.echo(printable(text))

    def give(self, summary: dict[str, Any]) -> None:
        """Print the result as JSON, where that was asked for."""
        if self.as_json:
            click.echo(json.dumps(summary, ensure_ascii=True, indent=2, default=_plain))

    def report(self, screening: Screening, folder: Path, file: str) -> None:
        """Say what a screening found and where to look."""
        counts = screening.findings["status"].value_counts()
        severities = screening.issues["severity"].value_counts()
        flagged = len(screening.flagged)
        if not self.quiet:
            self._show_counts(screening, counts, flagged, severities)
            self.show(_("Buka: {path}").format(path=folder / file))
        self.give(
            {
                "folder": str(folder),
                "open": str(folder / file),
                "synthetic": bool(screening.manifest.get("synthetic")),
                "counts": {
                    "rows": len(screening.findings),
                    "flagged": flagged,
                    "status": {s: int(counts.get(s, 0)) for s in schema.STATUSES},
                },
                "issues": {s: int(severities.get(s, 0)) for s in schema.SEVERITIES},
                "regencies": screening.summary().reset_index().to_dict("records"),
            }
        )

    def _show_counts(self, screening: Screening, counts: Any, flagged: int, severities: Any) -> None:
        rows = [(status_label(s), self.number(counts.get(s, 0))) for s in schema.STATUSES]
        rows += [
            (_("Jumlah titik"), self.number(len(screening.findings))),
            (_("Perlu tindak lanjut"), self.number(flagged)),
        ]
        if screening.manifest.get("synthetic"):
            self.show(synthetic_note())
        for line in aligned(rows, right={1}):
            self.show(line)
        if severities.get("error", 0) or severities.get("warning", 0):
            text = _("Masalah data: {errors} kesalahan, {warnings} peringatan; lihat lembar Masalah data.")
            self.show(text.format(errors=severities.get("error", 0), warnings=severities.get("warning", 0)))
        self.show(disclaimer())

    def report_issues(self, sites: GeoDataFrame, issues: pd.DataFrame, file: Path | None = None) -> None:
        """Say what was read and what is wrong, worst first."""
        usable = int(sites.geometry.notna().sum())
        text = _("{n} baris terbaca, {usable} dengan letak yang dapat dipakai, {rest} tanpa letak.")
        self.show(
            text.format(n=self.number(len(sites)), usable=self.number(usable), rest=self.number(len(sites) - usable))
        )
        self.list_issues(issues)
        if file is not None and not self.quiet:
            text = _(
                "\nMasalahnya juga di {file}: isi kolom 'Koreksi yang diterima', lalu ulangi dengan --apply {file}."
            )
            self.show(text.format(file=file))
        self.give({"rows": len(sites), "with_geometry": usable, "issues": _records(issues)})

    def report_layer(self, forest: Forest, functions: pd.DataFrame, coverage: pd.DataFrame) -> None:
        """Say what a forest layer holds."""
        self.show(f"{forest.source}: {self.number(len(forest.table))} {_('poligon')}, 1:{self.number(forest.scale)}")
        words = {True: _("ya"), False: _("bukan")}
        heads = (_("Fungsi"), _("Nama"), _("Kawasan hutan"), _("Poligon"), _("Luas (ha)"), _("Keyakinan"), _("SK"))
        rows: list[Sequence[str]] = [heads]
        for row in functions.to_dict("records"):
            known = words.get(row["in_forest"], "?")
            size = number(row["area_m2"] / 1e4, 1)
            decrees = str(row["decrees"] or "–")
            cut = decrees if len(decrees) <= 60 else decrees[:59] + "…"
            rows.append(
                (row["function"], row["name"], known, self.number(row["polygons"]), size, row["confidence"], cut)
            )
        for line in aligned(rows, right={3, 4}):
            self.show(line)
        if forest.defects:
            found = ", ".join(f"{issue_label(f'forest_{k}')}: {self.number(n)}" for k, n in forest.defects.items())
            self.show(_("Cacat: {found}").format(found=found))
        issues = pd.concat([t for t in (forest.issues, coverage) if len(t)] or [coverage], ignore_index=True)
        self.list_issues(issues)
        self.give(
            {
                "source": forest.source,
                "sha256": forest.sha256,
                "scale": forest.scale,
                "edition": forest.edition,
                "covers": forest.covers,
                "polygons": len(forest.table),
                "functions": _records(functions),
                "defects": forest.defects,
                "issues": _records(issues),
            }
        )

    def list_issues(self, issues: pd.DataFrame) -> None:
        """Print issues as a note to a colleague: worst first, each kind under a sentence, with the rows it is about."""
        if issues.empty:
            self.show(_("Tidak ada masalah data."))
            return
        severities = issues["severity"].value_counts()
        heads = {
            "error": _("HARUS DIPERBAIKI ({n})"),
            "warning": _("PERLU DIPERIKSA ({n})"),
            "info": _("SEKADAR DIKETAHUI ({n})"),
        }
        for severity in schema.SEVERITIES:
            some = issues[issues["severity"] == severity]
            if some.empty:
                continue
            self.show("\n" + heads[severity].format(n=self.number(severities[severity])))
            for code in some["code"].value_counts(sort=True).index:
                kind = some[some["code"] == code]
                self.show(f"\n  {issue_label(code)}: {self._count(kind)}")
                self._list_kind(kind)

    def _count(self, kind: pd.DataFrame) -> str:
        """How many rows, or where there are none how many times."""
        rows = int(kind["source_row"].notna().sum())
        if (rows or len(kind)) == 1:
            return _("1 baris") if rows else _("1 kali")
        return (_("{n} baris") if rows else _("{n} kali")).format(n=self.number(rows or len(kind)))

    def _list_kind(self, kind: pd.DataFrame) -> None:
        kind = kind.fillna({"source": "", "message": ""}).sort_values(["source", "source_row"], kind="stable")
        groups = list(kind.groupby(["message", "source"], sort=False))
        common = kind["suggestion"].dropna().unique()
        for (message, source), rows in groups[:_SHOWN]:
            self.show(f"    {self._where(str(source), rows['source_row'])}{message}")
            if len(common) > 1:
                for suggestion in rows["suggestion"].dropna().unique()[:1]:
                    self.show(f"      → {suggestion}")
        if len(groups) > _SHOWN:
            left = pd.concat([rows for _key, rows in groups[_SHOWN:]])
            self.show(
                _("    … dan {n} lagi{where}; semuanya di -o masalah.xlsx atau --json.").format(
                    n=self.number(len(left)), where=self._rows_left(left)
                )
            )
        if len(common) == 1:
            self.show(f"    → {common[0]}")

    def _rows_left(self, left: pd.DataFrame) -> str:
        said = self._row_numbers(left["source_row"], 80)
        return f" ({said})" if said and left["source"].nunique() == 1 else ""

    def _where(self, source: str, rows: pd.Series) -> str:
        """File and rows in front of a message; as much as fits on two lines of a terminal."""
        place = ", ".join(p for p in (source, self._row_numbers(rows, 120)) if p)
        return f"{place}: " if place else ""

    def _row_numbers(self, rows: pd.Series, width: int) -> str:
        """Say which rows, cut to a width; empty where there are none."""
        numbers = ranges([int(r) for r in rows.dropna()])
        if not numbers:
            return ""
        cut = numbers if len(numbers) <= width else numbers[: width - 1].rpartition(",")[0] + ", …"
        return _("baris {row}").format(row=cut) if cut.isdecimal() else _("baris {rows}").format(rows=cut)


def aligned(rows: Sequence[Sequence[str]], *, right: set[int]) -> list[str]:
    """
    Lines of text with columns one under the other.

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


def ranges(rows: Sequence[int]) -> str:
    """
    Numbers of rows, short.

    Examples
    --------
    >>> ranges([5, 2, 3, 4, 9])
    '2–5, 9'
    """
    parts: list[list[int]] = []
    for row in sorted(set(rows)):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in parts)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as JSON knows them: missing values as null."""
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
