"""What reading a workbook back gave, as a record and in sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.models import Screening

EDITS: Final = ("site_id", "column", "before", "after", "sheet", "row")
CONFLICTS: Final = ("site_id", "column", "sent", "workbook", "screening", "message")
DELETED: Final = ("site_id", "name", "village", "sheet", "message")
PROBLEMS: Final = ("sheet", "row", "column", "site_id", "value", "code", "message")


def empty_table(columns: tuple[str, ...]) -> pd.DataFrame:
    """Give a table of texts without rows."""
    return pd.DataFrame({c: pd.Series(dtype="str") for c in columns})


@dataclass(frozen=True)
class Followup:
    """
    What people did in a workbook, merged into a screening.

    Parameters
    ----------
    screening
        The screening with the merged follow-up.
    edits
        What people changed: ``site_id, column, before, after, sheet, row``; all of it is in the screening.
    conflicts
        Where the screening's follow-up was changed elsewhere too, or where a finding has changed under a decision:
        ``site_id, column, sent, workbook, screening, message``. The workbook's value was taken.
    deleted
        Rows that people deleted: ``site_id, name, village, sheet, message``. Nothing of these sites was removed.
    added
        New sites, for `read_sites`: what people typed, index ``site_id``; coordinates as text in
        ``coordinates_as_given``.
    problems
        What they typed that has no place or isn't understood: ``sheet, row, column, site_id, value, code, message``.
    """

    screening: Screening
    edits: pd.DataFrame = field(default_factory=lambda: empty_table(EDITS))
    conflicts: pd.DataFrame = field(default_factory=lambda: empty_table(CONFLICTS))
    deleted: pd.DataFrame = field(default_factory=lambda: empty_table(DELETED))
    added: pd.DataFrame = field(default_factory=lambda: empty_table(("name",)))
    problems: pd.DataFrame = field(default_factory=lambda: empty_table(PROBLEMS))

    @property
    def table(self) -> pd.DataFrame:
        """The merged follow-up: the `schema.FOLLOWUP` table of the screening."""
        return self.screening.followup

    def sentences_needed(self) -> bool:
        """Whether there is anything to tell of it."""
        return any(map(len, (self.edits, self.conflicts, self.deleted, self.added, self.problems)))

    @localised
    def sentences(self, lang: str | None = None) -> list[str]:
        """
        Say what came of it, as a colleague would.

        Parameters
        ----------
        lang
            ``id`` or ``en``; by default the language in force.
        """
        sites = self.edits["site_id"].nunique()
        edits, conflicts, deleted, added, problems = (
            number(len(t), 0) for t in (self.edits, self.conflicts, self.deleted, self.added, self.problems)
        )
        said = [
            _("Isian yang berubah: {edits}, pada {sites} titik; semuanya sudah masuk.").format(
                edits=edits, sites=number(sites, 0)
            )
            if sites
            else _("Tidak ada isian yang berubah.")
        ]
        if len(self.conflicts):
            said.append(_("Perlu diputuskan ulang: {n}; isi berkas yang dipakai.").format(n=conflicts))
        if len(self.deleted):
            said.append(_("Baris yang dihapus: {n}; titiknya tetap ada di hasil.").format(n=deleted))
        if len(self.added):
            said.append(_("Titik baru: {n}; belum ditapis. Tapis bersama daftar berikutnya.").format(n=added))
        if len(self.problems):
            said.append(
                _("Yang tidak terbaca atau tidak pada tempatnya: {n}; tidak ada yang dibuang.").format(n=problems)
            )
        return said

    def __repr__(self) -> str:
        return (
            f"<Followup: {len(self.edits)} edits, {len(self.conflicts)} conflicts, {len(self.deleted)} deleted, "
            f"{len(self.added)} added, {len(self.problems)} problems>"
        )
