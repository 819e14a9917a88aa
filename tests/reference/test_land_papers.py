"""Land papers: what cells and columns say. Expected answers are read by hand; the levels follow DOMAIN 3.2."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import pandas as pd
import pytest

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.reference.land_papers.cells import cell_kinds
from gerai_geo.reference.land_papers.judgement import judge_land_papers, land_paper_counts, paper_columns
from gerai_geo.reference.land_papers.vocabulary import heading_role, kinds

# What each cell says, by hand: the worst first. U unsettled, C to confirm, S settled, N not stated.
CELLS = {
    # title and assets that the criterion names
    "Sertipikat": "S", "SERTIFIKAT": "S", "sertfikat": "S", "Sertifikat Hak Milik": "S", "SHM": "S", "HGB": "S",
    "SHM No. 123 a.n. Budi Santoso": "S", "Sertipikat Hak Pakai Pemkab No 12 tahun 2019": "S", "HPL": "S",
    "Barang Milik Desa (BMDes)": "S", "Barang Milik Daerah (BMD)": "S", "BMN": "S", "Tanah kas desa": "S",
    "Milik Sendiri": "S", "Hibah": "S", "Hibah dari Bapak Samsul": "S", "Pinjam pakai": "S", "pinjam-pakai": "S",
    "Barang Milik KUD": "S", "Freehold, no dispute": "S", "SHM, tidak diagunkan, tidak sengketa": "S",
    "Sertipikat a.n. Pemda Seruyan": "S", "Milik Pemda Kab. Seruyan": "S", "setifikat": "S", "fotokopi SHM": "S",
    "Aset Pemerintah Desa": "S", "village-owned": "S", "SHM, tidak sedang dijaminkan di bank BRI": "S",
    "BA serah terima hibah": "S", "SHM bebas sengketa": "S", "tidak bermasalah, SHM": "S", "TKD": "S",
    "sertipikat ada": "S", "Land certificate": "S", "village asset": "S",
    # papers that are no title
    "SKT": "C", "SPPT": "C", "Segel": "C", "SKT/SPPT": "C", "Tanah adat": "C", "Sewa": "C", "AJB": "C", "lease": "C",
    "Lengkap": "C", "clean and clear": "C", "123/SKT/2019": "C", "Milik warga": "C", "wakaf": "C", "HGU": "C",
    "Surat Keterangan Tanah (SKT) Nomor 590/123/DS/2020 tanggal 12 Januari 2020": "C", "Letter C": "C", "SKTA": "C",
    "tanah negara": "C", "HGU PT ABC": "C", "Milik Bapak Ahmad": "C", "SHM milik warga": "C", "X": "C",
    "lorem ipsum": "C", "1200": "C", "sengketa sudah selesai": "C", "SHM tidak ada sengketa": "C", "SHM lorem": "C", "bukan aset desa": "C",
    # the worst words
    "Sengketa": "U", "SENGKETA": "U", "sengekta": "U", "masih sengketa": "U", "disputed": "U", "SKT, sengketa": "U",
    "SHM - sengketa": "U", "sengketa belum selesai": "U", "dalam sengketa dengan PT ABC": "U", "digugat": "U",
    "tumpang tindih dengan HGU": "U", "tidak bebas sengketa": "U", "bermasalah": "U", "klaim warga": "U",
    "Belum ada": "U", "BELUM ADA": "U", "belumada": "U", "tdk ada": "U", "blm ada": "U", "Tidak Ada": "U", "nihil": "U",
    "belum bersertipikat": "U", "belum bersertifikat": "U", "sertipikat belum ada": "U", "blum ada sertipikat": "U",
    "SKT, belum bersertipikat": "U", "Sertipikat (belum ada)": "U", "surat tidak ada": "U", "not yet certified": "U",
    "no certificate": "U", "none": "U", "tanpa surat": "U", "belum lengkap": "U", "belum ada SKT": "U",
    "SHM a.n. Budi masih diagunkan di Bank BRI": "U", "dijaminkan": "U", "pledged": "U", "gadai": "U",
    "jaminan bank": "U", "mortgaged": "U", "Belum jelas": "U", "tidak jelas": "U", "unclear": "U",
    "proses sertipikat": "U", "hibah belum selesai": "U", "akan dihibahkan": "U", "rencana hibah": "U",
    "sertipikat hilang": "U", "hibah lisan": "U", "pemilik menolak": "U",
    "SHM belum balik nama": "U", "HGB habis masa berlaku": "U", "sertifikat di bank": "U", "Sertifikat digadai": "U",
    "kurang lengkap": "U", "ada, tapi hilang": "U", "diklaim masyarakat adat": "U", "Tidak clean and clear": "U",
    "belum sertipikat, masih SKT": "U", "customary land, no certificate": "U", "Certificate not yet issued": "U",
    "land is in dispute": "U", "belom ada": "U", "ga ada": "U", "hibah, belum balik nama": "U", "tidak jadi hibah": "U",
    "SHM; bebas dari sengketa, sita, dan agunan": "U",  # "bebas" reaches to the comma only: rather once too often
    "Tidak Ada Lahan": "U", "tidak ada sertipikat maupun SKT": "U", "ada sengketa": "U", "no papers": "U",
    # nothing of the papers
    "": "N", "-": "N", "–": "N", "?": "N", "n/a": "N", "tidak diketahui": "N", "tidak ada sengketa": "N",
    "bebas sengketa": "N", "TIDAK SENGKETA": "N", "bukan tanah sengketa": "N", "sengketa (tidak ada)": "N",
    "tidak ada sengketa dan jaminan": "N", "no dispute": "N", "undisputed": "N", "tidak pernah bersengketa": "N",
    "tidak sedang dalam sengketa": "N", "bebas dari sengketa maupun agunan": "N", "tidak diagunkan": "N",
    "bukan kawasan hutan": "N", "Tanah": "N", "Tanah dan Bangunan": "N", "tdk ada sengketa/klaim": "N", "tidak sedang dijaminkan di bank": "N", "APL": "N",
    "Tidak Sengketa dan Tidak Diagunkan": "N", "not stated": "N", "Terverifikasi": "N", "bkn tanah sengketa": "N",
}  # fmt: skip
STATUS = {"U": "unsettled", "C": "to_confirm", "S": "settled", "N": "not_stated"}


@pytest.mark.parametrize(("cell", "answer"), CELLS.items())
def test_a_cell_alone(cell: str, answer: str) -> None:
    assert judge_land_papers({"Status Lahan": cell}, paper_columns(["Status Lahan"])).status == STATUS[answer]
    upper = cell.upper()
    assert judge_land_papers({"Status Lahan": upper}, paper_columns(["Status Lahan"])).status == STATUS[answer]


@pytest.mark.parametrize(
    ("heading", "cell", "answer"),
    [
        ("Sengketa?", "Ada", "U"), ("Sengketa?", "Ya", "U"), ("Sengketa?", "tidak", "N"), ("Sengketa?", "Tidak ada", "N"),
        ("Sengketa?", "-", "N"), ("Sengketa?", True, "U"), ("Sengketa?", False, "N"), ("Sengketa?", 1, "U"),
        ("Sengketa?", 0.0, "N"), ("Bebas sengketa?", "ya", "N"), ("Bebas sengketa?", "tidak", "U"),
        ("Tidak sengketa", "ya", "N"), ("Diagunkan", "ya", "U"), ("Diagunkan", "tidak", "N"), ("Agunan", "ada", "U"),
        ("Surat", "ada", "C"), ("Surat", "tidak", "U"), ("Surat Lahan", "Belum", "U"), ("Surat Lahan", "✓", "C"),
        ("Bersertipikat?", "ya", "S"), ("Bersertipikat?", "belum", "U"), ("Belum bersertipikat", "ya", "U"),
        ("Belum bersertipikat", "tidak", "S"), ("SHM", "✓", "S"), ("SHM", "tidak", "U"), ("SKT", "ya", "C"),
        ("SKT", "tidak", "U"), ("Persetujuan pemilik", "belum", "U"), ("Persetujuan pemilik", "ya", "N"),
        ("Sengketa", "sudah selesai", "C"), ("Sengketa", "belum selesai", "U"), ("Sengketa", "bebas", "N"),
        ("Sengketa", "dengan warga", "C"),
        ("Sengketa", "ya, dengan PT ABC", "U"), ("Sertipikat", "Sudah ada", "S"), ("Sertipikat", "dalam proses", "U"),
        ("Sertipikat", "Tidak ada, masih SKT", "U"), ("Persetujuan pemilik", "tidak keberatan", "N"),
        ("Izin pemilik", "tidak diizinkan", "U"), ("Status Lahan", "Selesai", "N"),
        ("Hibah", "ya", "S"), ("Clean and clear", "tidak", "U"), ("Clean and clear", "ya", "C"), ("Certificate", "yes", "S"),
        ("Certificate", "no", "U"), ("Disputed", "no", "N"), ("Kepemilikan", "Desa", "S"), ("Kepemilikan", "Pribadi", "C"),
    ],
)  # fmt: skip
def test_a_bare_answer_is_read_under_its_heading(heading: str, cell: object, answer: str) -> None:
    assert judge_land_papers({heading: cell}, paper_columns([heading])).status == STATUS[answer]


def test_one_missing_paper_of_several_is_not_all_of_them() -> None:
    columns = paper_columns(["SHM", "SKT", "Hibah"])
    judge = lambda *cells: judge_land_papers(dict(zip(columns, cells, strict=True)), columns).status  # noqa: E731
    assert judge("ya", "tidak", "tidak") == "settled"
    assert judge("tidak", "ya", "tidak") == "to_confirm"
    assert judge("tidak", "tidak", "ya") == "unsettled"  # granted, but there is no paper
    assert judge("tidak", "tidak", "tidak") == "unsettled"


def test_of_any_two_words_the_worst_rules_in_any_order_and_any_columns() -> None:
    """Walk all pairs: an unsettled word is never hidden, a blank changes nothing, order and columns do not matter."""
    names = ("Aset", "Status Lahan")
    columns, swapped = paper_columns(names), paper_columns(reversed(names))
    for a, b in product(CELLS, repeat=2):
        apart = judge_land_papers(dict(zip(names, (a, b), strict=True)), columns)
        assert apart.status == judge_land_papers(dict(zip(names, (b, a), strict=True)), columns).status, (a, b)
        assert apart.status == judge_land_papers(dict(zip(names, (a, b), strict=True)), swapped).status, (a, b)
        together = judge_land_papers({"Aset": f"{a}; {b}"}, columns)
        answers = {CELLS[a], CELLS[b]}
        if "U" in answers:
            assert apart.status == together.status == "unsettled", (a, b)
        elif "N" in answers:
            assert apart.status == STATUS[CELLS[b] if CELLS[a] == "N" else CELLS[a]], (a, b)
        else:
            assert {apart.status, together.status} <= {"to_confirm", "settled"}, (a, b)
        if "N" in answers and "U" not in answers and CELLS[a] != CELLS[b]:
            assert apart.conflicts == (), (a, b)


def test_every_word_of_the_file_is_found_as_its_kind() -> None:
    """No word of one kind is swallowed by another; and the worst are never met, whatever stands beside them."""
    from gerai_geo.reference.land_papers import vocabulary

    words = {w: row["key"] for row in vocabulary._data()["kind"] for w in row["words"]}
    repeated = [w for row in vocabulary._data()["kind"] for w in row["words"]]
    assert len(repeated) == len(set(repeated))
    for word, key in words.items():
        assert key in cell_kinds(word, "Status Lahan"), word
    bad = [w for w, key in words.items() if kinds()[key].level == "unsettled"]
    good = [w for w, key in words.items() if kinds()[key].level == "counts"]
    columns = paper_columns(["Aset", "Surat Lahan"])
    for worst, best in product(bad, good):
        for pair in permutations((worst, best)):
            row = dict(zip(("Aset", "Surat Lahan"), pair, strict=True))
            assert judge_land_papers(row, columns).status == "unsettled", pair


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"Aset": "Milik Sendiri", "Surat Lahan": "Sengketa"}, {"Aset", "Surat Lahan"}),
        ({"Aset": "Belum jelas", "Surat Lahan": "Sertipikat"}, {"Aset", "Surat Lahan"}),
        ({"Sertipikat": "SHM", "Surat": "belum ada", "Aset": "Hibah"}, {"Sertipikat", "Surat"}),
        ({"Sengketa?": "tidak", "Status Lahan": "sengketa"}, {"Sengketa?", "Status Lahan"}),
        ({"Aset": "Barang Milik Desa (BMDes)", "Kepemilikan": "Pemda"}, {"Aset", "Kepemilikan"}),
        ({"Agunan": "tidak", "Surat": "SHM di bank"}, {"Agunan", "Surat"}),
        ({"Aset": "Hibah", "Surat Lahan": "Belum ada"}, set()),  # a grant whose paper is still to be made
        ({"Surat Lahan": "SHM", "Jenis Surat": "HGB"}, {"Surat Lahan", "Jenis Surat"}),
        ({"Surat Lahan": "Hak pakai", "Jenis Surat": "HGB"}, {"Surat Lahan", "Jenis Surat"}),
        ({"Surat Lahan": "Sertipikat", "Jenis Surat": "HGB"}, set()),
        ({"Aset": "BMD / BMDes"}, {"Aset"}),
        ({"Aset": "BMD atau BMDes"}, {"Aset"}),
        ({"Aset": "BMDes", "Surat Lahan": "SHM a.n. Budi"}, {"Aset", "Surat Lahan"}),
        ({"Aset": "BMDes", "Surat Lahan": "SHM atas nama Bapak Budi"}, {"Aset", "Surat Lahan"}),
        ({"Aset": "BMDes", "Surat Lahan": "SHM a.n. Pemerintah Desa Sukamaju"}, set()),
        ({"Aset": "BMDes", "Surat Lahan": "SHM a.n. Kepala Desa"}, set()),
        ({"Aset": "Hibah", "Surat Lahan": "SHM a.n. Budi"}, set()),
        ({"Aset": "BMD", "Surat Lahan": "SKT"}, set()),
        ({"Aset": "Hibah desa", "Kepemilikan": "Milik Sendiri"}, set()),
        ({"Aset": "SHM", "Surat Lahan": ""}, set()),
    ],
)
def test_contradictions_name_both_columns(row: dict[str, str], columns: set[str]) -> None:
    papers = judge_land_papers(row, paper_columns(row))
    assert {s.column for pair in papers.conflicts for s in pair} == columns
    assert papers.status != "settled" or not columns


@pytest.mark.parametrize(
    ("note", "status"),
    [
        ("lahan masih sengketa", "unsettled"), ("SHM diagunkan", "unsettled"), ("Belum ada listrik", "not_stated"),
        ("tidak ada sengketa", "not_stated"), ("masalah jalan rusak", "not_stated"), ("belum bersertipikat", "unsettled"),
        ("koordinat menyusul", "not_stated"), ("milik desa", "not_stated"), ("pemilik menolak", "unsettled"),
    ],
)  # fmt: skip
def test_remarks_can_only_make_it_worse(note: str, status: str) -> None:
    assert judge_land_papers({"Keterangan": note}, paper_columns(["Keterangan"])).status == status


@pytest.mark.parametrize(
    "note",
    [
        "pemilik belum setuju", "pemilik lahan belum mengizinkan", "ahli waris belum setuju", "ahli waris tidak bersedia",
        "ada permasalahan dengan warga", "ada masalah dengan desa sebelah", "rebutan dengan desa sebelah",
        "tanah diakui pihak lain", "surat tanah belum terbit", "surat belum jadi", "surat-surat belum jadi",
        "sertipikat masih di bank", "SHM di BRI", "belum dihibahkan", "masih dalam proses hibah", "hibah masih diproses",
        "status kepemilikan belum jelas", "kepemilikan tidak jelas", "boundary dispute with neighbour", "owner refuses",
        "owner has not agreed", "no certificate yet", "certificate not yet issued", "ownership unclear", "under litigation",
        "tidak ada sengketa tetapi pemilik belum setuju", "lahan masih sengketa",
    ],
)  # fmt: skip
@pytest.mark.parametrize("heading", ["Keterangan", "Hasil rapat", "Kondisi Lahan", "Status", "Info"])
@pytest.mark.parametrize(("beside", "good"), [("Surat", "SHM"), ("Aset", "BMDes")])
def test_a_remark_that_unsettles_counts_in_any_free_column(note: str, heading: str, beside: str, good: str) -> None:
    columns = paper_columns([beside, heading])
    for text in (note, note.upper()):
        assert judge_land_papers({beside: good, heading: text}, columns).status == "unsettled"


@pytest.mark.parametrize(
    "note",
    [
        "tidak ada sengketa", "bebas sengketa", "tidak diagunkan", "clear", "tidak ada permasalahan dengan warga",
        "tidak ada rebutan", "pemilik setuju", "ahli waris sudah setuju", "sertipikat sudah terbit", "no boundary dispute",
        "not under litigation", "owner agrees", "belum ada surat jalan", "surat permohonan belum jadi", "masalah jalan rusak",
        "datar, dekat jalan", "belum ada listrik", "Selesai", "dalam proses", "600 m2",
    ],
)  # fmt: skip
@pytest.mark.parametrize("heading", ["Keterangan", "Hasil rapat", "Kondisi Lahan", "Status", "Info"])
def test_a_remark_on_other_things_or_that_denies_changes_nothing(note: str, heading: str) -> None:
    assert judge_land_papers({"Aset": "BMDes", heading: note}, paper_columns(["Aset", heading])).status == "settled"


def test_a_heading_that_the_package_uses_itself_is_read_too() -> None:
    """`read_sites` calls a list's column "Status" `Status_as_given`."""
    columns = paper_columns(["Surat", "Status_as_given", "Name_as_given"])
    row = {"Surat": "SHM", "Status_as_given": "Sengketa", "Name_as_given": "Sengketa"}
    assert judge_land_papers(row, columns).status == "unsettled"
    assert judge_land_papers(row | {"Status_as_given": ""}, columns).status == "settled"


