"""`read_targets`: units formed and target of this stage by regency, as the `schema.TARGETS` table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.file_digest import sha256
from gerai_geo.core.name_keys import plain, regency_name_key
from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.admin.regencies import find_by_code, find_province, normalise_regency, regencies, short_name
from gerai_geo.intake.files.raw_table import cell_text, is_blank
from gerai_geo.intake.tables.plain_cells import read_cells
from gerai_geo.intake.tables.row_kinds import TOTAL
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.reference.data_files import read_toml

NUMBERS: Final = ("units", "target")
_ROLES: Final = ("regency", "regency_code", *NUMBERS)
_SEARCHED: Final = 40
_BRACKETS: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_UNIT: Final = (
    r"(?:unit|koperasi|kop|kopdes|kopkel|kdkmp|kkmp|kdmp|desa|ds|kelurahan|kel|gerai|buah|village|cooperative)s?\b\.?"
)
_COUNTERS: Final = ("no", "nomor", "no urut", "nr", "kode", "kode wilayah", "tahun", "latitude", "longitude")
_LONGEST: Final = 9  # digits of a number of units; nobody has more


@typed
@localised
def read_targets(
    source: str | Path | pd.DataFrame, *, columns: Mapping[str, str] | None = None, lang: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Read the units formed and the target of this stage by regency.

    Every row is kept or reported. Names of regencies are recognised as in lists of sites; a row of the province
    (``Kalimantan Tengah``, ``Provinsi ..``) gives its own numbers, a total (``Jumlah``) too where there is no such row.
    A blank cell is missing, never 0.

    Parameters
    ----------
    source
        XLSX, XLS, ODS or CSV file, or a table in memory.
    columns
        Which column is what; keys: ``regency, regency_code, units, target``. Columns not named here are found by their
        names.
    lang
        Language of the issues and errors, ``id`` or ``en``.

    Returns
    -------
    targets
        The `schema.TARGETS` table for `add_targets`.
    issues
        The `schema.ISSUES` table: names not recognised, numbers not readable, a regency named twice, a province whose
        number contradicts the sum of its regencies.

    Raises
    ------
    InputError
        If the file can't be read, or no column names regencies or their numbers.
    """
    wrong = [k for k in columns or {} if k not in _ROLES]
    if wrong:
        text = _("columns: {wrong} bukan nama yang dikenal. Pakai salah satu dari: {known}.")
        raise InputError(text.format(wrong=", ".join(map(repr, wrong)), known=", ".join(_ROLES)))
    if isinstance(source, pd.DataFrame):
        name, digest = _("tabel di memori"), ""
        sheets: dict[str, list[list[Any]]] = {"": [list(source.columns), *source.to_numpy(dtype=object).tolist()]}
    else:
        path = Path(source)
        name = path.name
        sheets = read_cells(path, _("{file}: berkas target tidak dapat dibaca ({detail}). Simpan sebagai .xlsx."))
        digest = sha256(path)
    reading = _Reading([], [])
    found = False
    for sheet, rows in sheets.items():
        where = _("{file}, lembar {sheet}").format(file=name, sheet=sheet) if sheet and len(sheets) > 1 else name
        heading = _find_heading(rows, columns or {}, where)
        if heading is not None:
            found = True
            _report_missing_units(reading, rows, heading, where)
            _read_rows(reading, rows, heading, where)
    if not found:
        text = _(
            "{file}: tidak ada kolom kabupaten/kota bersama jumlah unit atau target. Beri judul kolom "
            "'Kabupaten/Kota', 'Unit terbentuk' dan 'Target', atau sebutkan kolomnya, misalnya target='Target Tahap "
            "II'."
        )
        raise InputError(text.format(file=name))
    _leave_out_other_provinces(reading)
    _settle_repeated(reading)
    _settle_province(reading)
    targets = pd.DataFrame(reading.rows, columns=list(schema.TARGETS))
    targets = schema.set_dtypes(
        targets.sort_values("level", ascending=False, kind="stable", ignore_index=True), "targets"
    )
    schema.check_table(targets, "targets")
    targets.attrs["inputs"] = [{"source": name, "sha256": digest, "rows": len(targets)}]
    return targets, issues_table(reading.issues)


@dataclass
class _Reading:
    """Rows of the targets and of the issues read so far."""

    rows: list[dict[str, Any]]
    issues: list[dict[str, Any]]


@dataclass(frozen=True)
class _Heading:
    """Last header row, and the columns by role."""

    last: int
    columns: dict[str, int]
    names: dict[str, str]


