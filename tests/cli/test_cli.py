"""The command line: its output, the files it writes, its exit codes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from shapely import Point, box

import gerai_geo
from gerai_geo.cli import main
from gerai_geo.cli.app import printable
from gerai_geo.records.models import Screening
from gerai_geo.records.store import read_screening, write_screening

HEADER = "ID,Nama,Desa,Kabupaten,Lintang,Bujur"
LIST = f"""{HEADER}
A-1,Gerai A,Contoh Satu,Seruyan,-2.5,112.2
A-2,=1+1,Contoh Dua,Seruyan,-2.5,112.7
A-3,Gerai C,Contoh Tiga,Kotawaringin Timur,-2.2,112.4999
A-4,Gerai D,Contoh Empat,Kotawaringin Timur,,
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a list of four sites and a layer of two polygons."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GERAI_GEO_LANG", raising=False)
    Path("titik.csv").write_text(LIST)
    hp, apl = box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)
    layer = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["100300", "100700"], "NOSKKWS": ["SK.1/2026"] * 2}, geometry=[hp, apl], crs="EPSG:4326"
    )
    layer.to_file("kawasan.gpkg")
    return tmp_path


def gerai(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert "Traceback" not in result.output
    return result


def error(*arguments: object, code: int = 1) -> str:
    """The one line on stderr of a run that must fail with `code`."""
    result = gerai(*arguments, "--quiet")
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_run_writes_everything_the_design_names(files: Path) -> None:
    result = gerai("run", "titik.csv", "--forest", "kawasan.gpkg", "--scale", "1:250.000", "-o", "hasil")
    assert result.exit_code == 0, result.output
    assert sorted(p.relative_to("hasil").as_posix() for p in Path("hasil").rglob("*") if p.is_file()) == [
        "daftar.xlsx", "findings.csv", "findings.gpkg", "index.html", "manifest.json",
        "maps/kotawaringin-timur.html", "maps/seruyan.html",
    ]  # fmt: skip
    assert result.stdout.splitlines()[-1] == f"Buka: {Path('hasil', 'index.html')}"
    assert re.search(r"Di dalam kawasan hutan +1\n", result.stdout)
    assert re.search(r"Dekat batas, perlu verifikasi +1\n", result.stdout)
    assert re.search(r"Perlu tindak lanjut +3\n", result.stdout)
    assert "bukan penetapan hukum" in result.stdout
    assert "Membaca daftar titik" in result.stderr
    screening = read_screening("hasil")
    assert screening.findings["status"].to_dict() == {
        "A-1": "inside", "A-2": "outside", "A-3": "near_boundary", "A-4": "not_assessed",
    }  # fmt: skip
    assert not [p for p in Path().iterdir() if p.name.startswith(".")]


def test_screen_then_map_and_list_give_the_same_as_run(files: Path) -> None:
    assert gerai("screen", "titik.csv", "--forest", "kawasan.gpkg", "-o", "hasil").exit_code == 0
    assert sorted(p.name for p in Path("hasil").iterdir()) == ["findings.csv", "findings.gpkg", "manifest.json"]
    assert gerai("list", "hasil").exit_code == 0
    assert gerai("map", "hasil").exit_code == 0
    assert sorted(p.name for p in Path("hasil").iterdir()) == [
        "daftar.xlsx", "findings.csv", "findings.gpkg", "index.html", "manifest.json", "maps",
    ]  # fmt: skip
    listed = json.loads(Path("hasil/manifest.json").read_text())["files"]
    assert {"daftar.xlsx", "maps/seruyan.html", "findings.gpkg"} <= set(listed)


def test_an_edited_workbook_is_kept_by_run_and_by_list(files: Path) -> None:
    arguments = ("run", "titik.csv", "--forest", "kawasan.gpkg")
    assert gerai(*arguments).exit_code == 0
    for command in (arguments, ("list", "hasil")):
        book = openpyxl.load_workbook("hasil/daftar.xlsx")
        book["Perlu tindak lanjut"]["A1"] = f"catatan rapat {command[0]}"
        book.save("hasil/daftar.xlsx")
        result = gerai(*command)
        assert result.exit_code == 0
        assert "daftar.xlsx sudah diubah sejak dibuat; versi Anda disimpan sebagai daftar (diubah" in result.stderr
    kept = sorted(Path("hasil").glob("daftar (diubah*.xlsx"))
    notes = {openpyxl.load_workbook(p)["Perlu tindak lanjut"]["A1"].value for p in kept}
    assert notes == {"catatan rapat run", "catatan rapat list"}


@pytest.mark.parametrize("name", ["daftar.csv", "daftar.geojson", "lain/daftar.xlsx"])
def test_list_is_written_to_the_given_path(files: Path, small_screening: Screening, name: str) -> None:
    write_screening(small_screening, "hasil")
    result = gerai("list", "hasil", "-o", name)
    assert result.exit_code == 0, result.output
    assert Path(name).is_file()


def test_a_list_elsewhere_links_to_the_maps(files: Path, small_screening: Screening) -> None:
    write_screening(small_screening, "hasil")
    assert gerai("map", "hasil").exit_code == 0
    assert gerai("list", "hasil", "-o", "rapat/daftar.xlsx").exit_code == 0
    sheet = openpyxl.load_workbook("rapat/daftar.xlsx")["Semua titik"]
    target = next(c.hyperlink.target for row in sheet.iter_rows() for c in row if c.hyperlink)
    assert (Path("rapat") / target.replace("\\", "/")).resolve().is_file()


def test_demo_runs_on_the_bundled_sample_and_says_it_is_invented(files: Path) -> None:
    result = gerai("demo", "-o", "coba")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("DATA CONTOH BUATAN")
    assert Path("coba/index.html").is_file()
    parcels = len(geopandas.read_file(gerai_geo.sample_paths().sites[2]))
    assert len(read_screening("coba").findings) == 31 + 40 + parcels  # data/README.md


def test_check_groups_problems_worst_first_with_their_rows(files: Path) -> None:
    Path("titik.csv").write_text(LIST + "A-5,,,Seruyan,abc,112\n")
    result = gerai("check", "titik.csv")
    assert result.exit_code == 0
    assert result.stdout.startswith("5 baris terbaca, 3 dengan letak yang dapat dipakai, 2 tanpa letak.")
    kinds = re.findall(r"^(Kesalahan|Peringatan|Keterangan): ", result.stdout, flags=re.M)
    assert kinds == sorted(kinds, key=["Kesalahan", "Peringatan", "Keterangan"].index)
    assert "titik.csv, baris 5: " in result.stdout
    assert gerai("check", "titik.csv", "--strict").exit_code == 3


def test_layers_names_functions_decrees_and_areas(files: Path) -> None:
    result = gerai("layers", "kawasan.gpkg", "--json", "--quiet")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [(f["function"], f["polygons"], f["decrees"]) for f in found["functions"]] == [
        ("HP", 1, "SK.1/2026"), ("APL", 1, "SK.1/2026"),
    ]  # fmt: skip
    shown = gerai("layers", "kawasan.gpkg").stdout
    assert re.search(r"^HP +Hutan Produksi Tetap +ya +1 ", shown, flags=re.M)
    assert re.search(r"^APL +Areal Penggunaan Lain +bukan +1 ", shown, flags=re.M)


def test_json_is_all_there_is_on_stdout(files: Path) -> None:
    result = gerai("run", "titik.csv", "--forest", "kawasan.gpkg", "--json")
    found = json.loads(result.stdout)
    assert found["counts"] == {
        "rows": 4,
        "flagged": 3,
        "status": {"inside": 1, "partly_inside": 0, "near_boundary": 1, "outside": 1, "not_assessed": 1},
    }
    assert Path(found["open"]).is_file()
    assert [r["regency"] for r in found["regencies"]] == ["Kotawaringin Timur", "Seruyan"]
    issues = json.loads(gerai("check", "titik.csv", "--json").stdout)["issues"]
    assert "no_coordinates" in {i["code"] for i in issues}


def test_quiet_prints_nothing(files: Path) -> None:
    result = gerai("run", "titik.csv", "--forest", "kawasan.gpkg", "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_strict_exits_with_3_only_if_rows_need_attention(files: Path) -> None:
    assert gerai("run", "titik.csv", "--forest", "kawasan.gpkg", "--strict").exit_code == 3
    Path("aman.csv").write_text(LIST.splitlines()[0] + "\n" + LIST.splitlines()[2] + "\n")
    assert gerai("run", "aman.csv", "--forest", "kawasan.gpkg", "--strict").exit_code == 0


def test_options_reach_the_library(files: Path) -> None:
    result = gerai(
        "run", "titik.csv", "--forest", "kawasan.gpkg", "--scale", 50000, "--edition", "Juni 2026", "--tolerance", 5,
        "--regency", "kab. kotawaringin timur", "--columns", "name=Desa", "--lang", "en",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Inside the forest area" in result.stdout
    screening = read_screening("hasil")
    forest = screening.manifest["forest"]
    assert (forest["scale"], forest["edition"]) == (50_000, "Juni 2026")
    assert screening.manifest["tolerance_m"] == 5
    assert screening.findings.index.tolist() == ["A-3", "A-4"]
    assert screening.findings["name"].tolist() == ["Contoh Tiga", "Contoh Empat"]
    assert "Sites in other regencies, left out as --regency asks: 2." in screening.issues["message"].tolist()


def test_a_regency_without_sites_is_one_sentence(files: Path) -> None:
    line = error("check", "titik.csv", "--regency", "Kapuas", "--regency", "Lamandau")
    assert line == "Kesalahan: Tidak ada titik di Kapuas, Lamandau. Yang ada: Kotawaringin Timur, Seruyan."


def test_config_gives_options_and_the_command_line_wins(files: Path) -> None:
    (files / "layer").mkdir()
    shutil.move("kawasan.gpkg", "layer/kawasan.gpkg")
    Path("gerai.toml").write_text(
        'forest = "layer/kawasan.gpkg"\nscale = "1:50.000"\nregency = ["Seruyan"]\ntolerance = 7.5\n'
        'output = "dari_toml"\nquiet = true\n[columns]\nname = "Desa"\n'
    )
    assert gerai("run", "titik.csv", "--tolerance", 9).output == ""
    screening = read_screening("dari_toml")
    assert screening.manifest["forest"]["scale"] == 50_000
    assert screening.manifest["tolerance_m"] == 9
    assert screening.findings["name"].tolist() == ["Contoh Satu", "Contoh Dua"]
    assert gerai("check", "titik.csv").exit_code == 0  # keys of other commands don't matter
    (files / "lain").mkdir()
    (files / "lain" / "opsi.toml").write_text('forest = "../layer/kawasan.gpkg"\n')
    assert gerai("run", "titik.csv", "--config", "lain/opsi.toml").exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tolerans = 5\n", "tolerans"),
        ("config = 'x'\n", "config"),
        ("tolerance = \n", "line 1"),
        ("scale = 'besar'\n", "--scale"),
        ("lang = 'fr'\n", "--lang: pilih salah satu dari id, en."),
    ],
)
def test_a_typo_in_the_config_is_wrong_usage(files: Path, text: str, message: str) -> None:
    Path("gerai.toml").write_text(text)
    assert message in error("run", "titik.csv", "--forest", "kawasan.gpkg", code=2)
    assert not Path("hasil").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "titik.csv"], "Belum disebut: --forest BERKAS."),
        (["run", "--forest", "kawasan.gpkg"], "Belum disebut: TITIK..."),
        (["run", "titik.csv", "--forest", "k.gpkg", "--tolerence", "5"], "opsi --tolerence. Maksud Anda --tolerance?"),
        (["run", "titik.csv", "--forest", "k.gpkg", "--tolerance", "-5"], "--tolerance: tulis bilangan 0 sampai 100.000"),
        (["run", "titik.csv", "--forest", "k.gpkg", "--tolerance", "lebar"], "--tolerance: tulis bilangan 0"),
        (["run", "titik.csv", "--forest", "k.gpkg", "--scale", "1:0"], "--scale"),
        (["run", "titik.csv", "--forest", "k.gpkg", "--columns", "Lintang"], "NAMA=KOLOM"),
        (["run", "titik.csv", "--forest", "k.gpkg", "--lang", "fr"], "--lang: pilih salah satu dari id, en."),
        (["run", "titik.csv", "--forest"], "--forest"),
        (["screen", "titik.csv", "--forest", "k.gpkg"], "Belum disebut: --output FOLDER."),
    ],
)  # fmt: skip
def test_wrong_usage_exits_with_2_and_one_sentence(files: Path, arguments: list[str], message: str) -> None:
    result = gerai(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "--help" in result.stderr


def test_an_unknown_command_names_the_known_ones(files: Path) -> None:
    result = gerai("petakan")
    assert result.exit_code == 2
    assert result.stderr.startswith("Perintah itu tidak ada. Yang ada: demo, run, check, screen, point, map, list, ")
    assert gerai("--lang", "en").exit_code == 2


def wrong_files(what: str) -> tuple[str, ...]:
    """Make wrong files; returns the names to give as sites and as forest."""
    Path("kosong.csv").touch()
    Path("surat.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
    Path("folder").mkdir()
    Path("tanpa.csv").write_text("ID,Nama\n1,Gerai\n")
    points = geopandas.GeoDataFrame({"a": [1]}, geometry=[Point(1, 2)], crs="EPSG:4326")
    points.to_file("titik.gpkg")
    layer = geopandas.read_file("kawasan.gpkg").set_crs(None, allow_override=True)
    layer.to_file("tanpa_crs.shp", engine="pyogrio")
    Path("tanpa_crs.prj").unlink(missing_ok=True)
    return {
        "no such list": ("tidak_ada.csv", "kawasan.gpkg"),
        "no such layer": ("titik.csv", "tidak_ada.shp"),
        "empty list": ("kosong.csv", "kawasan.gpkg"),
        "empty layer": ("titik.csv", "kosong.csv"),
        "a PDF as list": ("surat.pdf", "kawasan.gpkg"),
        "a PDF as layer": ("titik.csv", "surat.pdf"),
        "an empty folder as list": ("folder", "kawasan.gpkg"),
        "an empty folder as layer": ("titik.csv", "folder"),
        "a list without coordinates": ("tanpa.csv", "kawasan.gpkg"),
        "the layer as list": ("kawasan.gpkg", "kawasan.gpkg"),
        "a layer without CRS": ("titik.csv", "tanpa_crs.shp"),
        "points as layer": ("titik.csv", "titik.gpkg"),
    }[what]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize(
    "what",
    [
        "no such list", "no such layer", "empty list", "empty layer", "a PDF as list", "a PDF as layer",
        "an empty folder as list", "an empty folder as layer", "a list without coordinates", "the layer as list",
        "a layer without CRS", "points as layer",
    ],
)  # fmt: skip
def test_wrong_files_get_one_clear_sentence_that_names_the_file(files: Path, what: str) -> None:
    sites, forest = wrong_files(what)
    line = error("run", sites, "--forest", forest)
    wrong = forest if "layer" in what and what != "the layer as list" else sites
    assert line.startswith("Kesalahan: ")
    assert wrong in line
    assert not Path("hasil").exists()
    assert not [p for p in Path().iterdir() if p.name.endswith(".part")]


def test_errors_are_in_the_requested_language(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert error("map", "tidak_ada", "--lang", "en").startswith("Error: tidak_ada: not the folder of a screening")
    monkeypatch.setenv("GERAI_GEO_LANG", "en")
    assert error("run", "titik.csv", code=2).startswith("Missing: --forest BERKAS.")


def test_a_project_folder_is_not_touched(files: Path) -> None:
    for place in (".", ".."):
        assert "folder kerja" in error("run", "titik.csv", "--forest", "kawasan.gpkg", "-o", place)
    Path("proyek").mkdir()
    Path("proyek/skripsi.docx").write_text("x")
    assert "tidak diubah" in error("run", "titik.csv", "--forest", "kawasan.gpkg", "-o", "proyek")
    assert [p.name for p in Path("proyek").iterdir()] == ["skripsi.docx"]


def test_an_unexpected_error_is_a_sentence_and_a_log(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("dibagi nol")

    monkeypatch.setattr(gerai_geo, "read_sites", broken)
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: files / "log")
    line = error("check", "titik.csv")
    assert line.startswith("Kesalahan: Kesalahan yang tidak diduga (ZeroDivisionError: dibagi nol).")
    log = Path(re.search(r"tersimpan di (.*\.log);", line)[1])  # type: ignore[index]
    assert "Traceback" in log.read_text()


def test_text_of_files_cannot_steer_the_terminal(files: Path) -> None:
    Path("titik.csv").write_text(f"{HEADER}\n\x1b]0;judul\x07,x,\u202ey,Seruyan,\x1b[2Jabc,112\n")
    result = gerai("check", "titik.csv")
    assert not set("\x1b\x07\u202e") & set(result.output)
    assert printable("baris\n\tsatu é 😀") == "baris\n\tsatu é 😀"


@pytest.mark.parametrize("command", [[], ["run"], ["check"], ["layers"], ["demo"], ["screen"], ["map"], ["list"]])
def test_help_names_every_option_and_gives_an_example(command: list[str]) -> None:
    result = gerai(*command, "--help")
    assert result.exit_code == 0
    assert "Contoh / example:\n  gerai-geo" in result.stdout
    if command:
        options = main.commands[command[0]].params
        assert all(max(o.opts, key=len) in result.stdout for o in options if o.param_type_name == "option")


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom gerai_geo.cli import main\n"
        "try: main(['run', '--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'pandas', 'geopandas', 'numpy', 'babel', 'rich', 'pyogrio'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_a_closed_pipe_is_no_error(files: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m gerai_geo.cli check titik.csv | head -1"
    run = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGKILL", -signal.SIGKILL)])
def test_a_run_stopped_halfway_leaves_the_old_output(files: Path, name: str, code: int) -> None:
    assert gerai("run", "titik.csv", "--forest", "kawasan.gpkg").exit_code == 0
    before = {p: p.read_bytes() for p in Path("hasil").rglob("*") if p.is_file()}
    sample = gerai_geo.sample_paths()
    command = [sys.executable, "-m", "gerai_geo.cli", "run", *sample.sites, "--forest", sample.forest]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("Menggambar peta"):  # findings and list are written by now, maps are not
                process.send_signal(getattr(signal, name))
                break
        rest = process.stderr.read()
        assert process.wait(60) == code
    if name == "SIGINT":
        assert rest.strip() == "Dihentikan. Hasil lama, bila ada, tetap utuh."
        assert not list(Path().glob(".hasil*"))
    assert {p: p.read_bytes() for p in Path("hasil").rglob("*") if p.is_file()} == before
    assert gerai("run", "titik.csv", "--forest", "kawasan.gpkg").exit_code == 0


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files")
@pytest.mark.parametrize("limit", [1_000, 150_000, 400_000])
def test_a_full_disk_leaves_the_old_output(files: Path, limit: int) -> None:
    """The operating system refuses every write beyond a size of file, at several steps of a run."""
    assert gerai("run", "titik.csv", "--forest", "kawasan.gpkg").exit_code == 0
    before = {p: p.read_bytes() for p in Path("hasil").rglob("*") if p.is_file()}
    sample = gerai_geo.sample_paths()
    code = (
        "import resource, signal, sys\nfrom gerai_geo.cli import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", code, "run", *sample.sites, "--forest", sample.forest, "--quiet"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (1, ""), run.stderr
    assert "disk" in run.stderr
    assert "Traceback" not in run.stderr
    assert {p: p.read_bytes() for p in Path("hasil").rglob("*") if p.is_file()} == before
    assert not list(Path().glob(".hasil*"))


@pytest.mark.shared
def test_the_real_list_comes_out_whole_in_its_order(files: Path, shared: Path) -> None:
    """1,186 real rows, columns found without help, a map for each of the 14 regencies."""
    source = shared / "sites" / "kopdes_kalteng.csv"
    result = gerai("run", source, "--forest", gerai_geo.sample_paths().forest, "--scale", 250000)
    assert result.exit_code == 0, result.output
    given = pd.read_csv(source, dtype="str")
    findings = read_screening("hasil").findings
    assert findings.index.tolist() == given["asset_id"].tolist()
    blank = given["latitude"].isna() | given["longitude"].isna()
    assert blank.sum() == 160
    without = findings[blank.to_numpy()]
    assert set(without["status"]) == {"not_assessed"}
    assert set(without["reason_code"]) == {"no_coordinates"}
    assert len(list(Path("hasil/maps").glob("*.html"))) == 14


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e308", "1e20", "-1", "12 m"])
@pytest.mark.parametrize("option", ["--tolerance", "--ring", "--plot", "--within", "--road-distance", "--scale"])
def test_numbers_that_no_one_means_are_wrong_usage(files: Path, option: str, value: str) -> None:
    result = gerai("run", "titik.csv", "--forest", "kawasan.gpkg", option, value)
    assert result.exit_code == 2, result.output
    assert option in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not Path("hasil").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["", "--forest", "kawasan.gpkg"], ["titik.csv", " ", "--forest", "kawasan.gpkg"],
        *(["titik.csv", "--forest", "kawasan.gpkg", option, ""] for option in
          ("--boundaries", "--covers", "--edition", "--crs", "--regency", "--output", "--columns", "--extra", "--rules")),
        ["titik.csv", "--forest="], ["titik.csv", "--forest", "kawasan.gpkg", "--covers= "],
    ],
    ids=repr,
)  # fmt: skip
def test_empty_arguments_are_wrong_usage(files: Path, arguments: list[str]) -> None:
    result = gerai("run", *arguments)
    assert result.exit_code == 2, result.output
    assert "kosong" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not Path("hasil").exists()


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_place_is_wrong_usage(files: Path, text: str) -> None:
    assert gerai("point", text, "--forest", "kawasan.gpkg").exit_code == 2