@pytest.mark.parametrize("heading", ["Desa", "Nama Desa", "Kecamatan", "Nama Koperasi", "Alamat", "Kode", "Tanggal"])
def test_names_numbers_and_places_say_nothing_of_papers(heading: str) -> None:
    assert (
        judge_land_papers({"Aset": "BMDes", heading: "Sengketa Jaya"}, paper_columns(["Aset", heading])).status
        == "settled"
    )


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"Surat": "SHM", "Status": "Sengketa"}, "U"), ({"Aset": "BMDes", "Riwayat Tanah": "sengketa"}, "U"),
        ({"Aset": "BMDes", "Hasil Verifikasi Lahan": "sengketa"}, "U"), ({"Aset": "BMDes", "Isu": "sengketa"}, "U"),
        ({"Aset": "BMDes", "Lahan": "Belum ada surat"}, "U"), ({"Surat": "SHM", "Kolom 12": "masih sengketa"}, "U"),
        ({"Certificate": "Y", "Legal status": "disputed"}, "U"), ({"Certificate": "Y", "Legal status": "clear"}, "S"),
        ({"Certificate": "Y", "Land issue": "overlap with concession"}, "U"), ({"Certificate": "Y", "Land issue": "none"}, "S"),
        ({"Certificate": "Y", "Land problem": "yes"}, "U"), ({"Certificate": "Y", "Land problem": "no"}, "S"),
        ({"Certificate": "Y", "Lien": "yes"}, "U"), ({"Certificate": "Y", "Lien": "no"}, "S"),
        ({"Certificate": "Y", "Encumbrance": "bank mortgage"}, "U"), ({"Certificate": "Y", "Encumbrance": "none"}, "S"),
        ({"Certificate": "Y", "Claims": "2 families claim"}, "U"), ({"Certificate": "Y", "Claims": "none"}, "S"),
        ({"Certificate": "Y", "Owner agrees": "No"}, "U"), ({"Certificate": "Y", "Owner agrees": "Yes"}, "S"),
        ({"SHM": "ada", "Pemilik setuju": "Tidak"}, "U"), ({"SHM": "ada", "Pemilik setuju": "Ya"}, "S"),
        ({"SHM": "ada", "Pemilik bersedia?": "Tidak"}, "U"), ({"SHM": "ada", "Pemilik": "Budi"}, "S"),
        ({"Sertipikat": "Ada", "Persetujuan": "Pemilik menolak"}, "U"), ({"Sertipikat": "Ada", "Persetujuan": "Ada"}, "S"),
        ({"Lahan": "SHM"}, "S"), ({"Lahan": "SKT"}, "C"), ({"Lahan": "SHM belum terbit"}, "U"), ({"Tanah": "milik desa"}, "S"),
        ({"Hak": "HM", "Beban": "HT"}, "U"), ({"Hak": "HM"}, "S"), ({"Lahan": "600"}, "N"),
        ({"Hibah": "Belum"}, "U"), ({"Hibah": "belum ada"}, "U"), ({"Hibah": "Tidak"}, "N"), ({"Pinjam pakai": "belum"}, "U"),
        ({"SHM": "ada", "Dispute": "N"}, "S"), ({"SHM": "ada", "Dispute": "Y"}, "U"), ({"SHM": "ada", "is_disputed": "FALSE"}, "S"),
        ({"SHM": "ada", "is_disputed": "TRUE"}, "U"), ({"SHM": "ada", "Sengketa (Y/T)": "T"}, "S"),
        ({"SHM": "ada", "Sengketa (Y/T)": "Y"}, "U"), ({"SHM": "ada", "Sengketa": "T"}, "C"),  # T may be true or tidak
        ({"Land papers": "awaiting certificate"}, "U"), ({"Aset": "bukan aset desa", "Surat": "SHM"}, "C"),
        ({"Aset": "BMDes", "Surat": "AJB"}, "C"), ({"Aset": "Milik Sendiri", "Surat": "AJB"}, "C"),
        ({"Aset": "BMDes", "Surat": "SHM, AJB"}, "S"), ({"Surat": "SHM a.n. Budi"}, "S"),
    ],
)  # fmt: skip
def test_words_count_under_any_heading(row: dict[str, str], answer: str) -> None:
    assert judge_land_papers(row, paper_columns(row)).status == STATUS[answer]


