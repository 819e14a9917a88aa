"""Changes between two screenings, and matches with the application export, as files of their own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gerai_geo.i18n.labels import day, disclaimer, number
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.outputs.map_page.html_page import environment
from gerai_geo.outputs.text.file_names import check_ending
from gerai_geo.outputs.workbook.result_sheets import changes_sheet, changes_table, matrix_table, reconciliation_sheet
from gerai_geo.outputs.workbook.sheet_writer import Book
from gerai_geo.records.atomic_write import replacing
from gerai_geo.records.geopackage import harmless
from gerai_geo.records.issues import head_note
from gerai_geo.records.models import Screening
from gerai_geo.records.store import notice
from gerai_geo.review.compare import Comparison
from gerai_geo.review.reconcile import Reconciliation


@localised
def write_changes(changes: Comparison, new: Screening, path: str | Path, *, lang: str | None = None) -> Path:
    """
    Write the changes between two screenings.

    Parameters
    ----------
    changes
        From `compare`.
    new
        The newer screening, for the names of its sites.
    path
        The file; replaced whole or not at all: ``.xlsx`` and ``.html`` for people, ``.csv`` the `schema.CHANGES` table
        for other programs.
    lang
        ``id`` or ``en``.

    Returns
    -------
    path
        The same path.

    Raises
    ------
    OutputError
        If the ending is none of these, or the file can't be written.
    """
    path = Path(path)
    ending = check_ending(path, (".xlsx", ".html", ".csv"))
    with replacing(path) as temporary:
        if ending == ".xlsx":
            with Book(temporary, new) as book:
                changes_sheet(book, changes, new)
        elif ending == ".html":
            temporary.write_text(_page(changes, new), encoding="utf-8")
        else:
            _write_csv(changes.changes.map(harmless).assign(notice=notice(new)), temporary)
    return path


def write_reconciliation(recorded: Reconciliation, screening: Screening, path: str | Path) -> Path:
    """
    Write how a list matches the application export, from `reconcile`, replacing the file whole or not at all.

    ``.xlsx`` is for people, ``.csv`` the `schema.MATCHES` table. The screening may be a record that holds unscreened
    sites as findings. Raises `OutputError` if the ending is none of these, or the file can't be written.
    """
    path = Path(path)
    ending = check_ending(path, (".xlsx", ".csv"))
    with replacing(path) as temporary:
        if ending == ".xlsx":
            with Book(temporary, screening) as book:
                reconciliation_sheet(book, recorded, screening)
        else:
            table = recorded.table.reset_index()
            texts = [c for c in table if pd.api.types.is_string_dtype(table[c].dtype)]
            harmless_texts = {str(c): table[c].map(harmless, na_action="ignore") for c in texts}
            _write_csv(table.assign(**harmless_texts), temporary)
    return path


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _page(changes: Comparison, new: Screening) -> str:
    """HTML page of the changes, without scripts."""
    old_day, new_day = (day(d) for d in changes.compared)
    matrix = matrix_table(changes)
    table = changes_table(changes, new).reset_index()
    return (
        environment()
        .get_template("changes.html")
        .render(
            _=_,
            lang=current_language(),
            title=_("Perubahan dari {old} ke {new}").format(old=old_day, new=new_day),
            head_note=head_note(new),
            differences=changes.differences,
            statuses=[_("Dahulu"), *map(str, matrix.columns)],
            counts=[
                [str(i), *(number(v, 0) for v in row)] for i, row in zip(matrix.index, matrix.to_numpy(), strict=True)
            ],
            changes=[["–" if pd.isna(v) else str(v) for v in row] for row in table.to_numpy()],
            disclaimer=disclaimer(),
        )
    )
