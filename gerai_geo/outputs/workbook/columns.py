"""Columns of a list: headings, values, widths; independent of a file format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.geometry import positions
from gerai_geo.i18n.followup_labels import followup_fields, followup_text
from gerai_geo.i18n.labels import coordinates, stage_label, status_label
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.file_names import site_link
from gerai_geo.outputs.text.issue_sentences import with_first_issue
from gerai_geo.outputs.text.land_papers import action_texts, paper_texts, states_papers
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.buildings import building_texts
from gerai_geo.reference.criteria import (
    CheckedCriterion,
    Criterion,
    check_criterion,
    criteria,
    criteria_summary,
    criterion_columns,
)
from gerai_geo.reference.functions import forest_functions, function_label, shares_text
from gerai_geo.reference.land_papers.judgement import paper_cell, paper_columns
from gerai_geo.review.workbook_format import FOLLOWUP

_MOMENTS: Final = {
    "day": re.compile(r"(19|20)\d\d-\d\d-\d\d"),
    "time": re.compile(r"(19|20)\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?"),
    "clock": re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d"),
}


@dataclass(frozen=True)
class ListColumn:
    """
    One column of a list for people.

    Parameters
    ----------
    key
        Its name in the table of `list_table`.
    label
        Its heading.
    width
        In characters.
    form
        ``text``, ``long`` (wrapped), ``status``, ``count``, ``ordinal``, ``metres``, ``signed_metres``,
        ``square_metres``, ``share``, ``probability``, ``degrees``, ``id`` (with a link), ``fill`` (text to fill in),
        ``choice`` (from a list), ``date`` (to fill in), ``day`` (a date to read), ``plain`` (unformatted number),
        ``truth``, ``time`` or ``clock`` (a time of day).
    printed
        Whether it is printed.
    """

    key: str
    label: str
    width: float
    form: str = "text"
    printed: bool = False


def list_columns(screening: Screening) -> list[ListColumn]:
    """
    Columns of a list: printed ones, details, columns of the user.

    Details without a value are left out, but for those on the comparison itself.
    """
    findings = screening.findings
    columns = [c for c in _first_columns(screening) if c.key != "forest_share" or _has_values(findings, c.key)]
    kept = _ALWAYS | {key for key, has_data in _COMPUTED.items() if has_data(findings)}
    columns += [c for c in _detail_columns() if c.key in kept or _has_values(findings, c.key)]
    return columns + [_user_column(findings, c) for c in user_columns(findings)]


def with_details(columns: list[ListColumn]) -> list[ListColumn]:
    """Columns with that of the place on the sheet of routes before the route, where there is one."""
    place = next((n for n, c in enumerate(columns) if c.key == "route"), None)
    if place is None:
        return columns
    return [*columns[:place], ListColumn("#details", _("Rincian jalur"), 10, "long"), *columns[place:]]


def user_columns(findings: GeoDataFrame) -> list[str]:
    """Names of the user's own columns, in their order."""
    taken = {
        findings.index.name,
        findings.geometry.name,
        *schema.SITES,
        *schema.FINDINGS,
        *schema.DECISIONS,
        *schema.EXPORT,
    }
    return [str(c) for c in findings.columns if c not in taken]


def list_table(screening: Screening, *, maps: str | None = "maps") -> pd.DataFrame:
    """
    Values of a list: findings with labels for codes, and with position, link and issues.

    Columns have the keys of `list_columns`. `maps` is the folder of the maps relative to the list; None for no links.
    """
    findings = screening.findings
    unlisted = [findings.geometry.name, "routes"]  # long, and no list has it
    table = pd.DataFrame(findings.drop(columns=unlisted, errors="ignore"))
    own = {c: f"user:{c}" for c in user_columns(findings)}
    table = table.rename(columns=own)
    for column in own.values():
        table[column] = _shown(table[column])[0]
    table["#number"] = findings["number"]
    table["status"] = findings["status"].map({s: status_label(s) for s in schema.STATUSES})
    table["reason"] = with_first_issue(table["reason"], screening, findings)
    table["nominal_status"] = findings["nominal_status"].map({s: status_label(s) for s in schema.NOMINAL_STATUSES})
    if "computed_status" in table:
        table["computed_status"] = findings["computed_status"].map({s: status_label(s) for s in schema.STATUSES})
    table["action"] = action_texts(findings)
    table["#papers"] = paper_texts(findings)
    table["#building"] = building_texts(findings)
    table["function"] = findings["function"].map({f: function_name(f) for f in schema.FUNCTIONS})
    for c in ("functions", "overlays"):
        if c in table:
            table[c] = table[c].map(shares_text, na_action="ignore")
    place = positions(findings)
    table["#lon"], table["#lat"] = place["lon"], place["lat"]
    table["#position"] = [
        None if pd.isna(lon) else coordinates(lon, lat) for lon, lat in zip(place["lon"], place["lat"], strict=True)
    ]
    table["#issues"] = _issue_texts(screening)
    yes_no = {True: _("Ya"), False: _("Belum")}
    recorded = schema.column_of(findings, "recorded", "boolean")
    unclear = _("Belum jelas") if recorded.notna().any() else None
    table["recorded"] = [unclear if pd.isna(r) else yes_no[bool(r)] for r in recorded]
    if "recorded_stage" in table:
        table["recorded_stage"] = findings["recorded_stage"].map({s: stage_label(s) for s in schema.STAGES})
    table = table.join(_followup_texts(screening))
    if "route" in findings:
        lines = ScreeningRoutes(screening).lines(findings)
        table["route"], table["decider"], table["#others"] = lines["route"], lines["decider"], lines["others"]
        table["questions"] = lines["questions"]
    table["#criteria"] = _criteria_texts(findings)
    if maps is not None:
        links = [site_link(r, str(i)) for r, i in zip(findings["regency"], findings.index, strict=True)]
        table["#link"] = [maps + link.removeprefix("maps") for link in links]
    return table