def test_headings_of_other_things_are_left_alone() -> None:
    others = ["Nomor Surat", "Tanggal surat", "Foto Lahan", "Luas Lahan (m2)", "Kondisi Jalan", "Nama Desa", "Nilai aset",
              "Status Pembangunan", "Kode Lahan", "Lebar Lahan", "Latitude", "Sumber air", "Nama Pejabat", "Nama Aset",
              "Nama Pemilik", "No. Sertipikat", "ID Aset"]  # fmt: skip
    assert [name for name in others if heading_role(name) not in (None, "other")] == []
    labels = [
        "Nama Desa",
        "Desa",
        "Kecamatan",
        "Latitude",
        "ID Aset",
        "Nomor Surat",
        "Tanggal surat",
        "Alamat",
        "Status Kawasan",
    ]
    assert [name for name in labels if heading_role(name)] == []


def test_headings_of_land_papers_are_known_in_full_and_cut_by_a_shapefile() -> None:
    known = ["Surat Lahan", "SERTIFIKAT", "Status_Lahan", "STATUS_LAH", "KEPEMILIKA", "ownership", "Alas Hak", "Sengketa?",
             "Bebas Sengketa (Ya/Tidak)", "PERSETUJUA", "asset_status", "Legalitas", "Jenis Hak", "Diagunkan"]  # fmt: skip
    assert [name for name in known if heading_role(name) != "papers"] == []