@cache
def _headings() -> dict[str, tuple[str, ...]]:
    """Names of the columns by role, in the form of `plain`."""
    sites, own = read_toml("columns.toml"), read_toml("programme.toml")["targets"]
    tables = {"regency": sites["regency"], "regency_code": sites["regency_code"], **{n: own[n] for n in NUMBERS}}
    return {role: tuple(plain(c["name"]) for c in table["columns"]) for role, table in tables.items()}


def _find_heading(rows: Sequence[Sequence[Any]], given: Mapping[str, str], where: str) -> _Heading | None:
    """First rows that name the regency and one of its numbers; headings of two rows are joined."""
    for n in range(min(len(rows), _SEARCHED)):
        for depth in (1, 2):
            if n + depth > len(rows):
                continue
            width = max(map(len, rows[n : n + depth]))
            texts = [[cell_text(r[c]) if c < len(r) else None for r in rows[n : n + depth]] for c in range(width)]
            columns = _assign(texts, given, where)
            if ("regency" in columns or "regency_code" in columns) and set(NUMBERS) & set(columns):
                if depth == 1 and n + 1 < len(rows) and _continues(rows[n + 1]):
                    continue
                names = {role: " ".join(dict.fromkeys(t for t in texts[c] if t)) for role, c in columns.items()}
                return _Heading(n + depth - 1, columns, names)
    return None


def _continues(row: Sequence[Any]) -> bool:
    """Whether a row below a heading is the second row of it: only words, one of them of a number's column."""
    texts = [t for t in map(cell_text, row) if t]
    known = {name for role in NUMBERS for name in _headings()[role]}
    return bool(texts) and not any(c.isdigit() for t in texts for c in t) and any(_key(t) in known for t in texts)


def _key(text: str) -> str:
    return plain(re.sub(_BRACKETS, " ", text)) or plain(text)


def _assign(texts: list[list[str | None]], given: Mapping[str, str], where: str) -> dict[str, int]:
    """Column of each role by the texts of its heading."""
    keys = [{_key(t) for t in (*parts, " ".join(p for p in parts if p)) if t} for parts in texts]
    columns: dict[str, int] = {}
    for role, name in given.items():
        found = [
            c for c, own in enumerate(keys) if _key(name) in own or plain(name) in {plain(t) for t in texts[c] if t}
        ]
        if len(found) == 1:
            columns[role] = found[0]
    for role, names in _headings().items():
        free = [c for c in range(len(keys)) if c not in columns.values()]
        ranked = sorted((names.index(k), c) for c in free for k in keys[c] if k in names)
        if role not in given and ranked:
            columns[role] = ranked[0][1]
    words = {role: set(read_toml("programme.toml")["targets"][role]["words"]) for role in NUMBERS}
    for role in [r for r in ("target", "units") if r not in columns and r not in given]:
        free = [c for c in range(len(keys)) if c not in columns.values()]
        found = [c for c in free if any(words[role] & set(k.split()) for k in keys[c])]
        if len(found) == 1:
            columns[role] = found[0]
        elif role == "target" and len(found) > 1 and "regency" in columns:
            text = _("{where}: beberapa kolom target ({names}). Pilih satu, misalnya target='{first}'.")
            named = [" ".join(t for t in texts[c] if t) for c in found]
            raise InputError(text.format(where=where, names=", ".join(named), first=named[0]))
    return columns


def _read_rows(reading: _Reading, rows: Sequence[Sequence[Any]], heading: _Heading, where: str) -> None:
    """Read the rows below a heading."""
    for n, row in enumerate(rows[heading.last + 1 :], heading.last + 2):
        cells = {role: cell_text(row[c]) if c < len(row) else None for role, c in heading.columns.items()}
        cells = {role: None if text is None or is_blank(text) else text for role, text in cells.items()}
        if _is_numbering(row):
            continue
        filled = [cells.get(role) for role in NUMBERS if cells.get(role)]
        label = cells.get("regency") or (None if cells.get("regency_code") else _label_beside(row, heading))
        issue: dict[str, Any] = {"source": where, "source_row": n}
        if label is None and not cells.get("regency_code"):
            if filled:
                text = _("Angka {value} tanpa nama kabupaten/kota; tidak dihitung.").format(
                    value=", ".join(map(str, filled))
                )
                reading.issues.append(issue_row("target_row_unnamed", text, value=", ".join(map(str, filled)), **issue))
            continue
        kind, name, code = _identify(label, cells.get("regency_code"))
        if kind == "regency" and code is None and not filled:
            text = _("{name}: baris tanpa angka dan bukan kabupaten/kota yang dikenal; tidak dihitung.")
            issue |= {"value": label, "severity": "info"}
            reading.issues.append(issue_row("target_row_unread", text.format(name=name), **issue))
            continue
        values = {role: _whole(reading, cells.get(role), heading.names.get(role), issue) for role in NUMBERS}
        if kind == "regency" and code is None:
            _report_unknown(reading, name, issue)
        reading.rows.append({"level": kind, "regency": name, "regency_code": code, **values, **issue})


