"""What changed between two screenings, as a file of its own: workbook, CSV or page."""

from __future__ import annotations

import html
from pathlib import Path

import pandas as pd

from gerai_geo.errors import OutputError
from gerai_geo.i18n.labels import day, disclaimer, number, synthetic_note
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.outputs.workbook.result_sheets import changes_sheet, changes_table, matrix_table, reconciliation_sheet
from gerai_geo.outputs.workbook.sheet_writer import Book
from gerai_geo.records.geopackage import harmless
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
    Write what changed between two screenings.

    ``.xlsx`` for people, ``.html`` a page that opens without internet, ``.csv`` the `schema.CHANGES` table for other
    programs.

    Parameters
    ----------
    changes
        What `compare` gave.
    new
        The newer screening, for the names of its sites.
    path
        The file; replaced whole or not at all.
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
    _check_ending(path, (".xlsx", ".html", ".csv"))
    with replacing(path) as part:
        if path.suffix.lower() == ".xlsx":
            with Book(part, new) as book:
                changes_sheet(book, changes, new)
        elif path.suffix.lower() == ".html":
            part.write_text(_page(changes, new), encoding="utf-8")
        else:
            table = changes.changes.map(harmless).assign(notice=notice(new))
            table.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return path


def write_reconciliation(recorded: Reconciliation, screening: Screening, path: str | Path) -> Path:
    """
    Write what the reporting application holds of a list: ``.xlsx`` for people, ``.csv`` the `schema.MATCHES` table.

    Parameters
    ----------
    recorded
        What `reconcile` gave.
    screening
        The screening or, where nothing was screened, a record that holds the sites as findings.
    path
        The file; replaced whole or not at all.

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
    _check_ending(path, (".xlsx", ".csv"))
    with replacing(path) as part:
        if path.suffix.lower() == ".xlsx":
            with Book(part, screening) as book:
                reconciliation_sheet(book, recorded, screening)
        else:
            table = recorded.table.reset_index()
            texts = [c for c in table if pd.api.types.is_string_dtype(table[c].dtype)]
            table = table.assign(**{str(c): table[c].map(harmless, na_action="ignore") for c in texts})
            table.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return path


def _check_ending(path: Path, known: tuple[str, ...]) -> None:
    if path.suffix.lower() not in known:
        raise OutputError(
            _("{path}: akhiran berkas tidak dikenal. Pakai salah satu dari {known}.").format(
                path=path, known=", ".join(known)
            )
        )


def _page(changes: Comparison, new: Screening) -> str:
    """Page of the changes, without script; every text of users escaped."""
    old_day, new_day = (day(d) for d in changes.compared)
    title = _("Perubahan dari {old} ke {new}").format(old=old_day, new=new_day)
    matrix = matrix_table(changes)
    heads = [_("Dahulu"), *map(str, matrix.columns)]
    counts = [[str(i), *(number(v, 0) for v in row)] for i, row in zip(matrix.index, matrix.to_numpy(), strict=True)]
    table = changes_table(changes, new).reset_index()
    names = [
        _("ID"),
        _("Nama"),
        _("Desa/kelurahan"),
        _("Kabupaten/kota"),
        _("Yang berubah"),
        _("Perubahan dan sebabnya"),
    ]
    rows = [["–" if pd.isna(v) else str(v) for v in row] for row in table.to_numpy()]
    invented = [synthetic_note()] if new.manifest.get("synthetic") else []
    parts = [
        "<!doctype html>",
        f'<html lang="{current_language()}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(title)}</h1>",
        *(f'<p class="invented">{html.escape(t)}</p>' for t in invented),
        *(f"<p>{html.escape(t)}</p>" for t in changes.differences),
        _html_table(_("Titik menurut status: dahulu di baris, sekarang di kolom"), heads, counts, numbers=True),
        _html_table(_("Yang berubah"), names, rows),
        f"<p>{html.escape(disclaimer())}</p></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _html_table(caption: str, heads: list[str], rows: list[list[str]], *, numbers: bool = False) -> str:
    head = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in heads)
    kind = ' class="n"' if numbers else ""
    body = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td{kind}>{html.escape(c)}</td>" for c in row[1:])
        + "</tr>"
        for row in rows
    )
    table = (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    return f'<div class="wide">{table}</div>'
