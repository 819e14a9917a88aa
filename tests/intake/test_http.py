"""`HttpClient` against a server whose every response is written out here."""

from __future__ import annotations

import gzip
import io
import json
import socket
import time

import pytest
import servers

from gerai_geo.errors import InputError
from gerai_geo.intake.services import http, json_body
from gerai_geo.intake.services.http import HttpClient, UnreachableError

BODY = json.dumps({"features": [1, 2, 3] * 1000}).encode()


class Scripted(servers.Handler):
    """Gives the responses in turn, the last one for ever: status, headers, body."""

    def answer(self, path: str, query: dict[str, str]) -> None:
        script = self.server.faults["script"]
        status, headers, body = script.pop(0) if len(script) > 1 else script[0]
        self.server.faults.setdefault("requests", []).append(self.headers)
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def get(script, **settings):
    """JSON object that the client returns, and the requests that it took."""
    with servers.serving(Scripted, script=list(script)) as server:
        client = HttpClient(**{"pause_s": 0.001, "timeout_s": 0.5} | settings)
        try:
            return client.get_json(f"{server.url}/x", {"f": "json"}), server.faults["requests"]
        except InputError as error:
            error.add_note(str(len(server.faults["requests"])))
            raise


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_statuses_that_pass_are_retried_and_named_at_last(status):
    busy = (status, {"Retry-After": "bentar"}, b"")
    answer, requests = get([busy, busy, (200, {}, BODY)])
    assert answer == json.loads(BODY)
    assert len(requests) == 3
    with pytest.raises(UnreachableError, match=rf"setelah 5 kali dicoba \(HTTP {status}\)") as caught:
        get([busy])
    assert caught.value.__notes__ == ["5"]


def test_failures_of_different_kinds_share_the_number_of_tries():
    script = [
        (503, {}, b""),
        (200, {}, b"<html>"),
        (200, {"Content-Length": str(len(BODY))}, BODY[:99]),
        (503, {}, b""),
    ]
    assert len(get([*script, (200, {}, BODY)])[1]) == 5
    with pytest.raises(UnreachableError, match=r"4 kali dicoba \(HTTP 503\)") as caught:
        get(script, tries=4)
    assert caught.value.__notes__ == ["4"]
    with pytest.raises(UnreachableError, match=rf"3 kali dicoba \(99/{len(BODY)} B\)") as caught:
        get(script, tries=3)
    assert caught.value.__notes__ == ["3"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "tidak ada layanan"),
        (401, "menolak"),
        (403, "menolak"),
        (404, "tidak ada layanan"),
        (501, "tidak ada layanan"),
    ],
)
def test_refusals_are_not_retried(status, words):
    with pytest.raises(InputError, match=rf"{words}.*HTTP {status}") as caught:
        get([(status, {}, b"")])
    assert caught.value.__notes__ == ["1"]


def test_waits_follow_the_server_or_double(monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    script = [
        (503, {}, b""),
        (429, {"Retry-After": "7"}, b""),
        (503, {"Retry-After": "900"}, b""),
        (200, {}, b"<"),
        (200, {}, BODY),
    ]
    get(script, pause_s=2.0)
    assert [w for w in waits if w >= 1] == [2.0, 7.0, 60.0, 16.0]


def test_a_silent_server_times_out():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(UnreachableError, match=r"2 kali dicoba \(timed out\)"):
            HttpClient(timeout_s=0.05, tries=2, pause_s=0.001).get_json(url)


def test_packed_responses_and_what_is_too_large(monkeypatch):
    packed = gzip.compress(BODY)
    assert get([(200, {"Content-Encoding": "gzip"}, packed)])[0] == json.loads(BODY)
    for cut in (packed[: len(packed) // 2], b"x"):
        with pytest.raises(UnreachableError):
            get([(200, {"Content-Encoding": "gzip"}, cut)])
    monkeypatch.setattr(json_body, "MAX_RESPONSE_BYTES", len(BODY) - 1)
    for headers, body in (({}, BODY), ({"Content-Encoding": "gzip"}, packed)):
        with pytest.raises(InputError, match="tidak dibaca") as caught:
            get([(200, headers, body)])
        assert caught.value.__notes__ == ["1"]


def test_redirects_are_followed_but_neither_for_ever_nor_away_from_the_web():
    assert get([(302, {"Location": "/y"}, b""), (200, {}, BODY)])[0] == json.loads(BODY)
    with pytest.raises(InputError, match="HTTP 302"):
        get([(302, {"Location": "/y"}, b"")])
    with pytest.raises(UnreachableError, match="http -> file"):
        get([(302, {"Location": "file:///etc/passwd"}, b"")])


@pytest.mark.parametrize(
    ("target", "followed"),
    [("http://b/", False), ("ftp://b/", False), ("https://b/", True), ("//b/", True), ("/c", True)],
)
def test_https_is_never_left(target, followed):
    response = http.requests.Response()
    response.url, response.status_code, response.raw = "https://a/", 302, io.BytesIO()
    response.headers["Location"] = target
    session = HttpClient()._session
    if followed:
        assert session.get_redirect_target(response) == target
    else:
        with pytest.raises(OSError, match=r"^https -> (http|ftp)$"):
            session.get_redirect_target(response)


def test_passwords_of_netrc_are_not_sent(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login saya password rahasia\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    _answer, requests = get([(302, {"Location": "/y"}, b""), (200, {}, BODY)])
    assert [headers["Authorization"] for headers in requests] == [None, None]
    assert requests[0]["User-Agent"].startswith("gerai-geo/")