def _report_missing_units(reading: _Reading, rows: Sequence[Sequence[Any]], heading: _Heading, where: str) -> None:
    """Say that no column of units is known although another column, named then, has numbers."""
    if "units" in heading.columns:
        return
    titles, below = rows[heading.last], [row for row in rows[heading.last + 1 :] if not _is_numbering(row)]
    numeric = [
        title
        for c, cell in enumerate(titles)
        if c not in heading.columns.values()
        and (title := cell_text(cell))
        and plain(title) not in _COUNTERS
        and any(c < len(row) and re.fullmatch(r"\d[\d.,]*", cell_text(row[c]) or "") for row in below)
    ]
    if not numeric:
        return
    text = _("{where}: tidak ada kolom jumlah unit terbentuk yang dikenal; angkanya dibiarkan kosong.")
    hint = _("Bila itu kolom '{name}', beri judul 'Unit terbentuk'.").format(name=numeric[0])
    row = issue_row(
        "target_units", text.format(where=where), source=where, source_row=heading.last + 1, value=", ".join(numeric),
        suggestion=hint,
    )  # fmt: skip
    reading.issues.append(row)


def _label_beside(row: Sequence[Any], heading: _Heading) -> str | None:
    """Words of a total or of the province that stand in another column than the regency's."""
    texts = [cell_text(c) for n, c in enumerate(row) if n not in heading.columns.values()]
    return next((t for t in texts if t and (TOTAL.match(t) or _is_province(t))), None)


def _is_numbering(row: Sequence[Any]) -> bool:
    """Whether a row counts its columns: 1 2 3, (1) (2) (3)."""
    marks = [t.strip("() ") for t in map(cell_text, row) if t]
    if len(marks) < 3 or marks[0] not in ("0", "1"):
        return False
    return marks == [str(int(marks[0]) + n) for n in range(len(marks))]


def _is_province(text: str) -> bool:
    known = read_toml("programme.toml")["targets"]["province"]
    key = plain(text)
    named = not key.isdecimal() and find_province(text) is not None
    return (
        named or key in known["others"] or bool({key.partition(" ")[0], key.rpartition(" ")[2]} & set(known["words"]))
    )


def _identify(name: str | None, code: str | None) -> tuple[str, str | None, str | None]:
    """Level, name and code of a row; level ``total`` for a row of totals."""
    if name and TOTAL.match(name):
        return "total", None, None
    if name and _is_province(name):
        if known_province := find_province(name):
            return "province", known_province[1], None
        short = re.sub(
            r"(?i)^\s*(provinsi|propinsi|prov\.?|province)(\s+|$)|\s+(province|provinsi)\s*$", "", name
        ).strip()
        return "province", (short.title() if short.isupper() else short) or None, None
    known = (normalise_regency(name) or find_by_code(name)) if name else None
    known = known or (find_by_code(code) if code else None)
    if known:
        return "regency", known.name, known.code
    return "regency", short_name(name) if name else code, None


def _whole(reading: _Reading, text: str | None, column: str | None, issue: Mapping[str, Any]) -> int | None:
    """Whole number of a cell; None, with an issue, where it is none."""
    if text is None:
        return None
    bare = re.sub(rf"(?i)\s*{_UNIT}([\s/,&-]+(dan\s+|and\s+)?{_UNIT})*$", "", text.strip())
    digits = re.sub(r"\s", "", bare)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits):
        digits = re.sub(r"[.,]", "", digits)
    digits = re.sub(r"[.,]0+$", "", digits)
    if digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST:
        return int(digits)
    message = _("{value}: bukan jumlah unit; sel ini dianggap kosong.").format(value=text[:60])
    hint = _("Tulis bilangan bulat, misalnya 185.")
    row = issue_row("target_number", message, column=column, value=text, suggestion=hint, **issue)
    reading.issues.append(row)
    return None