@pytest.mark.parametrize("owner", ["BMD", "BMDes", "BMN", "Milik Sendiri", "Aset desa", "Milik koperasi", "Hibah", ""])
@pytest.mark.parametrize("paper", ["SKT", "SPPT", "Segel", "SKT/SPPT", "SKT dan segel"])
def test_an_indication_is_to_be_confirmed_whoever_is_said_to_own_the_land(owner: str, paper: str) -> None:
    """PP 18/2021 Pasal 97: an SKT and the like only point to a right; a certificate beside it is one."""
    columns = paper_columns(["Aset", "Surat Lahan"])
    papers = judge_land_papers({"Aset": owner, "Surat Lahan": paper}, columns)
    assert papers.status == "to_confirm"
    assert papers.deciding is not None
    assert papers.deciding.value == paper
    assert judge_land_papers({"Aset": owner, "Surat Lahan": f"SHM, {paper}"}, columns).status == "settled"
    assert judge_land_papers({"Aset": owner, "Surat Lahan": f"{paper}, sengketa"}, columns).status == "unsettled"


def test_the_cases_from_the_field(shared: Path, forest: gg.Forest) -> None:
    """Papers that are not there, a dispute and an unclear title are never met; with an SKT alone it is open."""
    sites, issues = gg.read_sites(shared.parent / "cases" / "law" / "title.csv")
    title_cases = gg.screen(sites, forest, issues=issues)
    findings = title_cases.findings
    schema.check_table(findings, "findings")
    assert findings["land_papers"].tolist() == ["unsettled"] * 5 + ["to_confirm"]
    criteria = gg.check_criteria(title_cases).set_index("criterion").loc["ownership"]
    assert criteria["met"].iloc[:5].tolist() == [False] * 5
    assert pd.isna(criteria["met"].iloc[5])
    conflicts = title_cases.issues[title_cases.issues["code"] == "land_papers_conflict"]
    assert conflicts["site_id"].tolist() == ["c", "e"]
    assert set(conflicts["column"]) == {"Aset; Surat Lahan"}
    counts = land_paper_counts(findings)
    assert counts.loc["Seruyan"].tolist() == [5, 1, 0, 0]


