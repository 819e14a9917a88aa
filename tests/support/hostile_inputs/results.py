"""Folders of results that someone changed, and workbooks that come back from a meeting or from elsewhere."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import openpyxl
from click.testing import CliRunner
from sheets import Sheet

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.errors import GeraiGeoError
from hostile_inputs.case import PLAIN, SECRET, Case, layer, refusal
from hostile_inputs.command_line import RUN
from hostile_inputs.workbooks import replaced

LIST: Final = "ID,Nama,Kabupaten,lintang,bujur\n" + "".join(
    f"A-{n},Gerai {n},Seruyan,-2.5{n}1234,112.4{n}1234\n" for n in range(6)
)


@functools.cache
def _made() -> Path:
    """Folder with a list, a layer and a result."""
    folder = Path(tempfile.mkdtemp(prefix="gg-hostile-"))
    with contextlib.chdir(folder):
        Path("titik.csv").write_text(LIST)
        layer(PLAIN).to_file("hutan.gpkg")
        done = CliRunner().invoke(main, [*RUN, "--scale", "250000", "--quiet"])
        assert done.exit_code == 0, done.stderr
    return folder


def after(change: Callable[[Path], object], *command: str) -> Callable[[Path], str]:
    """Run that changes a copy of the result, and then calls a command on it."""

    def run(folder: Path) -> str:
        place = folder / "berkas"
        shutil.copytree(_made(), place, dirs_exist_ok=True)
        with contextlib.chdir(place):
            change(Path("hasil"))
            result = CliRunner().invoke(main, list(command), env={"GERAI_GEO_LANG": "en"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        text = " / ".join(line for line in (result.stdout + result.stderr).splitlines() if line.strip())
        return f"exit {result.exit_code}: {text}" if SECRET not in text else "a secret was read"

    return run


def _verified(shown: str, change: Callable[[Path], object], expected: str) -> Case:
    return Case(f"{shown} (`verify`)", after(change, "verify", "hasil"), expected)


def _manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        path = folder / "manifest.json"
        told = json.loads(path.read_text(encoding="utf-8"))
        change(told)
        path.write_text(json.dumps(told), encoding="utf-8")

    return write


def _text(name: str, content: str | bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def _edited(name: str, old: str, new: str) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return write


def _sql(statement: str) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        with sqlite3.connect(folder / "findings.gpkg") as database:
            for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{trigger}"')
            database.execute(statement)
        database.close()

    return write


def _formula(book: openpyxl.Workbook, sheet: Sheet) -> bool:
    sheet.rows[0][sheet.column("note")] = "=A1"
    sheet.put()
    (cell,) = (cell for row in book["Perlu tindak lanjut"].iter_rows() for cell in row if cell.value == "=A1")
    cell.data_type = "f"
    return False


def filled(change: Callable[[openpyxl.Workbook, Sheet], object]) -> Callable[[Path], str]:
    """Run that changes the workbook of a result as a person or a program may, and reads it back."""

    def run(folder: Path) -> str:
        place = folder / "berkas" / "hasil"
        shutil.copytree(_made() / "hasil", place)
        path = place / "daftar.xlsx"
        book = openpyxl.load_workbook(path)
        sheet = Sheet(book["Perlu tindak lanjut"])
        if change(book, sheet) is not False:
            sheet.put()
        book.save(path)
        return _read_back(place, path)

    return run


def _read_back(place: Path, path: Path) -> str:
    try:
        found = gg.read_followup(gg.read_screening(place), path, lang="en")
    except GeraiGeoError as error:
        return refusal(error, path)
    parts = {"edits": found.edits, "added": found.added, "deleted": found.deleted, "problems": found.problems}
    counts = ", ".join(f"{len(table)} {what}" for what, table in parts.items() if len(table))
    kept = [str(value) for value in found.edits["after"].dropna()]
    return (counts or "nothing changed") + (f": {kept[0][:60]!r}" if kept else "")


def raw(change: Callable[[Path], object]) -> Callable[[Path], str]:
    """Run that replaces the workbook of a result, and reads it back."""

    def run(folder: Path) -> str:
        place = folder / "berkas" / "hasil"
        shutil.copytree(_made() / "hasil", place)
        change(place / "daftar.xlsx")
        return _read_back(place, place / "daftar.xlsx")

    return run


def _cell(field: str, value: Any) -> Callable[[openpyxl.Workbook, Sheet], object]:
    def write(_book: openpyxl.Workbook, sheet: Sheet) -> None:
        sheet.rows[0][sheet.column(field)] = value

    return write


def _all_ids(value: Any) -> Callable[[openpyxl.Workbook, Sheet], object]:
    def write(_book: openpyxl.Workbook, sheet: Sheet) -> None:
        for row in sheet.rows:
            row[sheet.column("site_id")] = value

    return write


CASES: Final = (
    _verified("`manifest.json` is empty", _text("manifest.json", ""), "exit 1: NO MATCH .. Record .. manifest.json: manifest.json is damaged; without it the result can't be checked"),
    _verified("`manifest.json` is a list", _text("manifest.json", "[1, 2]"), "exit 1: NO MATCH .. Record .. manifest.json: manifest.json is no record of gerai-geo any more; without it the result can't be ch"),
    _verified("`manifest.json` is cut in half", lambda f: (f / "manifest.json").write_bytes((f / "manifest.json").read_bytes()[:900]), "exit 1: NO MATCH .. Record .. manifest.json: manifest.json is damaged; without it the result can't be checked"),
    _verified("`manifest.json` is 100,000 arrays deep", _text("manifest.json", "[" * 100_000), "exit 1: NO MATCH .. Record .. manifest.json: manifest.json is damaged; without it the result can't be checked"),
    _verified("`manifest.json` holds a number of 5,000 digits", _edited("manifest.json", '"created": ', '"x": ' + "9" * 5_000 + ', "created": '), "exit 1: NO MATCH .. Record .. manifest.json: manifest.json is damaged; without it the result can't be checked"),
    _verified("`manifest.json` is UTF-16", lambda f: (f / "manifest.json").write_text((f / "manifest.json").read_text("utf-8"), "utf-16"), "exit 1: NO MATCH .. Record .. manifest.json: manifest.json is damaged; without it the result can't be checked"),
    _verified("the manifest names `../../secret.txt` as a list", _manifest(lambda m: m["sites"][0].update(source="../../secret.txt")), 'exit 1: NO MATCH .. Record .. manifest.json: manifest.json was changed since it was written: its content is no longer what was s'),
    _verified("the record of the job names `/etc/passwd`", _manifest(lambda m: m["job"].update(sites=["/etc/passwd"])), 'exit 1: NO MATCH .. Record .. manifest.json: manifest.json was changed since it was written: its content is no longer what was s'),
    _verified("the record of the job is a text", _manifest(lambda m: m.update(job="rm -rf x")), 'exit 1: NO MATCH .. Record .. manifest.json: manifest.json was changed since it was written: its content is no longer what was s'),
    _verified("the manifest counts a million sites", _manifest(lambda m: m["counts"].update(rows=10**6)), 'exit 1: NO MATCH .. Record .. manifest.json: manifest.json was changed since it was written: its content is no longer what was s'),
    _verified("the manifest's counts are texts", _manifest(lambda m: m.update(counts={"rows": "<script>"})), 'exit 1: NO MATCH .. Record .. manifest.json: manifest.json was changed since it was written: its content is no longer what was s'),
    _verified("the manifest is taken away", lambda f: (f / "manifest.json").unlink(), 'exit 1: hasil: not the folder of a screening (manifest.json and findings.gpkg are needed)'),
    _verified("a status in `findings.csv` is another", _edited("findings.csv", "inside", "outside"), 'exit 1: NO MATCH .. findings.csv .. Changed by somebody since it was written'),
    _verified("`findings.csv` is of NUL bytes", _text("findings.csv", bytes(5_000)), 'exit 1: NO MATCH .. findings.csv .. Damaged (holds zero bytes)'),
    _verified("`findings.csv` is empty", _text("findings.csv", ""), 'exit 1: NO MATCH .. findings.csv .. Damaged (empty)'),
    _verified("a status in `findings.gpkg` is another", _sql("UPDATE findings SET status = 'outside'"), 'exit 1: NO MATCH .. Counts .. Inside the forest area: 6 in manifest.json, 0 in the findings'),
    _verified("a status in `findings.gpkg` that does not exist", _sql("UPDATE findings SET status = '<script>alert(1)</script>'"), "exit 1: NO MATCH .. findings.gpkg .. hasil/findings.gpkg: damaged or changed (status '<script>alert(1)</script>')"),
    _verified("a site is taken out of `findings.gpkg`", _sql("DELETE FROM findings WHERE fid = 1"), 'exit 1: NO MATCH .. findings.gpkg .. hasil/findings.gpkg: layer findings holds 5 rows, but the screening noted 6. Run the screen'),
    _verified("`findings.gpkg` without its table", _sql("DROP TABLE findings"), "exit 1: NO MATCH .. findings.gpkg .. hasil/findings.gpkg: damaged or changed (Layer 'findings' could not be opened)"),
    _verified("`findings.gpkg` is cut in half", lambda f: (f / "findings.gpkg").write_bytes((f / "findings.gpkg").read_bytes()[:40_000]), 'exit 1: NO MATCH .. findings.gpkg .. hasil/findings.gpkg: damaged or changed (sqlite3_prepare_v2(SELECT COUNT(*) FROM sqlite_mas'),
    _verified("`findings.gpkg` is a link to a file elsewhere", lambda f: ((f / "findings.gpkg").unlink(), (f / "findings.gpkg").symlink_to("../../secret.txt")), "exit 1: NO MATCH .. findings.gpkg .. hasil/findings.gpkg: damaged or changed ('hasil/findings.gpkg' not recognized as being in a"),
    _verified("a map is another file", _text("maps/seruyan.html", "<script>alert(1)</script>"), 'exit 1: NO MATCH .. Maps by regency .. maps/seruyan.html: Damaged (cut off)'),
    _verified("a map is taken away", lambda f: (f / "maps/seruyan.html").unlink(), 'exit 1: NO MATCH .. Files .. maps/seruyan.html: No longer in this folder: deleted, moved or renamed'),
    _verified("a program lies beside the files", _text("jahat.exe", "MZ"), "exit 0: 1 files were added by people .. jahat.exe"),
    Case("`findings.gpkg` is cut in half (`map`)", after(lambda f: (f / "findings.gpkg").write_bytes((f / "findings.gpkg").read_bytes()[:40_000]), "map", "hasil", "--quiet"), "exit 1: hasil/findings.gpkg: damaged or changed (sqlite3_prepare_v2(SELECT COUNT(*) FROM sqlite_master WHERE name IN ('gpkg_meta"),
    Case("a status that does not exist (`list`)", after(_sql("UPDATE findings SET status = '<script>'"), "list", "hasil", "-o", "x.xlsx", "--quiet"), "exit 1: hasil/findings.gpkg: damaged or changed (status '<script>')"),
    Case("a regency `../../keluar` put into `findings.gpkg` (`map`)", after(_sql("UPDATE findings SET regency = '../../keluar'"), "map", "hasil", "--quiet"), 'exit 0: '),
    Case("`dossier` for a site `../../x`", after(lambda f: None, "dossier", "hasil", "--site", "../../x", "--quiet"), 'exit 1: ../../x: there is no site with this id'),
    Case("`explain` for a site `<script>`", after(lambda f: None, "explain", "hasil", "<script>"), "exit 1: Site '<script>' is not in this screening"),
    Case("`list` for an agency `../../x`", after(lambda f: None, "list", "hasil", "--agency", "../../x", "-o", "x.xlsx"), "exit 2: Agency '../../x' is not known; there are: bpkh (BPKH), dishut (Forestry Service), bpn (Land Office (BPN)), pupr (Public"),
    Case("workbook: a note `<script>alert(1)</script>`", filled(_cell("note", "<script>alert(1)</script>")), "1 edits: '<script>alert(1)</script>'"),
    Case("workbook: a note `=cmd|' /C calc'!A0` as text", filled(_cell("note", "=cmd|' /C calc'!A0")), '1 edits: "=cmd|\' /C calc\'!A0"'),
    Case("workbook: a note that is a formula which nobody calculated", filled(_formula), "1 problems"),
    Case("workbook: a note of 32,000 letters", filled(_cell("note", "x" * 32_000)), "1 edits: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'"),
    Case("workbook: a progress that does not exist", filled(_cell("followup", "<script>")), '1 problems'),
    Case("workbook: a date of the year 9999", filled(_cell("due_date", "31/12/9999")), "1 edits: '9999-12-31'"),
    Case("workbook: a date `31/02/2026`", filled(_cell("due_date", "31/02/2026")), "1 edits, 1 problems: '31/02/2026'"),
    Case("workbook: a date `1e308`", filled(_cell("due_date", 1e308)), "1 edits, 1 problems: '1e+308'"),
    Case("workbook: a date `-1`", filled(_cell("due_date", -1)), "1 edits, 1 problems: '00:00:00'"),
    Case("workbook: a status made `outside`", filled(_cell("status", "Di luar kawasan hutan")), '1 problems'),
    Case("workbook: an id made another's", filled(_cell("site_id", "A-5")), '1 problems'),
    Case("workbook: all ids made one", filled(_all_ids("A-0")), '5 problems'),
    Case("workbook: all ids taken away", filled(_all_ids(None)), '6 problems'),
    Case("workbook: all rows deleted", filled(lambda _b, s: s.rows.clear()), '6 deleted'),
    Case("workbook: 500 rows added without a name", filled(lambda _b, s: s.rows.extend([[None] * len(s.keys) for _n in range(500)])), 'nothing changed'),
    Case("workbook: the sheet of the agenda deleted", filled(lambda b, _s: (b.remove(b["Perlu tindak lanjut"]), False)[1]), '1 problems'),
    Case("workbook: the hidden row of keys deleted", filled(lambda b, s: (s.sheet.delete_rows(s.top + 1), False)[1]), 'nothing changed'),
    Case("workbook: the columns of ids deleted", filled(lambda b, s: (s.sheet.delete_cols(s.column("site_id") + 1), False)[1]), 'nothing changed'),
    Case("workbook: of 0 bytes", raw(lambda p: p.write_bytes(b"")), 'refused: cannot be read (Cannot detect file format)'),
    Case("workbook: cut in half", raw(lambda p: p.write_bytes(p.read_bytes()[:5_000])), 'refused: cannot be read (File is not a zip file)'),
    Case("workbook: a CSV under its name", raw(lambda p: p.write_text(LIST)), 'refused: cannot be read (Cannot detect file format)'),
    Case("workbook: of another program, with another list", raw(replaced("xl/sharedStrings.xml", "<t>A</t>", "<t>B</t>")), 'refused: it holds no list'),
)  # fmt: skip
