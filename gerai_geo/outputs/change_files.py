"""Changes between two screenings, and matches with the application export, as files of their own."""

from __future__ import annotations

import html
from pathlib import Path

import pandas as pd

from gerai_geo.i18n.labels import day, disclaimer, number
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.outputs.text.file_names import check_ending
from gerai_geo.outputs.workbook.result_sheets import changes_sheet, changes_table, matrix_table, reconciliation_sheet
from gerai_geo.outputs.workbook.sheet_writer import Book
from gerai_geo.records.geopackage import harmless
from gerai_geo.records.issues import head_note
from gerai_geo.records.models import Screening
from gerai_geo.records.store import notice, replacing
from gerai_geo.review.compare import Comparison
from gerai_geo.review.reconcile import Reconciliation

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; color: #1b1f23; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; } caption { text-align: left; font-weight: 600; }
th, td { border: 1px solid #c9ced4; padding: .35rem .5rem; text-align: left; vertical-align: top; }
thead th { background: #1f3b2d; color: #fff; } td.n { text-align: right; } .wide { overflow-x: auto; }
.invented { background: #8a1538; color: #fff; font-weight: 600; padding: .4rem .6rem; }
""".strip()


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
    """HTML page of the changes, without scripts; texts are escaped."""
    old_day, new_day = (day(d) for d in changes.compared)
    title = _("Perubahan dari {old} ke {new}").format(old=old_day, new=new_day)
    matrix = matrix_table(changes)
    heads = [_("Dahulu"), *map(str, matrix.columns)]
    counts = [[str(i), *(number(v, 0) for v in row)] for i, row in zip(matrix.index, matrix.to_numpy(), strict=True)]
    table = changes_table(changes, new).reset_index()
    names = [_("ID"), _("Nama"), _("Desa/kelurahan"), _("Kabupaten/kota"), _("Yang berubah"),
             _("Perubahan dan sebabnya")]  # fmt: skip
    rows = [["–" if pd.isna(v) else str(v) for v in row] for row in table.to_numpy()]
    note = head_note(new)
    parts = [
        "<!doctype html>",
        f'<html lang="{current_language()}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(title)}</h1>",
        *([f'<p class="invented">{html.escape(note)}</p>'] if note else []),
        *(f"<p>{html.escape(t)}</p>" for t in changes.differences),
        _html_table(_("Titik menurut status: dahulu di baris, sekarang di kolom"), heads, counts, numbers=True),
        _html_table(_("Yang berubah"), names, rows),
        f"<p>{html.escape(disclaimer())}</p></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _html_table(caption: str, heads: list[str], rows: list[list[str]], *, numbers: bool = False) -> str:
    head = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in heads)
    cell_class = ' class="n"' if numbers else ""
    body = ""
    for label, *values in rows:
        cells = "".join(f"<td{cell_class}>{html.escape(v)}</td>" for v in values)
        body += f'<tr><th scope="row">{html.escape(label)}</th>{cells}</tr>'
    caption = html.escape(caption)
    return (
        f'<div class="wide"><table><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
