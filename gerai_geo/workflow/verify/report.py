"""What a verification found: a table of checks, and the result that they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n.labels import label
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.models import Screening

FAILING: Final = "mismatch"


@dataclass(frozen=True)
class Check:
    """One row of `schema.CHECKS`."""

    check: str
    outcome: str
    message: str
    item: str | None = None
    cause: str | None = None
    folder: str | None = None


@dataclass(frozen=True)
class SavedResult:
    """
    A saved result, as far as it can be read.

    Parameters
    ----------
    folder
        Its folder.
    manifest
        What its ``manifest.json`` says.
    screening
        As `read_screening` reads it; None for a long list or where it can't be read.
    shown
        Its findings as shown: columns ``status``, ``number`` and, of a short list, all others; None where they can't be
        read.
    files
        State of each file by its name: ``same``, ``changed``, ``missing``, ``added`` or ``unrecorded``.
    """

    folder: Path
    manifest: dict[str, Any]
    screening: Screening | None
    shown: GeoDataFrame | pd.DataFrame | None
    files: dict[str, str]

    def named(self, *states: str) -> list[str]:
        """Names of the files in these states."""
        return [name for name, state in self.files.items() if state in states]


@dataclass(frozen=True)
class Verification:
    """
    What `verify` found.

    Parameters
    ----------
    checks
        The `schema.CHECKS` table.
    seal
        Seal of the manifest, 64 hexadecimal digits, to be written down elsewhere; empty where it has none.
    """

    checks: pd.DataFrame
    seal: str

    @property
    def matches(self) -> bool:
        """Whether nothing contradicts what was made; edits that results allow don't."""
        return not self.checks["outcome"].eq(FAILING).any()

    @localised
    def sentence(self, lang: str | None = None) -> str:
        """Say in one sentence what was found, in ``id`` or ``en``, by default the language in force."""
        failed = self.checks[self.checks["outcome"] == FAILING]
        if failed.empty:
            edited = int(self.checks["outcome"].eq("edited").sum())
            text = _("Sesuai dengan yang dibuat.")
            return f"{text} {_('Yang diisi orang sesudahnya disebut di atas.')}" if edited else text
        text = _("{n} hal tidak lagi sesuai: {what}.")
        what = dict.fromkeys(label("verified", check) for check in failed["check"])
        return text.format(n=len(failed), what=", ".join(what))

    def __repr__(self) -> str:
        counts = self.checks["outcome"].value_counts()
        return f"<Verification: {', '.join(f'{counts[o]} {o}' for o in schema.OUTCOMES if o in counts)}>"


def checks_table(checks: Iterable[Check]) -> pd.DataFrame:
    """Make checks a `schema.CHECKS` table, in the order of the parts."""
    rank = {check: n for n, check in enumerate(schema.VERIFIED)}
    rows = sorted(checks, key=lambda c: rank[c.check])
    table = pd.DataFrame([vars(c) for c in rows], columns=list(schema.CHECKS))
    table = schema.set_dtypes(table, "checks")
    schema.check_table(table, "checks")
    return table


def in_folder(checks: Iterable[Check], folder: str) -> list[Check]:
    """Name the folder of a province in its checks."""
    return [replace(check, folder=folder) for check in checks]


def some(names: Iterable[object], most: int = 5) -> str:
    """Names for a sentence, the first of many."""
    named = [str(name) for name in names]
    return ", ".join(named[:most]) + (f", … ({len(named)})" if len(named) > most else "")
