"""Attributes of the sites of a raw table besides their positions: ids, names, regency, declared area, accuracy."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.regencies import code_candidates, normalise_regency
from gerai_geo.intake.columns.area_units import (
    LOCAL_UNITS,
    accuracy_factor,
    area_unit,
    read_accuracy_m,
    read_area_m2,
    read_length_m,
    read_sides_m,
)
from gerai_geo.intake.files.raw_table import BLANK, RawTable, column_texts, is_blank, texts_of
from gerai_geo.records.issues import Issue

Texts = list[str | None]
Numbers = list[float | None]


def read_attributes(
    raw: RawTable, roles: Mapping[str, str], notation_ce90_m: Numbers
) -> tuple[dict[str, Any], list[Issue]]:
    """
    Attributes of each row of a raw table.

    Parameters
    ----------
    roles
        Column of each role.
    notation_ce90_m
        CE90 in metres that the notation of the coordinates implies.

    Returns
    -------
    columns
        ``site_id, name, village, district, regency, regency_code, declared_area_m2, accuracy_m``, and the declared
        ``_width_m`` and ``_length_m``, and the ``_province``.
    issues
        By row of the raw table.
    """
    columns: dict[str, Any] = {r: role_column(raw, roles, r) for r in ("site_id", "name", "village", "district")}
    columns["_province"] = role_column(raw, roles, "province")
    columns["regency"], columns["regency_code"], issues = read_regencies(raw, roles)
    areas, area_issues = read_declared_areas(raw, roles)
    accuracies, accuracy_issues = read_accuracies(raw, roles, notation_ce90_m)
    widths, lengths = read_declared_sides(raw, roles)
    numbers = {"declared_area_m2": areas, "accuracy_m": accuracies, "_width_m": widths, "_length_m": lengths}
    columns |= {c: np.array(values, dtype=float) for c, values in numbers.items()}
    return columns, [*issues, *area_issues, *accuracy_issues]


def role_texts(raw: RawTable, roles: Mapping[str, str], role: str) -> Texts:
    """Cells of the column of a role as text; None where blank, or where no column has the role."""
    if role not in roles:
        return [None] * len(raw.table)
    column = raw.table[roles[role]]
    if _is_clean(column):
        return texts_of(column)
    return [None if is_blank(t) else t for t in column_texts(column)]


def role_column(raw: RawTable, roles: Mapping[str, str], role: str) -> pd.Series:
    """Column of a role with the texts of `role_texts`."""
    if role in roles and _is_clean(raw.table[roles[role]]):
        return raw.table[roles[role]]
    return pd.Series(role_texts(raw, roles, role), index=raw.table.index, dtype="str")


def _is_clean(column: pd.Series) -> bool:
    """Whether a column holds texts without NUL characters and words for nothing."""
    if column.dtype != "str":
        return False
    odd = column.str.contains("\x00", regex=False) | column.str.strip().str.lower().isin(BLANK)
    return not odd.any()


def read_regencies(raw: RawTable, roles: Mapping[str, str]) -> tuple[pd.Series, pd.Series, list[Issue]]:
    """
    Regency of each row: official short name and Kemendagri code where known, else the name as given.

    A name wins over a code that contradicts it; a code that means two regencies becomes an issue.
    """
    index = raw.table.index
    if "regency_code" not in roles:
        numbers, written = pd.factorize(role_column(raw, roles, "regency"))
        known = [(r.name, r.code) if (r := normalise_regency(n)) else (n, None) for n in written]
        columns = (pd.Series([*(k[n] for k in known), None], dtype="str").iloc[numbers] for n in (0, 1))
        return next(columns).set_axis(index), next(columns).set_axis(index), []
    names, codes = role_texts(raw, roles, "regency"), role_texts(raw, roles, "regency_code")
    issues: list[Issue] = []
    by_name = {n: normalise_regency(n) for n in set(names) if n}
    by_code = {c: code_candidates(c) for c in set(codes) if c}
    for i, (name, code) in enumerate(zip(names, codes, strict=True)):
        regency = by_name[name] if name else None
        candidates = by_code[code] if code else ()
        if code and regency and candidates and regency not in candidates:
            text = _("Kode {code} bukan kode {regency}; nama yang dipakai.").format(code=code, regency=regency.name)
            hint = _("Betulkan kode atau nama kabupatennya.")
            issues.append(Issue(i, "code_mismatch", text, "warning", roles["regency_code"], code, hint))
        elif code and not name and len(candidates) > 1:
            text = _("Kode {code} berarti {a} menurut Kemendagri dan {b} menurut BPS.").format(
                code=code, a=candidates[0].name, b=candidates[1].name
            )
            hint = _("Tulis nama kabupatennya, atau kode bertitik (62.06).")
            issues.append(Issue(i, "ambiguous_code", text, "warning", roles["regency_code"], code, hint))
        if not regency and not name and len(candidates) == 1:
            regency = candidates[0]
        dotted = code[:5] if code and code[2:3] == "." else None
        names[i], codes[i] = (regency.name, regency.code) if regency else (name, dotted)
    return pd.Series(names, index=index, dtype="str"), pd.Series(codes, index=index, dtype="str"), issues


def read_declared_areas(raw: RawTable, roles: Mapping[str, str]) -> tuple[Numbers, list[Issue]]:
    """Read the declared area of each row in m²: its own column, else width times length."""
    areas: Numbers = [None] * len(raw.table)
    issues = []
    if "declared_area" in roles:
        column = roles["declared_area"]
        unit = area_unit(column)
        decimal = "," if pd.api.types.is_numeric_dtype(raw.table[column].dtype) else None
        texts = role_texts(raw, roles, "declared_area")
        read = {t: read_area_m2(t.replace(".", decimal) if decimal else t, unit) for t in set(texts) if t is not None}
        hint = _("Tulis luas dalam m², misalnya 1.250.")
        message = _("Luas tidak terbaca.")
        if unit in LOCAL_UNITS:
            message = _("Satuan luas {unit} berbeda-beda antar daerah, jadi luasnya tidak dibaca.").format(unit=unit)
        for i, text in enumerate(texts):
            areas[i] = read[text] if text is not None else None
            if text is not None and areas[i] is None:
                issues.append(Issue(i, "bad_area", message, "warning", column, text, hint))
    elif {"width", "length"} <= set(roles):
        column = f"{roles['width']} / {roles['length']}"
        sides = zip(role_texts(raw, roles, "width"), role_texts(raw, roles, "length"), strict=True)
        for i, (width, length) in enumerate(sides):
            a, b = (read_length_m(t) if t else None for t in (width, length))
            if a is not None and b is not None:
                areas[i] = a * b
            elif width or length:
                text = _("Lebar atau panjang lahan tidak terbaca.")
                issues.append(Issue(i, "bad_area", text, "warning", column, f"{width or ''} x {length or ''}"))
    return areas, issues


def read_declared_sides(raw: RawTable, roles: Mapping[str, str]) -> tuple[Numbers, Numbers]:
    """Read the declared width and length of each row in metres: their own columns, else an area written as 20 x 50."""
    widths: Numbers = [None] * len(raw.table)
    lengths: Numbers = [None] * len(raw.table)
    if {"width", "length"} <= set(roles):
        widths, lengths = (
            [read_length_m(t) if t else None for t in role_texts(raw, roles, role)] for role in ("width", "length")
        )
    for i, text in enumerate(role_texts(raw, roles, "declared_area") if "declared_area" in roles else ()):
        sides = read_sides_m(text) if text and (widths[i] is None or lengths[i] is None) else None
        if sides is not None:
            widths[i], lengths[i] = sides
    return widths, lengths


def read_accuracies(raw: RawTable, roles: Mapping[str, str], notation_ce90_m: Numbers) -> tuple[Numbers, list[Issue]]:
    """
    Read the accuracy of each row in metres, never finer than its coordinates are written.

    An accuracy of 0 or -1 is none: field apps write it for a point set by hand.
    """
    if "accuracy_m" not in roles:
        return notation_ce90_m, []
    accuracies, issues = list(notation_ce90_m), []
    for i, text in enumerate(role_texts(raw, roles, "accuracy_m")):
        value = read_accuracy_m(text, roles["accuracy_m"]) if text else None
        if value is None and text:
            message = _("Ketelitian tidak terbaca.")
            issues.append(Issue(i, "bad_accuracy", message, "warning", roles["accuracy_m"], text))
        elif value is not None and not math.isnan(value):
            accuracies[i] = max(value, accuracies[i] or 0.0)
        elif text and text.strip(" 0.,") and not re.fullmatch(r"\s*-1(?:[.,]0*)?\s*", text):
            message = _("Ketelitian {value} berarti tidak diketahui; letak titik ini bisa jauh dari yang tertulis.")
            issues.append(Issue(i, "bad_accuracy", message.format(value=text), "warning", roles["accuracy_m"], text))
    factor = accuracy_factor(roles["accuracy_m"])
    first = next((i for i, a in enumerate(accuracies) if a is not None), None)
    if factor != 1 and first is not None:
        message = _("Ketelitian di kolom {column} dikalikan {factor} menjadi CE90 (90 % posisi).")
        message = message.format(column=roles["accuracy_m"], factor=number(factor, 2))
        issues.append(Issue(first, "accuracy_converted", message, "info", roles["accuracy_m"]))
    return accuracies, issues
