"""The command `doctor`, ``python -m gerai_geo`` and the completion of a shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pyogrio
import pyproj
import pytest
import shapely
from click.testing import CliRunner

from gerai_geo.cli import machine_checks, main
from gerai_geo.cli.machine_checks import MISSING, OPTIONAL, check_machine


def found(name: str) -> machine_checks.Check:
    return next(check for check in check_machine() if check.name == name)


def test_it_finds_nothing_wrong_with_the_machine_of_the_tests() -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "✗" not in result.stdout
    assert result.stdout.endswith("Semua yang diperlukan ada.\n")
    for text in (metadata.version("pandas"), pyogrio.__gdal_version_string__, shapely.geos_version_string,
                 pyproj.proj_version_str, "112.9500000, -2.5300000"):  # fmt: skip
        assert text in result.stdout


def test_json_in_english() -> None:
    result = CliRunner().invoke(main, ["doctor", "--json", "--lang", "en"])
    told = json.loads(result.stdout)
    assert told["ok"] is True
    assert {check["group"] for check in told["checks"]} == {
        "Versions",
        "Formats",
        "Datums and projections",
        "Folders",
        "Extras",
    }


def test_an_old_and_an_absent_package_are_named_with_the_way_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "rich":
            raise metadata.PackageNotFoundError(name)
        return "2.9.9" if name == "pandas" else real(name)

    monkeypatch.setattr(machine_checks, "version", version)
    old, absent = found("pandas"), found("rich")
    assert (old.state, old.found) == (MISSING, "2.9.9")
    assert old.fix == 'pip install --upgrade "pandas>=3.0"'
    assert (absent.state, absent.fix) == (MISSING, 'pip install --upgrade "rich>=13.9"')
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    assert "Ada 2 hal yang harus diperbaiki." in result.stdout


@pytest.mark.parametrize(("python", "state"), [((3, 13, 0), MISSING), ((3, 14, 0), OPTIONAL)])
def test_fiona_is_no_fault_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, python: tuple[int, int, int], state: str
) -> None:
    def absent(name: str) -> str:
        if name == "fiona":
            raise metadata.PackageNotFoundError(name)
        return metadata.version(name)

    monkeypatch.setattr(
        machine_checks, "requires", lambda _name: ["fiona>=1.10.1; python_version < '3.14'", "click>=8"]
    )
    monkeypatch.setattr(machine_checks, "version", absent)
    monkeypatch.setattr(machine_checks, "sys", SimpleNamespace(**vars(sys) | {"version_info": python}))
    check = found("fiona")
    assert check.state == state
    assert ("pyogrio" in check.found) == (state == OPTIONAL)


def test_a_missing_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    drivers = {name: mode for name, mode in pyogrio.list_drivers().items() if name != "LIBKML"}
    monkeypatch.setattr(pyogrio, "list_drivers", lambda: drivers)
    check = found("berkas peta")
    assert check.state == MISSING
    assert "LIBKML" not in check.found
    assert "pip install --force-reinstall" in check.fix


def test_an_extra_that_is_not_installed_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(machine_checks._EXTRAS, "app", ("tidak_ada_modul_ini",))
    check = found("app")
    assert (check.state, check.fix) == (OPTIONAL, "bila perlu: pip install 'gerai-geo[app]'")


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_folder_that_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "berkas").write_text("")
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "berkas"))
    check = found("tembolok")
    assert check.state == MISSING
    assert "GERAI_GEO_CACHE" in check.fix


def test_python_m_gerai_geo_is_the_command() -> None:
    run = subprocess.run([sys.executable, "-m", "gerai_geo", "--help"], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("Usage: gerai-geo ")


@pytest.mark.parametrize(
    ("shell", "answer"), [("bash", "plain,point"), ("zsh", "plain\npoint"), ("fish", "plain,point")]
)
def test_shells_complete_commands(shell: str, answer: str) -> None:
    environment = os.environ | {
        "_GERAI_GEO_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "gerai-geo poi",
        "COMP_CWORD": "1",
    }
    if shell == "fish":
        environment |= {"COMP_WORDS": "gerai-geo poi", "COMP_CWORD": "poi"}
    run = subprocess.run(
        [sys.executable, "-m", "gerai_geo"], capture_output=True, text=True, env=environment, check=False
    )
    assert run.stdout.startswith(answer)


def test_the_page_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    from gerai_geo.cli.commands import app_page

    monkeypatch.setattr(app_page.importlib.util, "find_spec", lambda name: None)
    result = CliRunner().invoke(main, ["app", "--no-browser"])
    assert result.exit_code == 1
    assert "flask, waitress" in result.stderr
    assert "pip install 'gerai-geo[app]'" in result.stderr
