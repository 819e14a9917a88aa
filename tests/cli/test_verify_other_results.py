"""`verify` of results by province, of long lists, and of results made from Python."""

from __future__ import annotations

import csv
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
    top = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    top["sites"][0]["rows"] += 1
    kept = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_text(json.dumps(top | {"seal": seal_of(top)}), encoding="utf-8")
    assert failed(gg.verify(folder)) == [(None, "counts", None, "people")]
    (folder / "manifest.json").write_bytes(kept)
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


def test_what_an_older_version_left_unrecorded_is_compared_and_not_taken_for_changed(tmp_path: Path) -> None:
    """Without checksums no file was saved again by another program; what contradicts the findings is found still."""
    sample, folder = gg.sample_paths(), tmp_path / "hasil"
    run = ["run", sample.sites[0], "--forest", sample.forest, "--scale", "250000", "--no-clear", "-o", folder]
    done = CliRunner().invoke(main, [*map(str, run), "--quiet"])
    assert done.exit_code == 0, done.output
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    for key in ("seal", "files"):
        manifest.pop(key)
    for table in manifest["tables"].values():
        table.pop("content_sha256")
    file.write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "maps" / "catatan.html").write_text("<html>milik orang</html>", encoding="utf-8")
    checks = gg.verify(folder).checks
    assert set(checks.loc[~checks["outcome"].eq("same"), "check"]) == {"manifest", "files"}
    assert {"findings", "geopackage", "maps", "index", "workbook"} <= {*checks["check"]}
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    rows[1][rows[0].index("status")] = "unknown"
    with (folder / "findings.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    assert failed(gg.verify(folder)) == [(None, "findings", "findings.csv", "people")]
    (folder / "findings.gpkg").unlink()
    assert failed(gg.verify(folder)) == [(None, "geopackage", "findings.gpkg", "people")]


def test_rows_that_are_in_no_finding_need_a_record(tmp_path: Path) -> None:
    """Of two lists of the sample; a choice in Python leaves none, ``--regency`` does."""
    sample, folder = gg.sample_paths(), tmp_path / "hasil"
    sites, issues = gg.read_sites(list(sample.sites[:2]))
    forest = gg.read_forest(sample.forest, scale=250_000)
    gg.write_screening(gg.screen(sites.iloc[:-2], forest, issues=issues), tmp_path / "python")
    checks = gg.verify(tmp_path / "python").checks
    assert checks.loc[checks["check"].eq("counts"), "outcome"].tolist() == ["same", "unknown"]
    regency = sites["regency"].dropna().iloc[0]
    run = ["run", *sample.sites[:2], "--forest", sample.forest, "--scale", "250000", "--no-clear", "--regency", regency]
    done = CliRunner().invoke(main, [*map(str, run), "-o", str(folder), "--quiet"])
    assert done.exit_code == 0, done.output
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    others = int((sites["regency"].notna() & (sites["regency"] != regency)).sum())
    assert others
    assert manifest["left_out_rows"] == others
    assert failed(gg.verify(folder)) == []
    for left_out in (others - 1, None):
        other = manifest | {"left_out_rows": left_out}
        (folder / "manifest.json").write_text(json.dumps(other | {"seal": seal_of(other)}), encoding="utf-8")
        assert failed(gg.verify(folder)) == [(None, "counts", None, "people")]
