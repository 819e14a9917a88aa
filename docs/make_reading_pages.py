"""
Write the reference of the public names, and the pages on how lists are read from the package's own tables.

`make_pages.py` runs it. The package itself parses the example coordinates when the pages are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import gerai_geo
from gerai_geo.intake.coordinates.parse import parse_text
from gerai_geo.intake.coordinates.results import Position
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.route_file import read_rules

GROUPS = {
    "Membaca · Read": ["read_sites", "read_forest", "read_extra", "read_boundaries", "read_targets", "fetch",
                       "sample_paths"],
    "Menapis · Screen": ["screen", "check_point", "screen_file", "screen_editions", "add_editions", "edition_table"],
    "Jalur dan tanah · Routes and ground": ["explain", "find_routes", "check_criteria", "add_evidence", "Raster",
                                            "find_clear_ground", "Avoid"],
    "Peta, daftar, berkas · Maps, lists, dossiers": ["map_regency", "write_maps", "write_list", "write_dossiers",
                                                     "dossier_pdf", "write_progress"],
    "Bulan ke bulan · From month to month": ["read_followup", "carry_followup", "compare", "reconcile",
                                               "add_targets", "add_villages"],
    "Catatan · Records": ["Forest", "ExtraLayer", "Screening", "write_screening", "read_screening", "verify"],
}  # fmt: skip
RETURNED = [
    "review.compare.Comparison",
    "review.reconcile.Reconciliation",
    "review.followup_result.Followup",
    "workflow.verify.report.Verification",
]
"""Classes that public functions return without being public names themselves."""

REFERENCE_HEAD = """# Python

*Generated from the public names of `gerai_geo` by `docs/make_reading_pages.py`; the site fills in their docstrings.*

`import gerai_geo as gg`, then `gg.read_sites(..)` and so on. Tables are pandas and geopandas tables, their columns are
in [tables.md](tables.md), words and units in [conventions.md](conventions.md). Errors are `InputError`, `SchemaError`
and `OutputError` of `gerai_geo.errors`; their messages say where, what, and how to fix it. `gg.__version__` is the
version. Texts are Indonesian unless you pass `lang="en"`; without `lang`, a function uses the language in force.
"""

EXAMPLES = [
    "-2.530000, 112.950000", "-2,53; 112,95", "2° 31' 48\" LS, 112° 57' 00\" BT", "2°31,8' LS 112°57,0' BT",
    "S 2 31 48 E 112 57 0", "112.95 BT 2.53 LS", "2.31.48 LS 112.57.00 BT", "49S 716875 9720210",
    "https://maps.google.com/?q=-2.53,112.95", "POINT (112.95 -2.53)", "12,5 7,5", "lihat peta",
]  # fmt: skip

WORDS = {
    "id": {
        "title": "Bagaimana daftar dibaca",
        "made": "Dibuat dari `columns.toml` dan `forest_columns.toml` oleh `docs/make_reading_pages.py`.",
        "other": "[English](en/reading.md)",
        "rules": """\
- **Satu baris masuk, satu temuan keluar.** Baris yang tidak dapat dipakai tetap ada, dengan sebab dan usulnya.
- **Tidak ada yang ditebak diam-diam.** Kolom yang dipakai disebut; tulisan yang dapat berarti dua tempat ditolak
  beserta kedua bacaannya; tulisan yang sebagian tidak dimengerti ditolak seluruhnya.
- **Judul kolom** dicari di 60 baris pertama, boleh bertingkat sampai tiga baris dan bersel gabung. Dibandingkan
  tanpa huruf besar, aksen, tanda baca, dan satuan. Yang lain disebut dengan `--columns nama=Judul Anda`.
- **Baris judul, jumlah, nomor kolom, dan catatan kaki** dilewati dan disebut.
- **Koordinat di luar Indonesia** tidak dinilai; bila tertukar atau tanpa tanda minus, usulnya disebut, tidak
  dipakai sendiri.
- **Kode dan ID adalah teks.** `1003.0` dari lembar kerja sama dengan `1003`.
- **Fungsi kawasan** dicari tepat menurut kodenya; kode lain menjadi `UNKNOWN`, dan titik di atasnya belum dapat
  dinilai.""",
        "more": "Lebih dari 300 tulisan, aplikasi, dan berkas beserta hasil bacanya: "
        "[Tulisan, aplikasi, dan berkas yang dicoba](notasi.md).",
        "coordinates": "## Tulisan koordinat", "text": "tulisan", "read": "dibaca sebagai",
        "refused": "ditolak", "ambiguous": "ditolak: dapat berarti dua tempat",
        "columns": "## Judul kolom yang dikenal", "forest": "## Kolom layer kawasan hutan yang dikenal",
        "means": "arti", "names": "judul",
        "routes": "## Kolom yang menentukan jalur",
        "routes_rule": "Dari `routes.toml`. Isi yang tidak ada di sini berarti tidak diketahui dan ditanyakan; tidak "
        "ada yang ditebak. Waktu boleh berupa tanggal, bulan, tahun, `2015-2018`, `sejak 2015`, atau `sebelum 2015`; "
        "semua kolom ikut dihitung, dan yang bertentangan dilaporkan.",
        "words": "isi yang dikenal", "begun": "sejak kapan bangunannya dimulai",
        "since": "sejak kapan tanahnya dikuasai", "building": "bangunannya baru atau sudah ada",
        "acquirer": "siapa yang mengadakan tanahnya", "psn": "termasuk proyek strategis nasional",
        "finished": "kapan bangunannya selesai (untuk memeriksa tanggal lain)", "time": "waktu",
    },
    "en": {
        "title": "How lists are read",
        "made": "Generated from `columns.toml` and `forest_columns.toml` by `docs/make_reading_pages.py`.",
        "other": "[Indonesia](../pembacaan.md)",
        "rules": """\
