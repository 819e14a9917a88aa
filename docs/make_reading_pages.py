"""
Write the page on Python from the public names, and the pages on how lists are read from the tables they are read by.

Run by `make_pages.py`. The examples of coordinates are read by the package itself when the pages are made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import gerai_geo
from gerai_geo.intake.coordinates import parse as coordinates
from gerai_geo.intake.coordinates import results as answers
from gerai_geo.reference.data_files import read_toml

GROUPS = {
    "Membaca · Read": ["read_sites", "read_forest", "read_extra", "read_boundaries", "fetch", "sample_paths"],
    "Menapis · Screen": ["screen", "screen_file", "screen_editions", "add_editions", "edition_table"],
    "Jalur dan tanah · Routes and ground": ["explain", "find_routes", "check_criteria", "add_evidence", "Raster",
                                            "find_clear_ground", "Avoid"],
    "Peta, daftar, berkas · Maps, lists, dossiers": ["map_regency", "write_maps", "write_list", "write_dossiers",
                                                     "dossier_pdf"],
    "Bulan ke bulan · From month to month": ["read_followup", "carry_followup", "compare", "reconcile"],
    "Catatan · Records": ["Forest", "ExtraLayer", "Screening", "write_screening", "read_screening"],
}  # fmt: skip
GIVEN = ["review.compare.Comparison", "review.reconcile.Reconciliation", "review.followup_result.Followup"]
"""What functions give without being a public name themselves."""

REFERENCE_HEAD = """# Python

*Made from the public names of `gerai_geo` by `docs/make_reading_pages.py`; the site fills in their docstrings.*

`import gerai_geo as gg`, then `gg.read_sites(..)` and so on. Tables are pandas and geopandas tables, their columns are
in [tables.md](tables.md), words and units in [conventions.md](conventions.md). Errors are `InputError`, `SchemaError`
and `OutputError` of `gerai_geo.errors`: where, what, and how to mend it. `gg.__version__` is the version. Texts are
Indonesian unless `lang="en"` says otherwise.
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
        "coordinates": "## Tulisan koordinat", "text": "tulisan", "read": "dibaca sebagai",
        "refused": "ditolak", "ambiguous": "ditolak: dapat berarti dua tempat",
        "columns": "## Judul kolom yang dikenal", "forest": "## Kolom layer kawasan hutan yang dikenal",
        "means": "arti", "names": "judul",
    },
    "en": {
        "title": "How lists are read",
        "made": "Made from `columns.toml` and `forest_columns.toml` by `docs/make_reading_pages.py`.",
        "other": "[Indonesia](../pembacaan.md)",
        "rules": """\
- **One row in, one finding out.** A row that can't be used stays, with the reason and a proposal.
- **Nothing is guessed silently.** The columns used are told; a text that may mean two places is refused with both
  readings; a text of which any part isn't understood is refused whole.
- **Headings** are looked for in the first 60 rows, up to three rows deep, with merged cells. They are compared
  without case, accents, punctuation and units. Name others with `--columns name=Your heading`.
- **Titles, totals, rows of column numbers and footnotes** are skipped and told.
- **Coordinates outside Indonesia** are not assessed; where they are swapped or lack a minus, that is proposed,
  never applied.
- **Codes and ids are text.** `1003.0` from a spreadsheet is `1003`.
- **Forest functions** are looked up by their exact code; any other is `UNKNOWN`, and a site on it is not assessed.""",
        "coordinates": "## Notations of coordinates", "text": "text", "read": "read as",
        "refused": "refused", "ambiguous": "refused: may mean two places",
        "columns": "## Headings that are known", "forest": "## Columns of forest layers that are known",
        "means": "meaning", "names": "headings",
    },
}  # fmt: skip


def reference_page() -> str:
    """Text of `reference.md`: a directive for mkdocstrings a public name."""
    parts = [REFERENCE_HEAD]
    for group, names in GROUPS.items():
        parts.append(f"## {group}\n")
        parts += [_directive(f"{gerai_geo._HOMES[name]}.{name}", f"gg.{name}") for name in names]
    parts.append("## Yang diberikan fungsi · What functions give\n")
    parts += [_directive(f"gerai_geo.{path}", path.rpartition(".")[2]) for path in GIVEN]
    return "\n".join(parts)


def _directive(path: str, heading: str) -> str:
    return f'::: {path}\n    options:\n      heading: "{heading}"\n      toc_label: "{heading}"\n'


def reading_page(lang: str) -> str:
    """Text of `pembacaan.md` (``id``) or `en/reading.md` (``en``)."""
    words = WORDS[lang]
    parts = [f"# {words['title']}\n", f"*{words['made']}*\n", f"{words['other']}\n", words["rules"] + "\n"]
    parts += [words["coordinates"] + "\n", f"| {words['text']} | {words['read']} |", "|---|---|"]
    parts += [f"| `{text}` | {_reading(text, words)} |" for text in EXAMPLES]
    for part, table in (("columns", "columns"), ("forest", "forest_columns")):
        known = read_toml(f"{table}.toml")
        parts += [f"\n{words[part]}\n", f"| {words['means']} | {words['names']} |", "|---|---|"]
        for role, about in known.items():
            names = ", ".join(f"`{column['name']}`" for column in about["columns"])
            parts.append(f"| `{role}` | {names} |")
    return "\n".join(parts) + "\n"


def _reading(text: str, words: dict[str, str]) -> str:
    answer = coordinates.parse_text(text)
    if isinstance(answer, answers.Position):
        return f"{answer.lat:.6f}, {answer.lon:.6f}"
    return words["ambiguous"] if answer.code == "ambiguous" else words["refused"]


PAGES: dict[str, Callable[[], str]] = {
    "reference.md": reference_page,
    "pembacaan.md": partial(reading_page, "id"),
    "en/reading.md": partial(reading_page, "en"),
}
