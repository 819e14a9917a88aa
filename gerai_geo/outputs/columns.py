"""What the columns of a list are called, hold and look like; no file format here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo._storage import positions
from gerai_geo.language import action_label, coordinates, function_label, reason_sentences, status_label, translator
from gerai_geo.outputs.names import site_link
from gerai_geo.record import Screening
from gerai_geo.reference import forest_functions


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
        ``square_metres``, ``share``, ``probability``, ``degrees``, ``id`` (with a link), ``empty`` (to fill in),
        ``plain`` (number as it is), ``truth`` or ``time``.
    printed
        Whether it belongs to the part that fits on paper.
    """

    key: str
    label: str
    width: float
    form: str = "text"
    printed: bool = False


def list_columns(screening: Screening, lang: str = "id") -> list[ListColumn]:
    """
    Columns of a list: first what fits on paper, then the details, then the user's own.

    Details that no row has are left out; what was compared and found is always there.
    """
    findings = screening.findings
    columns = [c for c in _first_columns(lang) if c.key != "forest_share" or _has_values(findings, c.key)]
    columns += [c for c in _detail_columns(lang) if c.key in _MADE or _has_values(findings, c.key)]
    return columns + [_user_column(findings, c) for c in user_columns(findings)]


def user_columns(findings: GeoDataFrame) -> list[str]:
    """Name the columns that are in no contract: the user's further ones, in the user's order."""
    taken = {findings.index.name, findings.geometry.name, *schema.SITES, *schema.FINDINGS}
    return [str(c) for c in findings.columns if c not in taken]


def list_table(screening: Screening, lang: str = "id", *, maps: str | None = "maps") -> pd.DataFrame:
    """
    Put words for codes, and add position, link and data problems as columns.

    Parameters
    ----------
    screening
        The record.
    lang
        ``id`` or ``en``.
    maps
        Folder of the maps, as seen from the list; None for no links.

    Returns
    -------
    table
        The findings' index and order; columns named by the keys of `list_columns`.
    """
    findings = screening.findings
    table = pd.DataFrame(findings.drop(columns=findings.geometry.name))
    table = table.rename(columns={c: _own(c) for c in user_columns(findings)})
    table["#number"] = np.arange(1, len(table) + 1)
    table["status"] = findings["status"].map({s: status_label(s, lang) for s in schema.STATUSES})
    if lang != screening.manifest.get("lang", "id") and findings["reason_code"].notna().all():
        table["reason"] = reason_sentences(findings, lang)
    table["nominal_status"] = findings["nominal_status"].map(
        {s: status_label(s, lang) for s in schema.NOMINAL_STATUSES}
    )
    table["action"] = findings["action"].map({a: action_label(a, lang) for a in schema.ACTIONS})
    table["function"] = findings["function"].map({f: function_name(f, lang) for f in schema.FUNCTIONS})
    place = positions(findings)
    table["#lon"], table["#lat"] = place["lon"], place["lat"]
    table["#position"] = [
        None if pd.isna(lon) else coordinates(lon, lat, lang)
        for lon, lat in zip(place["lon"], place["lat"], strict=True)
    ]
    table["#issues"] = _issue_texts(screening)
    if maps is not None:
        links = [site_link(r, str(i), lang) for r, i in zip(findings["regency"], findings.index, strict=True)]
        table["#link"] = [maps + link.removeprefix("maps") for link in links]
    return table


def function_name(key: str, lang: str = "id") -> str:
    """
    Name of a forest function; a star where its code rests on one secondary source only.

    Examples
    --------
    >>> function_name("HP"), function_name("TB")
    ('Hutan Produksi Tetap (HP)', 'Taman Buru (TB) *')
    """
    return function_label(key, lang) + (" *" if forest_functions()[key].confidence == "C" else "")


def most_serious_first(findings: pd.DataFrame) -> pd.Index:
    """
    Ids in the order a meeting goes through them: by status, then the more probable, then the deeper inside.

    Rows that are alike stay in the user's order.
    """
    keys = pd.DataFrame(
        {
            "status": pd.Categorical(findings["status"], schema.STATUSES, ordered=True),
            "p": -findings["p_forest"].astype("float64"),
            "depth": -findings["boundary_m"].astype("float64"),
        },
        index=findings.index,
    )
    return keys.sort_values(["status", "p", "depth"], kind="stable", na_position="last").index