- **One row in, one finding out.** A row that can't be used stays, with the reason and a suggested correction.
- **Nothing is guessed silently.** The columns used are reported; a text that could mean two places is rejected with
  both positions; a text with any part that can't be parsed is rejected whole.
- **Headings** are looked for in the first 60 rows, up to three rows deep, with merged cells. They are compared without
  case, accents, punctuation and units. Map others with `--columns name=Your heading`.
- **Titles, totals, rows of column numbers and footnotes** are skipped and reported.
- **Coordinates outside Indonesia** are not assessed; if they are swapped or lack a minus sign, the correction is
  suggested, never applied.
- **Codes and ids are text.** `1003.0` from a spreadsheet is `1003`.
- **Forest functions** are looked up by their exact code; any other is `UNKNOWN`, and a site on it is not assessed.""",
        "more": "More than 300 notations, apps and files with what is read from each: "
        "[Notations, apps and files tried](notations.md).",
        "coordinates": "## Coordinate notations", "text": "text", "read": "parsed as",
        "refused": "rejected", "ambiguous": "rejected: could mean two places",
        "columns": "## Recognised headings", "forest": "## Recognised columns of forest layers",
        "means": "meaning", "names": "headings",
        "routes": "## Columns that decide on the route",
        "routes_rule": "From `routes.toml`. What is not listed here is unknown and asked for; nothing is guessed. "
        "A time may be a date, a month, a year, `2015-2018`, `sejak 2015` or `sebelum 2015` (since, before); all "
        "columns count, and contradictions are reported.",
        "words": "recognised values", "begun": "when the building was begun",
        "since": "since when the land has been possessed", "building": "whether the building is new or stands already",
        "acquirer": "who acquires the land", "psn": "whether it is a national strategic project",
        "finished": "when the building was finished (to check other dates)", "time": "a time",
    },
}  # fmt: skip


def reference_page() -> str:
    """Text of `reference.md`: one mkdocstrings directive per public name."""
    parts = [REFERENCE_HEAD]
    for group, names in GROUPS.items():
        parts.append(f"## {group}\n")
        parts += [_directive(f"{gerai_geo._HOMES[name]}.{name}", f"gg.{name}") for name in names]
    parts.append("## Yang diberikan fungsi · What functions give\n")
    parts += [_directive(f"gerai_geo.{path}", path.rpartition(".")[2]) for path in RETURNED]
    return "\n".join(parts)


def _directive(path: str, heading: str) -> str:
    return f'::: {path}\n    options:\n      heading: "{heading}"\n      toc_label: "{heading}"\n'


def reading_page(lang: str) -> str:
    """Text of `pembacaan.md` (``id``) or `en/reading.md` (``en``)."""
    words = WORDS[lang]
    parts = [f"# {words['title']}\n", f"*{words['made']}*\n", f"{words['other']}\n", words["rules"] + "\n"]
    parts += [words["coordinates"] + "\n", f"| {words['text']} | {words['read']} |", "|---|---|"]
    parts += [f"| `{text}` | {_parsed(text, words)} |" for text in EXAMPLES]
    parts += [f"\n{words['more']}"]
    for part, table in (("columns", "columns"), ("forest", "forest_columns")):
        known = read_toml(f"{table}.toml")
        parts += [f"\n{words[part]}\n", f"| {words['means']} | {words['names']} |", "|---|---|"]
        for role, about in known.items():
            names = ", ".join(f"`{column['name']}`" for column in about["columns"])
            parts.append(f"| `{role}` | {names} |")
    return "\n".join([*parts, *_route_columns(words)]) + "\n"


def _route_columns(words: dict[str, str]) -> list[str]:
    """Section on the columns that conditions of routes read, with the words they know."""
    rules = read_rules()
    parts = [f"\n{words['routes']}\n", words["routes_rule"], ""]
    parts += [f"| {words['means']} | {words['names']} | {words['words']} |", "|---|---|---|"]
    for condition, known in rules.words.items():
        values = "; ".join(f"{key}: {_names(known[key])}" for key in known if key != "columns")
        parts.append(f"| {words[condition]} | {_names(known['columns'])} | {values} |")
    return parts + [f"| {words[k]} | {_names(columns)} | {words['time']} |" for k, columns in rules.dates.items()]


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _parsed(text: str, words: dict[str, str]) -> str:
    result = parse_text(text)
    if isinstance(result, Position):
        return f"{result.lat:.6f}, {result.lon:.6f}"
    return words["ambiguous"] if result.code == "ambiguous" else words["refused"]


PAGES: dict[str, Callable[[], str]] = {
    "reference.md": reference_page,
    "pembacaan.md": partial(reading_page, "id"),
    "en/reading.md": partial(reading_page, "en"),
}
