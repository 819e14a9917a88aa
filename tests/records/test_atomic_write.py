"""What stays in a folder of results when it is written again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gerai_geo.records.atomic_write import replacing

MANIFEST = json.dumps({"versions": {"gerai-geo": "0"}})


def write(place: Path, *names: str, update: bool = False) -> list[str]:
    said: list[str] = []
    with replacing(place, update=update, notify=said.append) as temporary:
        for name in names:
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            (temporary / name).write_text("isi", encoding="utf-8")
        if not update:
            (temporary / "manifest.json").write_text(MANIFEST, encoding="utf-8")
    return said


def names(place: Path) -> set[str]:
    found = {p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()}
    return found - {"manifest.json"}


@pytest.mark.parametrize("pdf", ["berkas/seruyan/SE07-007.pdf", "kemajuan.pdf", "maps/SERUYAN.PDF"])
def test_pdfs_made_earlier_stay_and_are_mentioned(tmp_path: Path, pdf: str) -> None:
    place = tmp_path / "hasil"
    write(place, "index.html", "maps/seruyan.html")
    write(place, pdf, update=True)
    for _time in range(2):  # a run forgets nothing the second time either
        said = write(place, "index.html", "maps/seruyan.html")
        assert names(place) == {"index.html", "maps/seruyan.html", pdf}
        assert len(said) == 1
        assert said[0].startswith("1 PDF ")


def test_folders_the_new_result_does_not_have_stay(tmp_path: Path) -> None:
    place = tmp_path / "hasil"
    write(place, "index.html", "rapat/catatan.csv")
    assert write(place, "index.html") == []
    assert names(place) == {"index.html", "rapat/catatan.csv"}


def test_a_map_of_a_regency_that_is_gone_goes(tmp_path: Path) -> None:
    place = tmp_path / "hasil"
    write(place, "index.html", "maps/seruyan.html", "maps/kapuas.html", "old.csv")
    write(place, "index.html", "maps/seruyan.html")
    assert names(place) == {"index.html", "maps/seruyan.html"}


def test_a_map_that_was_edited_stays(tmp_path: Path) -> None:
    place = tmp_path / "hasil"
    write(place, "index.html", "maps/kapuas.html")
    (place / "maps" / "kapuas.html").write_text("diubah", encoding="utf-8")
    write(place, "index.html", "maps/seruyan.html")
    assert names(place) == {"index.html", "maps/seruyan.html", "maps/kapuas.html"}


@pytest.mark.parametrize("name", ["titik.kml", "untuk_bpkh.xlsx", "titik.zip"])
def test_a_list_that_was_added_to_the_folder_stays_and_is_mentioned(tmp_path: Path, name: str) -> None:
    place = tmp_path / "hasil"
    write(place, "index.html", "maps/seruyan.html")
    write(place, name, update=True)
    for _time in range(2):
        said = write(place, "index.html", "maps/seruyan.html")
        assert names(place) == {"index.html", "maps/seruyan.html", name}
        assert [text.split(":")[0] for text in said] == [name]
    (place / name).write_text("diubah", encoding="utf-8")
    assert write(place, "index.html", "maps/seruyan.html") == []
    assert (place / name).read_text(encoding="utf-8") == "diubah"


def test_what_the_run_itself_wrote_again_is_no_added_file(tmp_path: Path) -> None:
    place = tmp_path / "hasil"
    write(place, "index.html", "daftar.xlsx")
    write(place, "daftar.xlsx", update=True)  # as `list` does without -o
    assert write(place, "index.html", "list.xlsx") == []
    assert names(place) == {"index.html", "list.xlsx"}