def _criteria_texts(findings: pd.DataFrame) -> pd.Series:
    """Summary of the land criteria of each finding; missing if nothing is known."""
    return pd.Series(list(_criteria_lines(findings)), index=findings.index, dtype=object)


def _criteria_lines(findings: pd.DataFrame) -> Iterator[str | None]:
    """Yield the summaries one by one, so that whoever wants to know if there is one does not wait for all."""
    columns = criterion_columns(findings.columns)
    used = list(dict.fromkeys(c for names in columns.values() for c in names))
    values = findings[used].astype(object).where(findings[used].notna(), None)
    others = {c for key, names in columns.items() if key != "ownership" for c in names}
    for name, role in paper_columns(c for c in used if c not in others).items():
        values[name] = [paper_cell(value, role) or None for value in values[name]]  # only what it says of papers

    checks = [_by_values(c, columns[c.key], used) for c in criteria()]

    @cache
    def summary(row: tuple[object, ...]) -> str | None:
        checked = [check(row) for check in checks]
        return criteria_summary(checked) if any(c.value is not None for c in checked) else None

    if not used:
        yield from [None] * len(findings)
        return
    for row in values.itertuples(index=False, name=None):
        yield summary(row)


def _by_values(
    criterion: Criterion, names: list[str], used: list[str]
) -> Callable[[tuple[object, ...]], CheckedCriterion]:
    """Check of a criterion by the values of the used columns, made once for equal values of its own."""
    check = lru_cache(10_000)(lambda *values: check_criterion(criterion, dict(zip(names, values, strict=True)), names))
    if not names:
        return lambda _row: check()
    its_own = itemgetter(*(used.index(name) for name in names))
    return (lambda row: check(*its_own(row))) if len(names) > 1 else (lambda row: check(its_own(row)))


def _followup_texts(screening: Screening) -> pd.DataFrame:
    """Follow-up columns as text; values of date columns stay as they are."""
    followup = screening.followup.reindex(screening.findings.index)
    texts = {
        FOLLOWUP + str(c): [
            None if pd.isna(v) else str(v) if c in schema.FOLLOWUP_DATES else followup_text(str(c), str(v))
            for v in followup[c]
        ]
        for c in dict.fromkeys([*schema.FOLLOWUP, *followup.columns])
    }
    return pd.DataFrame(texts, index=screening.findings.index, dtype=object)


def function_name(key: str) -> str:
    """
    Name of a forest function, with a star where one secondary source alone supports its code.

    Examples
    --------
    >>> function_name("HP"), function_name("TB")
    ('Hutan Produksi Tetap (HP)', 'Taman Buru (TB) *')
    """
    return function_label(key) + (" *" if forest_functions()[key].confidence == "C" else "")


def most_serious_first(findings: pd.DataFrame) -> pd.Index:
    """
    Ids in the order of a meeting: by regency, status, probability of forest, depth inside it.

    Equal rows stay in the user's order; those without a regency come last.
    """
    regency = schema.column_of(findings, "regency")
    depth_m = findings["boundary_m"].astype("float64")
    keys = pd.DataFrame(
        {
            "regency": regency.astype("str").str.casefold(),
            "status": pd.Categorical(findings["status"], schema.STATUSES, ordered=True),
            "p": -findings["p_forest"].astype("float64"),
            "depth": -depth_m.mask(depth_m.isna() & (findings["status"] == "inside"), np.inf),  # beyond the search
        },
        index=findings.index,
    )
    return keys.sort_values(["regency", "status", "p", "depth"], kind="stable", na_position="last").index


