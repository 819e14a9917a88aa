"""Only this machine, this page and this token are answered; names lead nowhere else."""

from __future__ import annotations

import json
import re
import socket
import sys
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import quote, urlsplit

import pytest
import requests
from click.testing import CliRunner
from flask.testing import FlaskClient
from local_page import local_page

import gerai_geo as gg
from gerai_geo.app import server
from gerai_geo.app.commands import run_command
from gerai_geo.app.server import make_app
from gerai_geo.app.work_folder import SLOTS, WorkFolder
from gerai_geo.cli import main
from gerai_geo.errors import InputError
from gerai_geo.records.store import write_screening

TOKEN, PORT = "benar", 4321
BASE = f"http://127.0.0.1:{PORT}"
ALL = [("GET", "/"), ("GET", "/assets/start.js"), ("GET", "/api/state"), ("GET", "/api/job"), ("POST", "/api/run"),
       ("POST", "/api/check"), ("POST", "/api/point"), ("POST", "/api/layer"), ("POST", "/api/job/cancel"),
       ("POST", "/api/followup"), ("POST", "/api/compare"), ("POST", "/api/dossiers"),
       ("PUT", "/api/files/sites?name=a.csv&size=1"), ("DELETE", "/api/files/sites?name=a.csv"),
       ("GET", "/results/a/"), ("GET", "/results/a/index.html"), ("GET", "/made/masalah.xlsx"),
       ("GET", "/assets/unpack_rings.js"), ("GET", "/assets/nodes.js"), ("POST", "/api/handover")]  # fmt: skip


@pytest.fixture
def work(tmp_path: Path) -> WorkFolder:
    return WorkFolder(tmp_path / "kerja")


@pytest.fixture
def client(work: WorkFolder) -> FlaskClient:
    return make_app(work, TOKEN, PORT).test_client()


def put(client: FlaskClient, slot: str, name: str, content: bytes = b"ID\n", **query: object) -> int:
    asked = {"name": name, "size": len(content)} | query
    path = f"/{TOKEN}/api/files/{slot}"
    return client.put(path, base_url=BASE, query_string=asked, data=content).status_code  # type: ignore[arg-type]


def test_every_address_is_tried_below() -> None:
    """Guard the guard: a new address must be added to the list of this module."""
    source = Path(make_app.__code__.co_filename).read_text(encoding="utf-8")
    routes = re.findall(r'@pages\.(get|post|put|delete)\("([^"]+)"\)', source)
    assert len(routes) > 15
    tried = [(method, path.partition("?")[0]) for method, path in ALL]
    for method, path in routes:
        pattern = re.sub(r"<[^>]+>", "[^/]+", path)
        assert any(m == method.upper() and re.fullmatch(pattern, p) for m, p in tried), path


@pytest.mark.parametrize(("method", "path"), ALL)
@pytest.mark.parametrize("token", ["salah", "bena", "benarr", "BENAR", ""])
def test_a_wrong_token_is_refused(client: FlaskClient, method: str, path: str, token: str) -> None:
    address = f"/{token}{path}" if token else path
    assert client.open(address, method=method, base_url=BASE).status_code == 403


@pytest.mark.parametrize(("method", "path"), ALL)
@pytest.mark.parametrize(
    "host", ["jahat.example", f"jahat.example:{PORT}", "127.0.0.1", "127.0.0.1:80", "localhost", ""]
)
def test_a_foreign_host_is_refused(client: FlaskClient, method: str, path: str, host: str) -> None:
    """A name of somebody else that leads to 127.0.0.1 (DNS rebinding)."""
    answer = client.open(f"/{TOKEN}{path}", method=method, base_url=BASE, headers={"Host": host})
    assert answer.status_code == 403


