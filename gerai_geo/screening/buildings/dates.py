"""Issues of sites whose list contradicts itself on building and dates, or has dates that can't be used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.i18n.labels import day
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import site_issues
from gerai_geo.reference.buildings.dates import DateProblem
from gerai_geo.reference.routes import Rules
from gerai_geo.reference.site_attributes import building_dates


def date_issues(
    sites: GeoDataFrame, rules: Rules, *, on: date, asked: Mapping[str, str | None] | None = None
) -> list[pd.DataFrame]:
    """
    Issues of building and possession according to the list.

    Parameters
    ----------
    sites
        The `schema.SITES` table with the user's own columns.
    rules
        Their words tell which columns are meant.
    on
        Day of the screening: nothing can have begun after it.
    asked
        ``building`` of all sites, if given.

    Returns
    -------
    issues
        Tables of `schema.ISSUES` with code ``dates_conflict``, ``date_in_future`` or ``date_unread``; one row per
        problem, with the columns and cells that it is about.
    """
    dates = building_dates(sites, rules, asked=asked, on=on)
    rows = np.flatnonzero(dates.map(lambda d: bool(d.problems)).words().astype(bool)).tolist()
    found = [(row, problem) for row in rows for problem in dates.values[dates.codes[row]].problems]
    if not found:
        return []
    texts = [_texts(problem, on) for _row, problem in found]
    codes, messages, hints = ([text[n] for text in texts] for n in range(3))
    issues = site_issues(sites, [row for row, _problem in found], codes, messages, "warning", hints)
    issues["column"] = ["; ".join(s.column for s in problem.said) for _row, problem in found]
    issues["value"] = ["; ".join(s.value for s in problem.said) for _row, problem in found]
    return [issues]


def _texts(problem: DateProblem, on: date) -> tuple[str, str, str]:
    """Code, message and suggestion."""
    dates = _(
        "Pastikan dengan bukti sejak kapan tanahnya dikuasai dan bangunannya dimulai, lalu perbaiki yang keliru. "
        "Sampai saat itu syarat waktu pada jalurnya tidak dinyatakan terpenuhi."
    )
    standing = _("Pastikan apakah bangunannya sudah ada dan kapan dimulai, lalu perbaiki kolom yang keliru.")
    code, text, hint = {
        "order": (
            "dates_conflict",
            _("Tanggal bertentangan: {column} tertulis “{value}”, lebih awal daripada {other} “{other_value}”."),
            dates,
        ),
        "differ": (
            "dates_conflict",
            _("Isi dua kolom bertentangan: {column} tertulis “{value}”, {other} tertulis “{other_value}”."),
            dates,
        ),
        "standing": (
            "dates_conflict",
            _(
                "Keterangan bangunan bertentangan: {column} tertulis “{value}”, yaitu belum ada bangunan, sedangkan "
                "{other} tertulis “{other_value}”."
            ),
            standing,
        ),
        "future": (
            "dates_conflict",
            _(
                "Keterangan bangunan bertentangan: {column} tertulis “{value}”, sedangkan {other} tertulis "
                "“{other_value}”, sesudah hari penapisan ({day})."
            ),
            standing,
        ),
        "planned": (
            "date_in_future",
            _("{column} tertulis “{value}”, sesudah hari penapisan ({day}); tidak dipakai."),
            _("Bila itu rencana, pindahkan ke kolom lain; bila keliru, perbaiki tanggalnya."),
        ),
        "unread": (
            "date_unread",
            _("{column} tertulis “{value}”, yang tidak terbaca sebagai tanggal, bulan, atau tahun; tidak dipakai."),
            _("Tulis tanggal atau tahunnya, misalnya 2 November 2020 atau 2018."),
        ),
    }[problem.kind]
    first, last = problem.said[0], problem.said[-1]
    said = {"column": first.column, "value": first.value, "other": last.column, "other_value": last.value}
    return code, text.format(day=day(on.isoformat()), **said), hint