_MOST_EXACT: Final = 10**15
"""Whole numbers from here on have more digits than Excel keeps."""
_ALWAYS: Final = frozenset((
    "#position", "#lat", "#lon", "#issues", "functions", "decree", "edition", "scale", "tolerance_m",
))  # fmt: skip
_COMPUTED: Final[dict[str, Callable[[pd.DataFrame], bool]]] = {
    "#others": lambda findings: _has_values(findings, "routes"),
    "#criteria": lambda findings: any(True for text in _criteria_lines(findings) if text is not None),
}
"""Columns computed from others, and whether those have data."""


def _first_columns(screening: Screening) -> list[ListColumn]:
    papers = states_papers(screening.findings)
    building = _has_values(screening.findings, "recorded_stage")
    return [
        ListColumn("#number", _("No."), 4.5, "ordinal", True),
        ListColumn("regency", _("Kabupaten/kota"), 13, "long", True),
        ListColumn("site_id", _("ID (klik: peta)"), 10, "id", True),
        ListColumn("name", _("Nama"), 18, "long", True),
        ListColumn("village", _("Desa/kelurahan"), 14, "long", True),
        ListColumn("district", _("Kecamatan"), 13, "long", True),
        ListColumn("status", _("Status"), 14, "status", True),
        ListColumn("action", _("Tindak lanjut"), 10.5, "long", True),
        *([ListColumn("#building", _("Bangunan menurut aplikasi"), 12, "long", True)] if building else []),
        ListColumn("reason", _("Alasan"), 36, "long", True),
        ListColumn("function", _("Fungsi"), 14, "long", True),
        *([ListColumn("#papers", _("Administrasi lahan (menurut daftar)"), 22, "long", True)] if papers else []),
        *followup_columns(screening),
        ListColumn("boundary_m", _("Jarak ke batas (m); + di dalam, − di luar"), 14, "signed_metres"),
        ListColumn("p_forest", _("Peluang di kawasan hutan"), 11, "probability"),
        ListColumn("forest_share", _("Bagian di kawasan hutan"), 11, "share"),
    ]


def followup_columns(screening: Screening) -> list[ListColumn]:
    """Columns to fill in: those of `schema.FOLLOWUP`, then the ones people added."""
    formats = {
        "followup": (11.5, "choice"),
        "person_in_charge": (13, "fill"),
        "due_date": (11, "date"),
        "letter_number": (12, "fill"),
        "note": (22, "fill"),
        "decision": (17, "choice"),
        "layer_here": (17, "choice"),
        "decision_reason": (24, "fill"),
        "decision_document": (20, "fill"),
        "decision_date": (11, "date"),
        "decided_by": (16, "fill"),
    }
    labels = followup_fields()
    printed = ("followup", "person_in_charge", "due_date", "letter_number", "note")
    columns = [ListColumn(FOLLOWUP + k, labels[k], *form, printed=k in printed) for k, form in formats.items()]
    added = [str(c) for c in screening.followup.columns if c not in schema.FOLLOWUP]
    return columns + [ListColumn(FOLLOWUP + c, c, 18, "fill") for c in added]