@pytest.mark.parametrize(("method", "path"), ALL)
@pytest.mark.parametrize("origin", ["http://jahat.example", "null", "http://127.0.0.1:80", f"https://127.0.0.1:{PORT}"])
def test_a_foreign_origin_is_refused(client: FlaskClient, method: str, path: str, origin: str) -> None:
    answer = client.open(f"/{TOKEN}{path}", method=method, base_url=BASE, headers={"Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_from_another_site_changes_nothing(client: FlaskClient, work: WorkFolder, site: str) -> None:
    for method, path in ALL:
        if method != "GET":
            headers = {"Sec-Fetch-Site": site}
            assert client.open(f"/{TOKEN}{path}", method=method, base_url=BASE, headers=headers).status_code == 403
    assert not work.given("sites")


def test_own_requests_are_answered(client: FlaskClient) -> None:
    for headers in ({}, {"Origin": BASE}, {"Origin": f"http://localhost:{PORT}"}, {"Sec-Fetch-Site": "same-origin"}):
        answer = client.get(f"/{TOKEN}/", base_url=BASE, headers=headers)
        assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in answer.headers


NAMES = ["../a.csv", "..\\a.csv", "/etc/passwd", "C:\\a.csv", "C:a.csv", "a/b.csv", "..", ".", "", " ", ".tersembunyi.csv",
         "a\x00.csv", "a\nb.csv", "nul.csv", "CON", "com1.xlsx", "a.csv.", "a.csv ", "~$a.xlsx", "a" * 300 + ".csv",
         "\u202egpj.exe", "a:b.csv", "....//a.csv", "-rf|x", "%2e%2e%2fa.csv/b"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_tricks_in_names_are_refused(client: FlaskClient, work: WorkFolder, name: str) -> None:
    before = sorted(work.root.parent.rglob("*"))
    assert put(client, "sites", name) == 400
    delete = client.delete(f"/{TOKEN}/api/files/sites", base_url=BASE, query_string={"name": name})
    assert delete.status_code == 400
    assert sorted(work.root.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "name", ["Titik Lahan (rapat 2).xlsx", "daftar-é.csv", "--forest.csv", "=cmd.csv", "50%.csv", "a#b&c.csv"]
)
def test_usual_names_are_kept(client: FlaskClient, work: WorkFolder, name: str) -> None:
    assert put(client, "sites", name) == 200
    assert [p.name for p in work.given("sites")] == [name]


@pytest.mark.parametrize("slot", ["..", "hasil", "../hasil", "%2e%2e", "sites%2f..", "lain"])
def test_files_go_to_known_places_only(client: FlaskClient, work: WorkFolder, slot: str) -> None:
    before = sorted(work.root.parent.rglob("*"))
    assert put(client, slot, "a.csv") in (400, 403, 404, 405)
    assert sorted(work.root.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "path",
    ["results/../kiriman/sites/rahasia.csv", "results/%2e%2e/kiriman/sites/rahasia.csv", "results/%2e%2e%2fkiriman/sites/rahasia.csv",
     "results/ada/%2e%2e/%2e%2e/kiriman/sites/rahasia.csv", "results/ada/..%2f..%2fkiriman%2fsites%2frahasia.csv",
     "results/ada/%2fetc%2fpasswd", "results//etc/passwd", "made/..%2fkiriman%2fsites%2frahasia.csv", "results/ada/.tersembunyi",
     "assets/../page.py", "assets/%2e%2e/page.py", "assets/images/..%2f..%2f..%2fpage_summary.py", "results/ada/tautan"],
)  # fmt: skip
def test_only_results_are_read(client: FlaskClient, work: WorkFolder, path: str, small_screening: gg.Screening) -> None:
    write_screening(small_screening, work.results / "ada")
    (work.slot("sites") / "rahasia.csv").write_text("RAHASIA")
    (work.results / "ada" / ".tersembunyi").write_text("RAHASIA")
    with client.get(f"/{TOKEN}/{path}", base_url=BASE) as answer:
        assert answer.status_code in (400, 403, 404)
        assert b"RAHASIA" not in answer.data
    with client.get(f"/{TOKEN}/results/ada/manifest.json", base_url=BASE) as answer:
        assert answer.status_code == 200


def test_a_link_in_a_result_does_not_lead_out(
    client: FlaskClient, work: WorkFolder, small_screening: gg.Screening
) -> None:
    write_screening(small_screening, work.results / "ada")
    secret = work.root.parent / "rahasia.txt"
    secret.write_text("RAHASIA")
    (work.results / "ada" / "tautan.txt").symlink_to(secret)
    assert client.get(f"/{TOKEN}/results/ada/tautan.txt", base_url=BASE).status_code == 404


def test_a_file_in_pieces_appears_when_it_is_whole(client: FlaskClient, work: WorkFolder) -> None:
    assert put(client, "forest", "a.gpkg", b"abc", offset=0, size=6) == 200
    assert work.given("forest") == []
    assert put(client, "forest", "a.gpkg", b"xyz", offset=5, size=8) == 400  # not where the last one ended
    assert put(client, "forest", "a.gpkg", b"def", offset=3, size=6) == 200
    assert [p.read_bytes() for p in work.given("forest")] == [b"abcdef"]
    assert put(client, "forest", "a.gpkg", b"new", offset=0, size=3) == 200
    assert [p.read_bytes() for p in work.given("forest")] == [b"new"]


def test_what_is_left_of_a_stopped_transfer_is_removed_at_the_next_start(client: FlaskClient, work: WorkFolder) -> None:
    assert put(client, "forest", "a.gpkg", b"abc", offset=0, size=6) == 200
    make_app(work, TOKEN, PORT)
    assert list(work.slot("forest").iterdir()) == []


def test_values_of_fields_are_never_options(work: WorkFolder) -> None:
    work.prepare()
    (work.slot("sites") / "--config.csv").write_text("ID")
    (work.slot("forest") / "a.gpkg").write_text("")
    form = {"scale": "--output=/etc", "regency": "-o", "edition": "a --quiet", "tolerance": "", "evil": "x"}
    command = run_command(work, form, work.results / "baru")
    assert {"--scale=--output=/etc", "--regency=-o", "--edition=a --quiet"} <= set(command)
    assert command[1] == str(work.slot("sites") / "--config.csv")
    assert not [part for part in command if "evil" in part or part.startswith("--tolerance")]


@pytest.mark.parametrize("body", ["", "[]", "kata", "null"])
def test_a_body_that_is_no_form_is_refused(client: FlaskClient, body: str) -> None:
    for path in ("run", "check", "point", "layer"):
        answer = client.post(f"/{TOKEN}/api/{path}", base_url=BASE, data=body, content_type="application/json")
        assert answer.status_code == 400


def test_texts_of_files_stay_texts_in_the_page(client: FlaskClient) -> None:
    """The page holds no text of a file; scripts are files of ours, and make nodes of text only."""
    page = client.get(f"/{TOKEN}/", base_url=BASE).get_data(as_text=True)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
    assert not re.search(r"\son\w+=", page)
    folder = Path(sys.modules["gerai_geo.app"].__file__ or "").parent / "static"
    for script in folder.glob("*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.read_text("utf-8")
        ), script


def test_it_listens_on_this_machine_only_and_a_large_layer_is_not_kept_in_memory(tmp_path: Path) -> None:
    """300 MB in pieces of 8 MB: the memory of the program grows by less than a tenth of that."""
    with local_page(tmp_path / "kerja") as page:
        parts = urlsplit(page.address)
        assert parts.hostname == "127.0.0.1"
        assert len(parts.path.strip("/")) >= 30
        state = requests.get(f"{page.address}api/state", timeout=30).json()
        assert state["folder"] == str(tmp_path / "kerja")
        assert set(state["given"]) == set(SLOTS)
        for address in {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {
            "127.0.0.1"
        }:
            if not str(address).startswith("127."):
                with pytest.raises(OSError):  # noqa: PT011 - refused or unreachable
                    socket.create_connection((str(address), int(parts.port or 0)), timeout=2).close()
        before = _peak_kb(page.process.pid)
        piece, size = b"x" * (8 << 20), 300 << 20
        for offset in range(0, size, len(piece)):
            content = piece[: size - offset]
            query = f"name={quote('layer besar.gpkg')}&offset={offset}&size={size}"
            answer = requests.put(f"{page.address}api/files/forest?{query}", data=content, timeout=60)
            assert answer.status_code == 200, answer.text
        assert (tmp_path / "kerja" / "kiriman" / "forest" / "layer besar.gpkg").stat().st_size == size
        assert _peak_kb(page.process.pid) - before < 30_000
        too_large = requests.put(
            f"{page.address}api/files/forest?name=a&size=9", headers={"Content-Length": str(10**12)}, timeout=30
        )
        assert too_large.status_code == 413


def _peak_kb(pid: int) -> int:
    """Largest resident memory of a process so far, of Linux."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("NOT TESTED: no /proc here")
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1])  # type: ignore[index]


def test_the_address_as_json(tmp_path: Path) -> None:
    with local_page(tmp_path / "kerja", "--lang", "en", "--quiet") as page:
        assert page.address.endswith("/?lang=en")
        text = requests.get(page.address, timeout=30).text
        assert "An indication from screening" in text
        assert json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])["lang"] == "en"  # type: ignore[index]


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = CliRunner().invoke(main, ["app", "--no-browser", "--port", str(port), "--work", str(tmp_path)])
    assert result.exit_code == 1
    assert f"port {port}: tidak dapat dipakai" in result.stderr
    assert "--port 0" in result.stderr


def test_a_work_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "berkas").write_text("")
    result = CliRunner().invoke(main, ["app", "--no-browser", "--work", str(tmp_path / "berkas")])
    assert result.exit_code == 1
    assert "folder kerja tidak dapat ditulis" in result.stderr


@pytest.mark.parametrize("path", [p for m, p in ALL if m == "POST" and p != "/api/job/cancel"])
def test_errors_are_in_the_words_of_the_page(
    work: WorkFolder, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """No option of the command line and no path of the work folder, whichever address found the fault."""
    file = work.root / "kiriman" / "forest" / "a.gpkg"
    for error, code, shown in (
        (InputError(f"{file}: berisi 2 layer. Sebutkan satu dengan layer='..' (--layer)."), 400,
         "a.gpkg: berisi 2 layer. Sebutkan satu dengan isian 'Nama layer' di halaman ini."),
        (PermissionError(13, "Permission denied", str(file)), 500, "a.gpkg: tidak dapat dibuka (Permission denied)."),
    ):  # fmt: skip
        monkeypatch.setattr(server, "_form", Mock(side_effect=error))
        answer = client.post(f"/{TOKEN}{path}", base_url=BASE, headers={"Origin": BASE}, json={})
        assert (answer.status_code, answer.get_json()["error"]) == (code, shown)