_MADE = frozenset({"#position", "#lat", "#lon", "#issues", "functions", "decree", "edition", "scale", "tolerance_m"})


def _first_columns(lang: str) -> list[ListColumn]:
    _ = translator(lang)
    return [
        ListColumn("#number", _("No."), 5, "ordinal", True),
        ListColumn("site_id", _("ID (klik: peta)"), 11, "id", True),
        ListColumn("name", _("Nama"), 20, "long", True),
        ListColumn("village", _("Desa/kelurahan"), 15, "long", True),
        ListColumn("district", _("Kecamatan"), 14, "long", True),
        ListColumn("regency", _("Kabupaten/kota"), 14, "long", True),
        ListColumn("status", _("Status"), 15, "status", True),
        ListColumn("action", _("Tindak lanjut"), 11, "long", True),
        ListColumn("reason", _("Alasan"), 44, "long", True),
        ListColumn("function", _("Fungsi"), 16, "long", True),
        ListColumn("#note", _("Keputusan dan catatan rapat"), 26, "empty", True),
        ListColumn("boundary_m", _("Jarak ke batas (m); + di dalam, − di luar"), 14, "signed_metres"),
        ListColumn("p_forest", _("Peluang di kawasan hutan"), 11, "probability"),
        ListColumn("forest_share", _("Bagian di kawasan hutan"), 11, "share"),
    ]


def _detail_columns(lang: str) -> list[ListColumn]:
    _ = translator(lang)
    return [
        ListColumn("functions", _("Semua fungsi"), 24, "long"),
        ListColumn("area_m2", _("Luas bidang (m²)"), 12, "square_metres"),
        ListColumn("forest_m2", _("Di kawasan hutan (m²)"), 12, "square_metres"),
        ListColumn("uncovered_m2", _("Tidak tercakup layer (m²)"), 12, "square_metres"),
        ListColumn("nominal_status", _("Status tanpa toleransi"), 19, "long"),
        ListColumn("tolerance_m", _("Toleransi (m)"), 10, "metres"),
        ListColumn("rim_m", _("Jarak ke tepi layer (m)"), 12, "metres"),
        ListColumn("decree", _("Nomor SK"), 26, "long"),
        ListColumn("edition", _("Edisi layer"), 14, "long"),
        ListColumn("scale", _("Skala 1:"), 10, "count"),
        ListColumn("route", _("Jalur"), 28, "long"),
        ListColumn("decider", _("Pemutus"), 20, "long"),
        ListColumn("citations", _("Dasar"), 34, "long"),
        ListColumn("route_confidence", _("Keyakinan jalur (A–U)"), 11),
        ListColumn("clear_m", _("Tanah bebas terdekat (m)"), 11, "metres"),
        ListColumn("clear_bearing", _("Arah tanah bebas"), 12),
        ListColumn("clear_lat", _("Lintang tanah bebas (°)"), 12, "degrees"),
        ListColumn("clear_lon", _("Bujur tanah bebas (°)"), 12, "degrees"),
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


def _own(name: str) -> str:
    """Key of a user's column, which none of ours can be."""
    return f"user:{name}"


def _user_column(findings: GeoDataFrame, name: str) -> ListColumn:
    """Describe a column of the user, under the user's heading; as wide as its texts up to a limit."""
    types, values = pd.api.types, findings[name]
    if types.is_bool_dtype(values.dtype):
        form = "truth"
    elif types.is_numeric_dtype(values.dtype):
        form = "plain"
    else:
        form = "time" if types.is_datetime64_dtype(values.dtype) else "long"
    longest = values.dropna().astype("str").str.len().quantile(0.9) if len(values.dropna()) else 0
    return ListColumn(_own(name), name, float(np.clip(max(longest, len(name) * 0.7) + 2, 9, 40)), form)


def _issue_texts(screening: Screening) -> pd.Series:
    """Messages on each site, one text; missing where there are none."""
    issues = screening.issues
    about = issues[issues["site_id"].notna() & (issues["severity"] != "info")]
    texts = about.groupby("site_id", sort=False)["message"].agg(lambda m: " ".join(dict.fromkeys(m)))
    return texts.reindex(screening.findings.index).astype("str")
