"""Commands of the meeting round: followup, compare, reconcile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gerai_geo.cli.app import Source
from gerai_geo.cli.options import COMMON_OPTIONS, PAPER_OPTION, command, make_console, with_options
from gerai_geo.cli.related_results import RelatedResults, add_export, page_extras, show_related, write_results
from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.i18n.translate import _, current_language

if TYPE_CHECKING:
    import pandas as pd

    from gerai_geo.cli.console import Console
    from gerai_geo.review.followup_result import Followup
    from gerai_geo.review.reconcile import Reconciliation

_MAX_ROWS: Final = 8  # of one kind; the files and the JSON have them all
_NEW_SITES: Final = {"id": "titik_baru.xlsx", "en": "new_sites.xlsx"}


@command(
    epilog="gerai-geo followup hasil daftar_setelah_rapat.xlsx\n"
    "gerai-geo followup hasil_desember daftar_november.xlsx -o hasil_desember_lengkap"
)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.argument("workbook", metavar="BERKAS", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Folder lain untuk hasil gabungan; tanpa ini FOLDER diperbarui. [another folder]")  # fmt: skip
@with_options(PAPER_OPTION, COMMON_OPTIONS)
def followup(folder: Path, workbook: Path, output: Path | None, **options: Any) -> None:
    """
    Baca kembali daftar yang diisi dalam rapat; isian digabung per titik, tidak ada yang dibuang.

    Reads the reviewed workbook back; edits are merged by site, none is lost. BERKAS may also be the folder of an
    earlier result, whose follow-up is then carried over.
    """
    import gerai_geo
    from gerai_geo.outputs.dossier_pages.page_links import link_dossiers
    from gerai_geo.records.atomic_write import replacing

    console = make_console(options)
    screening = gerai_geo.read_screening(folder)
    with console.step("workbook"):
        if workbook.is_dir():
            result = gerai_geo.carry_followup(screening, gerai_geo.read_screening(workbook))
        else:
            result = gerai_geo.read_followup(screening, workbook)
    target = output or folder
    maps = (folder / "maps").is_dir()
    with replacing(target, notify=console.notify, complete=link_dossiers) as new:
        related = RelatedResults(followup=result)
        pages = page_extras(result.screening, related) if maps else None
        write_results(console, result.screening, new, related, pages, paper=options["paper"])
        if len(result.added):
            _write_new_sites(result.added, new / _NEW_SITES[current_language()])
    if not console.quiet:
        _show_followup(console, result)
        if len(result.added):
            text = _("Titik baru ditulis ke {file}; tapis dengan: gerai-geo run {file} --forest ...")
            console.show(text.format(file=target / _NEW_SITES[current_language()]))
        console.show(_("Buka: {path}").format(path=target / "daftar.xlsx"))
    console.show_json({"folder": str(target), "edits": result.edits, "conflicts": result.conflicts,
                       "deleted": result.deleted, "problems": result.problems,
                       "added": result.added.reset_index()})  # fmt: skip


def _show_followup(console: Console, result: Followup) -> None:
    """Print what was merged from a workbook, then the rows that need attention."""
    from gerai_geo.outputs.workbook.result_sheets import followup_sections
    from gerai_geo.records.decisions.layer_decisions import decision_sentences, shown_screening

    for sentence in [*result.sentences(), *decision_sentences(shown_screening(result.screening))]:
        console.show(sentence)
    for title, table, columns in followup_sections(result)[:-1]:
        if table.empty:
            continue
        console.show(f"\n{title}")
        rows = table.reset_index() if "site_id" not in table else table
        for row in rows.head(_MAX_ROWS).to_dict("records"):
            values = [row.get(column.key) for column in columns]
            console.show("  " + " · ".join(" ".join(v.split()) for v in values if isinstance(v, str) and v))
        console.show_rest(len(rows) - _MAX_ROWS)


def _write_new_sites(added: pd.DataFrame, path: Path) -> None:
    """Write the new sites as a list that can be screened; text cells only, no formulas."""
    import xlsxwriter

    from gerai_geo.core.dates import now
    from gerai_geo.outputs.workbook.result_sheets import new_site_labels

    labels = new_site_labels()
    table = added.reset_index().drop(columns=["source", "source_row"])
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with scratch_folder() as made, xlsxwriter.Workbook(path, options | {"tmpdir": str(made)}) as book:
        book.set_properties({"created": now().replace(tzinfo=None)})
        sheet = book.add_worksheet(labels["sheet"])
        for c, name in enumerate(table.columns):
            sheet.write_string(0, c, labels.get(name, name))
            for r, value in enumerate(table[name], 1):
                if isinstance(value, str):
                    sheet.write_string(r, c, value)
        sheet.set_column(0, len(table.columns), 22)


@command(epilog="gerai-geo compare hasil_november hasil_desember -o perubahan.xlsx")
@click.argument("old", metavar="LAMA", type=click.Path(path_type=Path))
@click.argument("new", metavar="BARU", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Tulis ke .xlsx, .html atau .csv. [file]")  # fmt: skip
@click.option("--update", is_flag=True, help="Perbarui daftar dan peta di BARU. [update BARU]")
@with_options(COMMON_OPTIONS)
def compare(old: Path, new: Path, output: Path | None, update: bool, **options: Any) -> None:
    """
    Apa yang berubah antara dua hasil, dan mengapa.

    What changed between two screenings, and why.
    """
    import gerai_geo
    from gerai_geo.outputs.change_files import write_changes
    from gerai_geo.outputs.dossier_pages.page_links import link_dossiers
    from gerai_geo.outputs.workbook.result_sheets import matrix_table
    from gerai_geo.records.atomic_write import replacing

    console = make_console(options)
    before, after = (gerai_geo.read_screening(f) for f in (old, new))
    changes = gerai_geo.compare(before, after)
    if output is not None:
        write_changes(changes, after, output)
    if update:
        with replacing(new, notify=console.notify, complete=link_dossiers) as folder:
            related = RelatedResults(before, changes)
            pages = page_extras(after, related) if (new / "maps").is_dir() else None
            write_results(console, after, folder, related, pages)
    console.show(changes.sentence())
    for sentence in changes.differences:
        console.show(sentence)
    matrix = matrix_table(changes)
    console.show("\n" + _("Titik menurut status: dahulu di baris, sekarang di kolom"))
    for status, counts in zip(matrix.index, matrix.to_numpy(), strict=True):
        cells = [f"{column} {console.number(n)}" for column, n in zip(matrix.columns, counts, strict=True) if n]
        console.show(f"  {status}: {', '.join(cells)}")
    if len(changes.changes):
        console.show()
    for row in changes.changes.head(3 * _MAX_ROWS).to_dict("records"):
        console.show(f"  {row['site_id']}: {row['message']}")
    console.show_rest(len(changes.changes) - 3 * _MAX_ROWS)
    if output is not None and not console.quiet:
        console.show(_("Buka: {path}").format(path=output))
    console.show_json({"counts": changes.counts(), "differences": changes.differences,
                  "matrix": changes.matrix.to_dict("index"), "changes": changes.changes})  # fmt: skip


@command(
    epilog="gerai-geo reconcile seruyan.xlsx ekspor_simkopdes.csv -o pencatatan.xlsx\n"
    "gerai-geo reconcile hasil ekspor_simkopdes.csv --update"
)
@click.argument("sites", metavar="DAFTAR", type=Source(path_type=Path))
@click.argument("export", metavar="EKSPOR", type=Source(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Tulis ke .xlsx atau .csv. [file]")  # fmt: skip
@click.option("--update", is_flag=True,
              help="Perbarui hasil, daftar, dan peta di folder DAFTAR. [update the folder]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def reconcile(sites: Path, export: Path, output: Path | None, update: bool, **options: Any) -> None:
    """
    Cocokkan daftar atau folder hasil dengan ekspor aplikasi pelaporan: mana yang tercatat, mana yang belum.

    A list, or the folder of a result, beside an export of the reporting application.
    """
    import gerai_geo
    from gerai_geo.outputs.change_files import write_reconciliation
    from gerai_geo.outputs.dossier_pages.page_links import link_dossiers
    from gerai_geo.records.atomic_write import replacing
    from gerai_geo.records.models import Screening

    console = make_console(options)
    if (sites / "findings.gpkg").is_file():
        screening, result = add_export(console, gerai_geo.read_screening(sites), export)
        if update:
            with replacing(sites, notify=console.notify, complete=link_dossiers) as folder:
                related = RelatedResults(recorded=result)
                pages = page_extras(screening, related) if (sites / "maps").is_dir() else None
                write_results(console, screening, folder, related, pages)
    else:
        if update:
            raise click.UsageError(_("--update hanya untuk folder hasil."), click.get_current_context())
        with console.step("sites"):
            table, issues = gerai_geo.read_sites(sites)
        with console.step("export"):
            exported, _issues = gerai_geo.read_sites(export)
            result = gerai_geo.reconcile(table, exported)
        screening = Screening(table, issues.iloc[:0], issues, {"lang": current_language()})
    if output is not None:
        write_reconciliation(result, screening, output)
    _show_reconciliation(console, result)
    if output is not None and not console.quiet:
        console.show(_("Buka: {path}").format(path=output))
    unmatched = result.only_there.drop(columns=result.only_there.geometry.name).reset_index()
    console.show_json({"counts": result.counts(), "matches": result.table.reset_index(), "only_there": unmatched})


def _show_reconciliation(console: Console, result: Reconciliation) -> None:
    show_related(console, RelatedResults(recorded=result))
    table = result.table
    parts = [
        (_("Belum tercatat"), table[table["matched_by"] == "none"]),
        (_("Belum jelas"), table[table["matched_by"] == "ambiguous"]),
        (_("Tercatat di tempat lain"), table[table["recorded_m"] > 100]),
        (_("Hanya ada di aplikasi"), result.only_there),
    ]
    for title, rows in parts:
        if rows.empty:
            continue
        console.show(f"\n{title} ({console.number(len(rows))})")
        for site_id, message in list(rows["message"].items())[:_MAX_ROWS]:
            console.show(f"  {site_id}: {message}")
        console.show_rest(len(rows) - _MAX_ROWS)
