"""Result of reading a meeting workbook back, with a summary in sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.models import Screening

EDITS: Final = ("site_id", "column", "before", "after", "sheet", "row")
CONFLICTS: Final = ("site_id", "column", "sent", "workbook", "screening", "message")
DELETED: Final = ("site_id", "name", "village", "sheet", "message")
PROBLEMS: Final = ("sheet", "row", "column", "site_id", "value", "code", "message")


def _empty_table(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype="str") for c in columns})


@dataclass(frozen=True)
class Followup:
    """
    Edits of people in a workbook, merged into a screening.

    Parameters
    ----------
    screening
        The screening with the merged follow-up.
    edits
        Changed values: ``site_id, column, before, after, sheet, row``; all of them are in the screening.
    conflicts
        Values that were changed in the screening too, and decisions whose finding has changed since:
        ``site_id, column, sent, workbook, screening, message``. The workbook's value was taken.
    deleted
        Deleted rows: ``site_id, name, village, sheet, message``. Nothing of these sites was removed.
    added
        New sites, for `read_sites`, as typed, index ``site_id``; coordinates as text in ``coordinates_as_given``.
    problems
        Content that is misplaced or can't be parsed: ``sheet, row, column, site_id, value, code, message``.
    """

    screening: Screening
    edits: pd.DataFrame = field(default_factory=lambda: _empty_table(EDITS))
    conflicts: pd.DataFrame = field(default_factory=lambda: _empty_table(CONFLICTS))
    deleted: pd.DataFrame = field(default_factory=lambda: _empty_table(DELETED))
    added: pd.DataFrame = field(default_factory=lambda: _empty_table(("name",)))
    problems: pd.DataFrame = field(default_factory=lambda: _empty_table(PROBLEMS))

    @property
    def table(self) -> pd.DataFrame:
        """The merged follow-up: the `schema.FOLLOWUP` table of the screening."""
        return self.screening.followup

    def sentences_needed(self) -> bool:
        """Whether people changed anything, so that there is something to report."""
        return any(map(len, (self.edits, self.conflicts, self.deleted, self.added, self.problems)))

    @localised
    def sentences(self, lang: str | None = None) -> list[str]:
        """Summarise the edits in sentences, in ``id`` or ``en``, by default the language in force."""
        sentences = [_("Tidak ada isian yang berubah.")]
        if len(self.edits):
            text = _("Isian yang berubah: {edits}, pada {sites} titik; semuanya sudah masuk.")
            sites = self.edits["site_id"].nunique()
            sentences = [text.format(edits=number(len(self.edits)), sites=number(sites))]
        for table, text in (
            (self.conflicts, _("Perlu diputuskan ulang: {n}; isi berkas yang dipakai.")),
            (self.deleted, _("Baris yang dihapus: {n}; titiknya tetap ada di hasil.")),
            (self.added, _("Titik baru: {n}; belum ditapis. Tapis bersama daftar berikutnya.")),
            (self.problems, _("Yang tidak terbaca atau tidak pada tempatnya: {n}; tidak ada yang dibuang.")),
        ):
            sentences += [text.format(n=number(len(table)))] if len(table) else []
        return sentences

    def __repr__(self) -> str:
        return (
            f"<Followup: {len(self.edits)} edits, {len(self.conflicts)} conflicts, {len(self.deleted)} deleted, "
            f"{len(self.added)} added, {len(self.problems)} problems>"
        )