def _detail_columns() -> list[ListColumn]:
    return [
        ListColumn("computed_status", _("Status menurut hitungan"), 19, "long"),
        ListColumn("layer_decision_text", _("Keputusan bahwa layer tidak berlaku"), 44, "long"),
        ListColumn("recorded", _("Tercatat di aplikasi"), 11, "long"),
        ListColumn("recorded_id", _("ID di aplikasi"), 12, "long"),
        ListColumn("recorded_m", _("Jarak ke letak di aplikasi (m)"), 12, "metres"),
        ListColumn("recorded_stage", _("Tahap pembangunan"), 14, "long"),
        ListColumn("recorded_building", _("Status di aplikasi"), 16, "long"),
        ListColumn("recorded_percent", _("Kemajuan pembangunan (%)"), 12, "plain"),
        ListColumn("recorded_batch", _("Batch"), 8, "long"),
        ListColumn("recorded_kodim", _("Kodim"), 14, "long"),
        ListColumn("recorded_report", _("Laporan terakhir"), 12, "long"),
        ListColumn("recorded_land", _("Verifikasi lahan di aplikasi"), 16, "long"),
        ListColumn("functions", _("Semua fungsi"), 24, "long"),
        ListColumn("area_m2", _("Luas bidang (m²)"), 12, "square_metres"),
        ListColumn("forest_m2", _("Di kawasan hutan (m²)"), 12, "square_metres"),
        ListColumn("uncovered_m2", _("Tidak tercakup layer (m²)"), 12, "square_metres"),
        ListColumn("nominal_status", _("Sisi batas menurut peta saja (bukan status)"), 19, "long"),
        ListColumn("tolerance_m", _("Pita ketelitian (m)"), 10, "metres"),
        ListColumn("rim_m", _("Jarak ke tepi layer (m)"), 12, "metres"),
        ListColumn("decree", _("Nomor SK"), 26, "long"),
        ListColumn("edition", _("Edisi layer"), 14, "long"),
        ListColumn("scale", _("Skala 1:"), 10, "count"),
        ListColumn("route", _("Jalur"), 70, "long"),
        ListColumn("decider", _("Pejabat berwenang / dikerjakan oleh"), 40, "long"),
        ListColumn("citations", _("Dasar"), 70, "long"),
        ListColumn("route_confidence", _("Keyakinan jalur (A–U)"), 11),
        ListColumn("questions", _("Tanyakan dahulu"), 70, "long"),
        ListColumn("#others", _("Kemungkinan lain (perlu telaah)"), 70, "long"),
        ListColumn("#criteria", _("Kriteria lahan (bukan alasan menolak)"), 90, "long"),
        ListColumn("clear_m", _("Lahan bebas kawasan hutan terdekat (m)"), 16, "metres"),
        ListColumn("clear_bearing", _("Arah lahan bebas"), 12),
        ListColumn("clear_lat", _("Lintang lahan bebas (°)"), 12, "degrees"),
        ListColumn("clear_lon", _("Bujur lahan bebas (°)"), 12, "degrees"),
        ListColumn("#position", _("Koordinat"), 34),
        ListColumn("#lat", _("Lintang (°)"), 12, "degrees"),
        ListColumn("#lon", _("Bujur (°)"), 12, "degrees"),
        ListColumn("coordinates_as_given", _("Koordinat menurut daftar"), 24, "long"),
        ListColumn("source_crs", _("CRS daftar"), 12),
        ListColumn("accuracy_m", _("Ketelitian titik (m)"), 10, "metres"),
        ListColumn("declared_area_m2", _("Luas menurut daftar (m²)"), 12, "square_metres"),
        ListColumn("regency_code", _("Kode kabupaten"), 10),
        ListColumn("#issues", _("Masalah data"), 40, "long"),
        ListColumn("source", _("Berkas asal"), 24, "long"),
        ListColumn("source_row", _("Baris"), 8, "ordinal"),
    ]


def _has_values(findings: pd.DataFrame, column: str) -> bool:
    return column in findings and bool(findings[column].notna().any())


def _exact(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values with whole numbers as text if one of them has more digits than a spreadsheet keeps."""
    if values.dtype != object and not pd.api.types.is_integer_dtype(values.dtype):
        return values
    long = [_is_whole(v) and abs(int(v)) >= _MOST_EXACT for v in values]
    if not any(long):
        return values
    return pd.Series([str(int(v)) if _is_whole(v) else v for v in values], values.index, dtype=object)


def _shown(values: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    """
    Values of a column of the user as a sheet holds them, and the form of the column.

    Days, times of day and both are text in our tables; where a whole column holds them as Excel's cells are read, they
    become cells of that kind again.
    """
    types, values = pd.api.types, _exact(values)
    if types.is_bool_dtype(values.dtype):
        return values, "truth"
    if types.is_numeric_dtype(values.dtype):
        return values, "plain"
    if types.is_datetime64_dtype(values.dtype):
        return values, "time"
    found = values.dropna().unique()
    for form, pattern in _MOMENTS.items():
        if len(found) and all(isinstance(v, str) and pattern.fullmatch(v) for v in found):
            moments = pd.to_datetime(values, format="ISO8601" if form != "clock" else "%H:%M:%S", errors="coerce")
            if moments[values.notna()].isna().any():
                break  # 2026-02-30
            if form == "clock":
                return (moments - moments.dt.normalize()).dt.total_seconds() / 86_400, "clock"
            return (values, "day") if form == "day" else (moments, "time")
    return values, "long"


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _user_column(findings: GeoDataFrame, name: str) -> ListColumn:
    """Column of the user under the user's heading, about as wide as its texts."""
    values, form = _shown(findings[name])
    longest = values.dropna().astype("str").str.len().quantile(0.9) if len(values.dropna()) else 0
    given = re.fullmatch(r"(.+)_as_given(_\d+)?", name)
    label = _("{column} (dari daftar)").format(column=given[1]) if given else name
    return ListColumn(f"user:{name}", label, float(np.clip(max(longest, len(label) * 0.7) + 2, 9, 40)), form)


def _issue_texts(screening: Screening) -> pd.Series:
    """Messages on each site in one text; missing where there are none."""
    issues = screening.issues
    about = issues[issues["site_id"].notna() & (issues["severity"] != "info")]
    texts = about.groupby("site_id", sort=False)["message"].agg(lambda m: " ".join(dict.fromkeys(m)))
    return texts.reindex(screening.findings.index).astype("str")
