"""The local page: who asks, for what, and what is handed to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import geopandas
import shapely

import gerai_geo as gg
from gerai_geo.app.server import make_app
from gerai_geo.app.work_folder import WorkFolder
from hostile_inputs.case import SECRET, Case, forest

TOKEN: Final = "benar"
PORT: Final = 4321
BASE: Final = f"http://127.0.0.1:{PORT}"


def asked(method: str, path: str, *, token: str = TOKEN, data: bytes = b"ID\n", **more: Any) -> Callable[[Path], str]:
    """Run that asks the page, and says its status, and what changed in its folder."""

    def run(folder: Path) -> str:
        work = WorkFolder(folder / "kerja")
        client = make_app(work, token=TOKEN, port=PORT).test_client()
        sites = geopandas.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(112.4, -2.5)], crs=4326)
        sites.index = ["A"]
        sites.index.name = "site_id"
        gg.write_screening(gg.screen(sites, forest(folder)), work.results / "ada")
        (work.slot("sites") / "rahasia.csv").write_text(SECRET)
        (work.results / "ada" / ".tersembunyi").write_text(SECRET)
        (work.results / "ada" / "tautan.txt").symlink_to(folder / "secret.txt")
        before = sorted(folder.rglob("*"))
        with client.open(
            f"/{token}{path}" if token else path, method=method, base_url=BASE, data=data, **more
        ) as answer:
            status, body = answer.status_code, answer.data
        new = [p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p not in before]
        gone = [p for p in before if not p.exists()]
        text = f"status {status}" + (f", new: {', '.join(new)}" if new else "") + (f", gone: {gone}" if gone else "")
        return text if SECRET.encode() not in body else "a secret was read"

    return run


def _file(name: str, expected: str = "status 400", **query: Any) -> Case:
    shown = ascii(name[:40])[1:-1] + (" .." if len(name) > 40 else "")
    return Case(
        f"a file named `{shown}`",
        asked("PUT", "/api/files/sites", query_string={"name": name, "size": 3} | query),
        expected,
    )


def _read(path: str, expected: str = "status 404") -> Case:
    return Case(f"`{path}` asked for", asked("GET", path), expected)


CASES: Final = (
    *(Case(f"token `{token}`", asked("GET", "/", token=token), "status 403") for token in ("salah", "bena", "benarr", "BENAR", "%00", "")),
    *(
        Case(f"Host: `{host}` ({method} {path})", asked(method, path, headers={"Host": host}), "status 403")
        for method, path in (("GET", "/"), ("POST", "/api/run"))
        for host in ("jahat.example", f"jahat.example:{PORT}", "127.0.0.1", "localhost", "")
    ),
    *(
        Case(f"Origin: `{origin}` ({method} {path})", asked(method, path, headers={"Origin": origin}), "status 403")
        for method, path in (("GET", "/api/state"), ("POST", "/api/point"))
        for origin in ("http://jahat.example", "null", "http://127.0.0.1:80", f"https://127.0.0.1:{PORT}")
    ),
    Case("a form sent from another site (Sec-Fetch-Site: cross-site)", asked("POST", "/api/run", headers={"Sec-Fetch-Site": "cross-site"}), "status 403"),
    *(
        _file(name)
        for name in ("../a.csv", "..\\a.csv", "/etc/passwd", "C:\\a.csv", "a/b.csv", "..", ".", "", ".tersembunyi.csv", "a\0.csv", "a\nb.csv",
                     "nul.csv", "com1.xlsx", "a.csv.", "a" * 300 + ".csv", "\u202egpj.exe", "a:b.csv", "%2e%2e%2fa.csv/b")
    ),
    _file("=cmd.csv", "status 200, new: kerja/kiriman/sites/=cmd.csv"),
    _file("--forest.csv", "status 200, new: kerja/kiriman/sites/--forest.csv"),
    Case("a file of -1 bytes", asked("PUT", "/api/files/sites", query_string={"name": "a.csv", "size": -1}), 'status 400'),
    Case("a file of 1e308 bytes", asked("PUT", "/api/files/sites", query_string={"name": "a.csv", "size": "1e308"}), 'status 400'),
    Case("a file of 10^18 bytes of which 3 come", asked("PUT", "/api/files/sites", query_string={"name": "a.csv", "size": 10**18}), 'status 400'),
    Case("a piece of a file that begins at -5", asked("PUT", "/api/files/sites", query_string={"name": "a.csv", "size": 3, "offset": -5}), 'status 400'),
    Case("a file for `../hasil`", asked("PUT", "/api/files/..%2fhasil", query_string={"name": "a.csv", "size": 3}), 'status 404'),
    Case("a file for a place that does not exist", asked("PUT", "/api/files/lain", query_string={"name": "a.csv", "size": 3}), 'status 400'),
    _read("/results/../kiriman/sites/rahasia.csv", "status 400"), _read("/results/%2e%2e/kiriman/sites/rahasia.csv", "status 400"), _read("/results/ada/..%2f..%2fkiriman%2fsites%2frahasia.csv"),
    _read("/results/ada/%2fetc%2fpasswd"), _read("/results/ada/.tersembunyi"), _read("/results/ada/tautan.txt"), _read("/assets/%2e%2e/page.py"), _read("/made/..%2fkiriman%2fsites%2frahasia.csv"),
    *(
        Case(f"`{body.decode()[:30]}` for a form", asked("POST", "/api/run", data=body, content_type="application/json"), "status 400")
        for body in (b"", b"[]", b"null", b'"x"', b"[" * 100_000, b'{"scale":')
    ),
    Case("a point `<script>`", asked("POST", "/api/point", json={"place": "<script>alert(1)</script>"}, data=None), 'status 400'),
    Case("a point of a million digits", asked("POST", "/api/point", json={"place": "1" * 1_000_000}, data=None), 'status 400'),
    Case("a form of 20 MB", asked("POST", "/api/run", data=b'{"x": "' + b"x" * 20_000_000 + b'"}', content_type="application/json"), 'status 400'),
    Case("the method TRACE", asked("TRACE", "/"), 'status 405'),
)  # fmt: skip
