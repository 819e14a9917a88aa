"""What a list says of its sites besides where they are: ids, names, regency, declared area, accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin import regencies as regions
from gerai_geo.intake.columns import area_units as areas
from gerai_geo.intake.columns import roles as columns
from gerai_geo.intake.files.raw_table import BLANK, RawTable, column_texts, is_blank, texts_of
from gerai_geo.records.issues import Issue

Texts = list[str | None]
Numbers = list[float | None]


def texts(block: RawTable, roles: Mapping[str, str], role: str) -> Texts:
    """Cells of the column that plays a role, as text; missing where empty, a word for nothing, or no such column."""
    if role not in roles:
        return [None] * len(block.table)
    column = block.table[roles[role]]
    if column.dtype == "str" and not _needs_care(column):
        return texts_of(column)
    return [None if is_blank(t) else t for t in column_texts(column)]


def text_column(block: RawTable, roles: Mapping[str, str], role: str) -> pd.Series:
    """As `texts`, as a column."""
    if role not in roles:
        return pd.Series(None, index=block.table.index, dtype="str")
    column = block.table[roles[role]]
    if column.dtype == "str" and not _needs_care(column):
        return column
    return pd.Series(texts(block, roles, role), index=block.table.index, dtype="str")


def _needs_care(column: pd.Series) -> bool:
    """Whether some cell of a column of texts is a word for nothing, or holds what no text should."""
    odd = column.str.contains("\x00", regex=False) | column.str.strip().str.lower().isin(BLANK)
    return bool(odd.any())


def regencies(block: RawTable, roles: Mapping[str, str]) -> tuple[pd.Series, pd.Series, list[Issue]]:
    """
    Regency of each row: official short name and Kemendagri code where known, else the name as given.

    A name wins over a code that contradicts it; a code that means two regencies is told, not resolved.
    """
    if "regency_code" not in roles:
        own, words = pd.factorize(text_column(block, roles, "regency"))
        known_as = [(r.name, r.code) if (r := regions.normalise_regency(n)) else (n, None) for n in words]
        both = (pd.Series([*(k[n] for k in known_as), None], dtype="str").iloc[own] for n in (0, 1))
        official, encode = (column.set_axis(block.table.index) for column in both)
        return official, encode, []
    names, codes = texts(block, roles, "regency"), texts(block, roles, "regency_code")
    remarks: list[Issue] = []
    by_name = {n: regions.normalise_regency(n) for n in set(names) if n}
    by_code = {c: regions.code_candidates(c) for c in set(codes) if c}
    for i, (name, code) in enumerate(zip(names, codes, strict=True)):
        known = by_name[name] if name else None
        candidates = by_code[code] if code else ()
        if code and known and candidates and known not in candidates:
            text = _("Kode {code} bukan kode {regency}; nama yang dipakai.").format(code=code, regency=known.name)
            hint = _("Betulkan kode atau nama kabupatennya.")
            remarks.append(Issue(i, "code_mismatch", text, "warning", roles["regency_code"], code, hint))
        elif code and not name and len(candidates) > 1:
            text = _("Kode {code} berarti {a} menurut Kemendagri dan {b} menurut BPS.").format(
                code=code, a=candidates[0].name, b=candidates[1].name
            )
            hint = _("Tulis nama kabupatennya, atau kode bertitik (62.06).")
            remarks.append(Issue(i, "ambiguous_code", text, "warning", roles["regency_code"], code, hint))
        if not known and not name and len(candidates) == 1:
            known = candidates[0]
        dotted = code[:5] if code and code[2:3] == "." else None
        names[i], codes[i] = (known.name, known.code) if known else (name, dotted)
    columns = (pd.Series(v, index=block.table.index, dtype="str") for v in (names, codes))
    return next(columns), next(columns), remarks


def declared_areas(block: RawTable, roles: Mapping[str, str]) -> tuple[Numbers, list[Issue]]:
    """Area in m² that the list declares: its own column, else width times length; a text not understood is told."""
    result: Numbers = [None] * len(block.table)
    remarks = []
    if "declared_area" in roles:
        column = roles["declared_area"]
        hectares = bool({"ha", "hektar", "hektare"} & set(columns.header_key(column).split()))
        numeric = pd.api.types.is_numeric_dtype(block.table[column].dtype)
        cells = texts(block, roles, "declared_area")
        read = {
            t: float(t) * (10_000 if hectares else 1) if numeric else areas.read_area_m2(t, "ha" if hectares else "m2")
            for t in set(cells)
            if t is not None
        }
        for i, text in enumerate(cells):
            if text is None:
                continue
            result[i] = read[text]
            if result[i] is None:
                hint = _("Tulis luas dalam m², misalnya 1.250.")
                remarks.append(Issue(i, "bad_area", _("Luas tidak terbaca."), "warning", column, text, hint))
    elif {"width", "length"} <= set(roles):
        sides = zip(texts(block, roles, "width"), texts(block, roles, "length"), strict=True)
        for i, (width, length) in enumerate(sides):
            a, b = (areas.read_length_m(t) if t else None for t in (width, length))
            if a is not None and b is not None:
                result[i] = a * b
            elif width or length:
                text = _("Lebar atau panjang lahan tidak terbaca.")
                value = f"{width or ''} x {length or ''}"
                remarks.append(Issue(i, "bad_area", text, "warning", f"{roles['width']} / {roles['length']}", value))
    return result, remarks


def accuracies(block: RawTable, roles: Mapping[str, str], own: Numbers) -> tuple[Numbers, list[Issue]]:
    """Accuracy in m that the list gives, but never finer than its coordinates are written (``own``)."""
    if "accuracy_m" not in roles:
        return own, []
    result, remarks = list(own), []
    for i, text in enumerate(texts(block, roles, "accuracy_m")):
        value = areas.read_length_m(text.lstrip("±")) if text else None
        if value is not None:
            result[i] = max(value, own[i] or 0.0)
        elif text:
            remarks.append(
                Issue(i, "bad_accuracy", _("Ketelitian tidak terbaca."), "warning", roles["accuracy_m"], text)
            )
    return result, remarks
