"""A download that is killed goes on where it was, and leaves nothing but the file and its origin."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter

import geopandas
import pytest
import servers
from kills import CALLS
from needs import missing

from gerai_geo.intake.fetch import fetch
from gerai_geo.intake.services.http import HttpClient

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")
SOURCE = "/server/rest/services/Peta/MapServer/0"
QUICK = HttpClient(pause_s=0.001, timeout_s=5)
CODE = """
import os, signal, sys
from gerai_geo.intake.fetch import fetch
last = int(sys.argv[3])
def tell(received, promised):
    if received >= last:
        os.kill(os.getpid(), signal.SIGKILL)
fetch(sys.argv[1], sys.argv[2], tell=tell)
"""


def command(server, target, last=1_000_000):
    return [sys.executable, "-c", CODE, server.url + SOURCE, str(target), str(last)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_killed_twice_and_resumed(tmp_path):
    with servers.serving(servers.ArcGIS) as server:
        fetch(server.url + SOURCE, tmp_path / "utuh.gpkg", web=QUICK)
        (tmp_path / "a").mkdir()
        target = tmp_path / "a" / "a.gpkg"
        for last, offsets in ((20, ["0", "10"]), (40, ["20", "30"])):
            server.seen.clear()
            assert subprocess.run(command(server, target, last), check=False).returncode == -signal.SIGKILL
            assert [q["resultOffset"] for _p, q in server.seen if "resultOffset" in q] == offsets
            assert names(tmp_path / "a") == ["a.gpkg.part"]
        server.seen.clear()
        fetch(server.url + SOURCE, target, web=QUICK)
        assert [q["resultOffset"] for _p, q in server.seen if "resultOffset" in q] == ["40"]
    assert names(tmp_path / "a") == ["a.gpkg", "a.gpkg.source.toml"]
    assert geopandas.read_file(target).equals(geopandas.read_file(tmp_path / "utuh.gpkg"))


@pytest.mark.skipif(not os.environ.get("GERAI_GEO_LONG_TESTS"), reason="dozens of kills: set GERAI_GEO_LONG_TESTS=1")
def test_every_call_that_renames_or_removes(tmp_path):
    if shutil.which("strace") is None:
        missing("strace")
    folder, log = tmp_path / "a", tmp_path / "calls"
    target = folder / "a.gpkg"
    with servers.serving(servers.ArcGIS) as server:
        folder.mkdir()
        trace = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(CALLS)}"]
        subprocess.run([*trace, *command(server, target)], check=True)
        count = Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.MULTILINE))
        wanted = target.read_bytes()
        for call, most in count.items():
            for n in range(1, most + 1):
                shutil.rmtree(folder)
                folder.mkdir()
                inject = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}"]
                inject += ["-e", f"inject={call}:signal=SIGKILL:when={n}"]
                done = subprocess.run([*inject, *command(server, target)], check=False)
                assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (call, n)
                fetch(server.url + SOURCE, target, web=QUICK)
                assert names(folder) == ["a.gpkg", "a.gpkg.source.toml"], (call, n)
                assert len(target.read_bytes()) == len(wanted)
    assert count.total() > 10