def test_counts_of_a_regency_that_states_nothing_are_missing_not_zero() -> None:
    findings = pd.DataFrame(
        {"regency": ["A", "A", "B", None], "land_papers": ["unsettled", "not_stated", "not_stated", "settled"]}
    )
    counts = land_paper_counts(findings)
    assert counts.loc["A"].tolist() == [1, 0, 0, 1]
    assert counts.loc["B"].isna().tolist() == [True, True, True, False]
    assert counts.loc["B", "not_stated"] == 1
    assert counts["settled"].sum() == 1
    assert land_paper_counts(findings[["regency"]])["unsettled"].isna().all()


@pytest.fixture(scope="module")
def forest() -> gg.Forest:
    return gg.read_forest(gg.sample_paths().forest)


def test_the_rows_of_the_sample_without_papers_are_not_met(forest: gg.Forest) -> None:
    sites, issues = gg.read_sites(gg.sample_paths().sites)
    sample = gg.screen(sites, forest, issues=issues)
    rows = sample.findings[sample.findings["Surat Lahan"] == "Belum ada"]
    assert len(rows) == 8
    assert rows["land_papers"].eq("unsettled").all()
    met = gg.check_criteria(sample).query("criterion == 'ownership'").set_index("site_id")["met"]
    assert not met[rows.index].any()
    assert met[rows.index].notna().all()
