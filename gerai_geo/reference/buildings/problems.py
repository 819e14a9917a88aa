"""Problems of what lists say of buildings, in words."""

from __future__ import annotations

from datetime import date

from gerai_geo.i18n.labels import day
from gerai_geo.i18n.translate import _
from gerai_geo.reference.buildings.dates import DateProblem


def problem_texts(problem: DateProblem, on: date) -> tuple[str, str, str]:
    """
    Code of the issue, message and suggestion for a problem.

    Examples
    --------
    >>> from gerai_geo.reference.buildings.dates import Statement
    >>> problem = DateProblem("planned", (Statement("Tahun Dibangun", "2031"),))
    >>> problem_texts(problem, date(2026, 11, 30))[:2]
    ('date_in_future', 'Tahun Dibangun tertulis “2031”, sesudah hari penapisan (30 November 2026); tidak dipakai.')
    """
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