def _report_unknown(reading: _Reading, name: str | None, issue: Mapping[str, Any]) -> None:
    """Issue of a name that is no regency known here, with similar ones."""
    keys = {regency_name_key(r.name): r.name for r in regencies().values()}
    similar = difflib.get_close_matches(regency_name_key(name), list(keys), n=2, cutoff=0.75)
    text = _(
        "{name}: kabupaten/kota ini tidak dikenal dan tidak ada di daftar titik; barisnya ditampilkan, tetapi tidak "
        "ikut dijumlahkan."
    )
    hint = _("Maksudnya {names}? Perbaiki namanya.").format(names=_(" atau ").join(keys[k] for k in similar))
    row = issue_row("target_regency", text.format(name=name), value=name, suggestion=hint if similar else None, **issue)
    reading.issues.append(row)


def _leave_out_other_provinces(reading: _Reading) -> None:
    """Report the rows of provinces other than the one whose regencies are listed, or whose own row there is."""
    rows = [row for row in reading.rows if row["level"] == "province"]
    own = {str(row["regency_code"])[:2] for row in reading.rows if row["regency_code"]}
    own |= {found[0] for row in rows if (found := find_province(row["regency"]))}
    for row in rows:
        if not own or row["regency"] is None or find_province(row["regency"]):
            continue
        text = _("{name}: provinsi lain daripada kabupaten/kota di berkas ini; barisnya tidak dihitung.")
        issue = {"source": row["source"], "source_row": row["source_row"], "value": row["regency"]}
        reading.issues.append(issue_row("target_row_unread", text.format(name=row["regency"]), **issue))
        reading.rows.remove(row)


def _settle_repeated(reading: _Reading) -> None:
    """Keep one row of each regency; numbers that differ between its rows are not chosen from."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    settled: list[dict[str, Any]] = []
    differing: set[tuple[tuple[str, str], str]] = set()
    for row in reading.rows:
        key = (row["level"], regency_name_key(row["regency"]) if row["level"] == "regency" else "")
        if key not in first:
            first[key] = row
            settled.append(row)
            continue
        before = first[key]
        for role in NUMBERS:
            if row[role] is not None and before[role] not in (None, row[role]):
                differing.add((key, role))
            before[role] = row[role] if before[role] is None else before[role]
        text = _("{name} tertulis dua kali (baris {first} dan {second}); angkanya sama dan dihitung sekali.")
        if any((key, role) in differing for role in NUMBERS):
            text = _("{name} tertulis dua kali (baris {first} dan {second}) dengan angka berbeda; tidak dipilihkan.")
        text = text.format(name=row["regency"] or _("Jumlah"), first=before["source_row"], second=row["source_row"])
        issue = {"source": row["source"], "source_row": row["source_row"], "value": row["regency"]}
        hint = _("Sisakan satu baris untuk tiap kabupaten/kota.")
        reading.issues.append(issue_row("target_repeated", text, suggestion=hint, **issue))
    for key, role in differing:
        first[key][role] = None
    reading.rows[:] = settled


def _settle_province(reading: _Reading) -> None:
    """One row for the province: its own, else the total; contradictions with the sum of the regencies are reported."""
    given = {row["level"]: row for row in reading.rows if row["level"] != "regency"}
    own = [row for row in reading.rows if row["level"] == "regency"]
    province = given.get("province") or given.get("total")
    reading.rows[:] = own
    if province is None:
        return
    total = given.get("total", {})
    reading.rows.append(province | {"level": "province"})
    codes = {row["regency_code"] for row in own}
    named = find_province(province["regency"])
    own_code = {named[0]} if named else set()
    whole = {c for c in regencies() if c[:2] in own_code | {str(code)[:2] for code in codes if code}}
    reading.rows[-1]["regencies"] = (len(whole) or None) if province["level"] == "province" else len(own)
    for role in NUMBERS:
        for row in {id(r): r for r in (province, total) if r and r[role] is not None}.values():
            summed = [r for r in own if r["regency_code"]] if row["level"] == "province" and whole else own
            known = [r[role] for r in summed if r[role] is not None]
            if not known:
                continue
            complete = len(known) == len(own) and bool(whole) and whole <= codes
            closed = complete or (row["level"] == "total" and len(known) == len(own))
            if row[role] == sum(known) or (row[role] > sum(known) and not closed):
                continue
            names = {"units": _("unit terbentuk"), "target": _("target")}
            text = _("{name}, {what}: tertulis {given}, padahal jumlah kabupaten/kota {sum}. Keduanya ditampilkan.")
            label = row["regency"] or _("Jumlah")
            text = text.format(name=label, what=names[role], given=number(row[role]), sum=number(sum(known)))
            issue = {"source": row["source"], "source_row": row["source_row"], "value": str(row[role])}
            reading.issues.append(issue_row("target_sum", text, **issue))
