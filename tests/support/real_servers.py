"""Other people's servers, installed beside the tests and started on this machine: Koop and pygeoapi."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fetched import CACHE
from needs import out_of_reach

KOOP = {"@koopjs/koop-core": "10.4.19", "@koopjs/provider-file-geojson": "2.2.0"}
PYGEOAPI = "0.21.0"
_INSTALL_S = 300
_START_S = 60

_KOOP_JS = """
const Koop = require('@koopjs/koop-core');
const koop = new Koop({ logLevel: 'error' });
koop.register(require('@koopjs/provider-file-geojson'), { dataDir: 'data' });
koop.server.listen(Number(process.argv[2]), '127.0.0.1');
"""


def _installed(name: str, commands: Sequence[Sequence[str]]) -> Path:
    """Folder of the cache in which the commands have run, all of them; ``{}`` is the folder. One process at a time."""
    fcntl = pytest.importorskip("fcntl")
    kept = CACHE / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "installed").exists():
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
            for command in commands:
                words = [word.replace("{}", str(kept)) for word in command]
                try:
                    ran = subprocess.run(words, cwd=kept, capture_output=True, timeout=_INSTALL_S, check=False)
                except subprocess.TimeoutExpired:
                    out_of_reach(f"{name} (no end after {_INSTALL_S} s)")
                if ran.returncode:
                    out_of_reach(f"{name} ({ran.stderr.decode(errors='replace').strip()[-200:]})")
            (kept / "installed").touch()
    return kept


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def _running(command: Sequence[str | Path], folder: Path, ready: str, environment: Mapping[str, str]) -> Iterator[None]:
    """A server that answers at `ready`, ended afterwards; what it says is kept in `folder`."""
    log = folder / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=os.environ | environment, stdout=out, stderr=out
        )
        try:
            deadline = time.monotonic() + _START_S
            while not _answers(ready):
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"{command[0]} does not answer:\n{log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        with error:
            return False
    except OSError:
        return False


@contextmanager
def koop(layers: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Koop with these GeoJSON layers; gives the address before ``/NAME/FeatureServer/0``."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        out_of_reach("Node.js with npm")
    what = [f"{name}@{version}" for name, version in KOOP.items()]
    install = [npm, "install", "--prefix", "{}", "--no-audit", "--no-fund", "--ignore-scripts", *what]
    kept = _installed(f"koop-{KOOP['@koopjs/koop-core']}", [install])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "data").mkdir()
        for name, layer in layers.items():
            (folder / "data" / f"{name}.geojson").write_text(json.dumps(layer), encoding="utf-8")
        (folder / "server.js").write_text(_KOOP_JS)
        port = _free_port()
        url = f"http://127.0.0.1:{port}/file-geojson/rest/services"
        ready = f"{url}/{next(iter(layers))}/FeatureServer?f=json"
        with _running([node, "server.js", str(port)], folder, ready, {"NODE_PATH": str(kept / "node_modules")}):
            yield url


@contextmanager
def pygeoapi(layers: Mapping[str, tuple[dict[str, Any], dict[str, Any]]]) -> Iterator[str]:
    """Pygeoapi with these GeoJSON layers, each with its ``limits``; gives the address before ``/collections``."""
    install = [[sys.executable, "-m", "venv", "{}"], ["{}/bin/pip", "install", "-q", f"pygeoapi=={PYGEOAPI}"]]
    kept = _installed(f"pygeoapi-{PYGEOAPI}", install)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        (folder / "config.yml").write_text(json.dumps(_pygeoapi_config(url, port, folder, layers)), encoding="utf-8")
        names = {"PYGEOAPI_CONFIG": str(folder / "config.yml"), "PYGEOAPI_OPENAPI": str(folder / "openapi.yml")}
        program = kept / "bin" / "pygeoapi"
        made = subprocess.run(
            [program, "openapi", "generate", folder / "config.yml", "--output-file", folder / "openapi.yml"],
            env=os.environ | names, capture_output=True, timeout=_START_S, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr.decode(errors="replace")
        with _running([program, "serve", "--flask"], folder, f"{url}/collections?f=json", names):
            yield url


def _pygeoapi_config(
    url: str, port: int, folder: Path, layers: Mapping[str, tuple[dict[str, Any], dict[str, Any]]]
) -> dict[str, Any]:
    resources = {}
    for name, (layer, limits) in layers.items():
        path = folder / f"{name}.geojson"
        path.write_text(json.dumps(layer), encoding="utf-8")
        resources[name] = {
            "type": "collection",
            "title": f"Layer {name}",
            "description": name,
            "keywords": ["test"],
            "links": [],
            "extents": {
                "spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
            },
            "limits": limits,
            "providers": [{"type": "feature", "name": "GeoJSON", "data": str(path), "id_field": "kode"}],
        }
    who = {"name": "test", "url": url}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "map": {"url": f"{url}/no-tiles", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "test", "description": "test", "keywords": ["test"], "keywords_type": "theme",
                "terms_of_service": url, "url": url,
            },
            "license": {"name": "CC0", "url": url},
            "provider": who,
            "contact": who,
        },
        "resources": resources,
    }  # fmt: skip
