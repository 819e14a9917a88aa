"""`verify` of results by province, of long lists, and of results made from Python."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas
import pyarrow.parquet as pq
from click.testing import CliRunner

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.core.file_digest import seal_of
from gerai_geo.records.models import Screening
from gerai_geo.workflow.verify.report import Verification


def failed(told: Verification) -> list[tuple[str | None, ...]]:
    rows = told.checks[told.checks["outcome"] == "mismatch"]
    return [tuple(v if isinstance(v, str) else None for v in row) for row in
            rows[["folder", "check", "item", "cause"]].itertuples(index=False)]  # fmt: skip


def test_results_by_province_are_verified_each_and_together(tmp_path: Path) -> None:
    sample, folder = gg.sample_paths(), tmp_path / "nasional"
    run = ["run", sample.sites[0], "--forest", sample.forest, "--scale", "250000", "--per-province", "--no-clear"]
    done = CliRunner().invoke(main, [*map(str, run), "-o", str(folder), "--quiet"])
    assert done.exit_code == 0, done.output
    told = gg.verify(folder)
    assert failed(told) == []
    (province,) = set(told.checks["folder"].dropna())
    assert {"manifest", "inputs", "maps", "workbook"} <= {*told.checks.loc[told.checks["folder"].notna(), "check"]}
    assert "per provinsi" in CliRunner().invoke(main, ["verify", str(folder), "--again"]).stderr
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["provinces"][0]["seal"] == gg.verify(folder / province).seal
    seal = gg.verify(folder).seal
    assert failed(gg.verify(folder, seal=seal)) == []
    kept = (folder / province / "manifest.json").read_bytes()
    other = json.loads(kept) | {"disclaimer": "tidak apa-apa"}
    other["seal"] = seal_of(other)
    (folder / province / "manifest.json").write_text(json.dumps(other), encoding="utf-8")
    assert failed(gg.verify(folder)) == []  # as after a follow-up
    assert failed(gg.verify(folder, seal=seal)) == [(province, "manifest", "manifest.json", "another")]
    other.pop("seal")
    (folder / province / "manifest.json").write_text(json.dumps(other), encoding="utf-8")
    assert failed(gg.verify(folder)) == [(province, "manifest", "manifest.json", "people")]
    (folder / province / "manifest.json").write_bytes(kept)
    (folder / province / "index.html").unlink()
    (folder / "ringkasan.csv").write_text("diganti", encoding="utf-8")
    assert failed(gg.verify(folder)) == [
        (None, "files", "ringkasan.csv", "people"),
        (province, "files", "index.html", "people"),
    ]
    shutil.rmtree(folder / province)
    assert (province, "provinces", province, "people") in failed(gg.verify(folder))


def test_a_long_list_is_verified_by_its_ids_counts_and_files(tmp_path: Path) -> None:
    parcels = geopandas.read_file(gg.sample_paths().sites[2]).to_crs(4326)
    path = tmp_path / "bidang.parquet"
    parcels.assign(NIB=[f"{n:05d}" for n in range(len(parcels))]).to_parquet(path)
    forest = gg.read_forest(gg.sample_paths().forest, scale=250_000)
    gg.screen_file(path, forest, tmp_path / "hasil", chunk=8, columns={"site_id": "NIB"})
    told = gg.verify(tmp_path / "hasil", inputs=gg.sample_paths().forest)
    assert failed(told) == []
    assert told.checks.loc[told.checks["check"] == "inputs", "outcome"].tolist() == ["same", "same"]
    file = tmp_path / "hasil" / "findings.parquet"
    table = pq.read_table(file)
    pq.write_table(table.slice(0, len(table) - 1), file)
    assert {row[1] for row in failed(gg.verify(tmp_path / "hasil"))} == {"counts", "findings"}
    damaged = tmp_path / "hasil" / "overlaps.parquet"
    whole = damaged.read_bytes()
    for content in (whole[:-40], whole[:20], b""):
        damaged.write_bytes(content)
        assert (None, "findings", "overlaps.parquet", "damage") in failed(gg.verify(tmp_path / "hasil"))
    damaged.write_bytes(whole)
    file.write_bytes(file.read_bytes()[:-40])
    assert (None, "findings", None, "damage") in failed(gg.verify(tmp_path / "hasil"))


def test_a_result_made_from_python_or_by_an_older_version_is_verified_as_far_as_it_says(
    small_screening: Screening, tmp_path: Path
) -> None:
    folder = gg.write_screening(small_screening, tmp_path / "hasil")
    told = gg.verify(folder, lang="en")
    assert repr(told).startswith("<Verification: ")
    assert len(told.seal) == 64
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    for key in ("seal", "files"):
        manifest.pop(key)
    file.write_text(json.dumps(manifest), encoding="utf-8")
    older = gg.verify(folder, lang="en")
    assert older.seal == ""
    unknown = older.checks.loc[older.checks["outcome"] == "unknown", "check"].tolist()
    assert {"manifest", "files"} <= {*unknown}
