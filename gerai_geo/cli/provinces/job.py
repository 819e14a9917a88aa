"""`gerai-geo run --per-province`: the list read once, then a result folder for each province."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from gerai_geo.cli.jobs.job import Job
from gerai_geo.cli.pipeline import read_overlays, run_sites, select_regencies, with_boundaries
from gerai_geo.cli.provinces.folder import (
    KEY,
    TopFolder,
    check_output,
    count_columns,
    folder_names,
    may_be_kept,
    results_below,
)
from gerai_geo.cli.provinces.inputs import digest, digest_of_job
from gerai_geo.cli.provinces.progress import ProvinceConsole
from gerai_geo.errors import GeraiGeoError, OutputError
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.index_page.provinces_page import COUNTED, ProvinceResult
from gerai_geo.records.provenance.job_record import LEFT_OUT

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

    from gerai_geo.cli.console import Console
    from gerai_geo.core.arrays import Bools
    from gerai_geo.outputs.map_process import MapProcess


@dataclass(frozen=True)
class NationResult:
    """
    Results of all provinces.

    Parameters
    ----------
    results
        By code of the province, those of no known province last.
    kept
        Names of the folders that were complete and stay as they were.
    issues
        Number of issues of all results by severity; those of whole files count once.
    notes
        Sentences that head the page above.
    left_out
        Notes on the ground that the maps leave out for its size.
    """

    results: list[ProvinceResult]
    kept: set[str]
    issues: dict[str, int]
    notes: list[str]
    left_out: list[str]


@dataclass(frozen=True)
class _Part:
    """A province of the list, before it is screened."""

    title: str
    code: str | None
    folder: str
    rows: Bools
    made_of: str | None


def run_provinces(console: Console, job: Job, output: Path, process: MapProcess | None = None) -> NationResult:
    """Do the whole job province by province; results that would be the same again are kept."""
    _check_options(job)
    before = check_output(output)
    made_of = digest_of_job(job)
    if made_of is None:
        console.notify(_("Sumber di basis data atau di jaringan bisa berubah: semua provinsi dibuat baru."))
    job = replace(with_boundaries(job), extra=tuple(read_overlays(job)))
    sites, issues, origins = _read(console, job)
    parts = _parts(job, sites, origins, made_of)
    top = TopFolder(output, before, sites.attrs["inputs"], sites.attrs.get(LEFT_OUT))
    kept = {p.folder for p in parts if may_be_kept(output / p.folder, p.made_of, int(p.rows.sum()))}
    found = _Found()
    with console.step("summary"):
        results = [_result(p, found.read(output / p.folder) if p.folder in kept else None) for p in parts]
        top.write(results, found.notes)
    _tell_kept(console, kept, len(parts))
    rest = ProvinceConsole(console, len(parts), len(sites), sum(r.sites for r in results if r.folder in kept))
    for n, part in enumerate(parts):
        if part.folder in kept:
            continue
        rest.begin(n + 1, part.title)
        try:
            with _memory_of_its_own():
                _make(rest, job, part, (sites, issues, origins), output, process)
        except (GeraiGeoError, KeyboardInterrupt):
            text = _("Berhenti di {province}. Jalankan lagi perintah yang sama untuk melanjutkan.")
            console.notify(text.format(province=part.title))
            raise
        results[n] = _result(part, found.read(output / part.folder))
        rest.finish(results[n].sites)
        if n + 1 < len(parts):
            top.write(results, found.notes)
    _check_sum(results, len(sites))
    for name in top.remove_former():
        text = _("{folder}: provinsi ini tidak ada lagi dalam daftar; foldernya berisi catatan Anda dan dibiarkan.")
        console.notify(text.format(folder=output / name))
    top.write(results, found.notes)
    return NationResult(results, kept, found.issues(), found.notes, found.left_out)


def _check_options(job: Job) -> None:
    """Refuse what concerns the whole list and can't be divided by province."""
    given = {"--recorded": job.recorded, "--targets": job.targets}
    if names := [name for name, value in given.items() if value is not None]:
        text = _(
            "{options} tidak dapat dipakai bersama --per-province. Jalankan tanpa itu, lalu ulangi provinsi yang "
            "memerlukannya dengan daftar provinsi itu saja."
        )
        raise click.UsageError(text.format(options=", ".join(names)), click.get_current_context())
    if job.previous is not None and results_below(job.previous) is None:
        text = _(
            "--previous {folder}: bukan folder hasil --per-province. Beri hasil bulan lalu yang dibuat dengan opsi itu."
        )
        raise click.UsageError(text.format(folder=job.previous), click.get_current_context())


def _read(console: Console, job: Job) -> tuple[GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    """Sites, issues and origins of the list, limited to the regencies of the job."""
    from gerai_geo.intake.sites import read_with_origins

    with console.step("sites"):
        regency = job.regencies[0] if len(job.regencies) == 1 else None
        sites, issues, origins = read_with_origins(list(job.sites), regency=regency, **job.intake)
        if job.regencies:
            sites, issues = select_regencies(sites, issues, job.regencies)
        return sites, issues, origins.loc[sites.index]


def _parts(job: Job, sites: GeoDataFrame, origins: pd.DataFrame, made_of: str | None) -> list[_Part]:
    from gerai_geo.intake.admin.provinces import provinces_of
    from gerai_geo.intake.files.raw_table import column_texts

    numbers, provinces = provinces_of(sites, column_texts(origins["province"]), job.intake.get("boundaries"))
    known = [*provinces, None] if (numbers < 0).any() else list(provinces)
    parts = []
    for n, (province, folder) in enumerate(zip(known, folder_names(known), strict=True)):
        rows = numbers == (n if province else -1)
        code = province.code if province else None
        title = province.name if province else _("Tanpa provinsi")
        title = title or _("Provinsi {code}").format(code=code)
        own = None
        if made_of is not None:
            own = digest(made_of, folder, title, sites.index[rows].tolist(), _digest_of_previous(job, folder))
        parts.append(_Part(title, code, folder, np.asarray(rows), own))
    return parts


def _digest_of_previous(job: Job, folder: str) -> list[str]:
    from gerai_geo.core.file_digest import sha256

    earlier = _previous(job, folder)
    return [] if earlier is None else [sha256(file) for file in sorted(earlier.glob("findings.*"))]


def _previous(job: Job, folder: str) -> Path | None:
    """Earlier result of a province; None where there is none."""
    earlier = None if job.previous is None else job.previous / folder
    return earlier if earlier is not None and (earlier / "findings.gpkg").is_file() else None


def _make(
    console: Console,
    job: Job,
    part: _Part,
    whole: tuple[GeoDataFrame, pd.DataFrame, pd.DataFrame],
    output: Path,
    process: MapProcess | None,
) -> None:
    """Make the result of one province."""
    from gerai_geo.intake.admin.list_parts import part_of_list

    sites, issues = part_of_list(*whole, part.rows)
    job = replace(job, previous=_previous(job, part.folder))
    notes: dict[str, Any] = {KEY: {"name": part.title, "code": part.code, "made_of": part.made_of}}
    run_sites(console, job, sites, issues, output / part.folder, process, notes=notes)


@contextmanager
def _memory_of_its_own() -> Iterator[None]:
    """Context manager that frees what a block leaves, without a look at all that was there before."""
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()


class _Found:
    """What the page and the report tell of the results, read from their folders one by one."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.left_out: list[str] = []
        self._of_sites: Counter[str] = Counter()
        self._of_files: set[tuple[str, ...]] = set()

    def read(self, folder: Path) -> pd.DataFrame:
        """Read the counted columns of a result's findings; its issues and notes are remembered."""
        from gerai_geo.i18n.labels import synthetic_note
        from gerai_geo.records.atomic_write import read_manifest
        from gerai_geo.records.issues import issue_notes, left_out
        from gerai_geo.records.store import read_shown

        findings, issues = read_shown(folder)
        manifest = read_manifest(folder) or {}
        notes = [synthetic_note()] if manifest.get("synthetic") else []
        notes += [f"{manifest[KEY]['name']}: {note}" for note in issue_notes(issues)]
        self.notes = list(dict.fromkeys([*self.notes, *notes]))
        self.left_out = list(dict.fromkeys([*self.left_out, *left_out(manifest)]))
        of_files = issues["site_id"].isna()
        self._of_sites.update(issues["severity"][~of_files].tolist())
        told = issues.loc[of_files, ["severity", "code", "source", "source_row", "message"]]
        self._of_files |= set(told.astype(str).itertuples(index=False, name=None))
        return count_columns(findings, COUNTED)

    def issues(self) -> dict[str, int]:
        """Count the issues of all results by severity."""
        return dict(self._of_sites + Counter(severity for severity, *_rest in self._of_files))


def _result(part: _Part, findings: pd.DataFrame | None) -> ProvinceResult:
    return ProvinceResult(part.title, part.code, part.folder, int(part.rows.sum()), findings)


def _tell_kept(console: Console, kept: Iterable[str], provinces: int) -> None:
    names = sorted(kept)
    if names and not console.quiet:
        text = _("{n} dari {all} provinsi sudah selesai dari masukan yang sama dan dibiarkan: {names}.")
        console.notify(text.format(n=console.number(len(names)), all=console.number(provinces), names=", ".join(names)))


def _check_sum(results: list[ProvinceResult], sites: int) -> None:
    """Raise if a row of the list is in no result, or in two."""
    found = [result.findings for result in results if result.findings is not None]
    ids = {site for table in found for site in table.index}
    if len(ids) != sites or sum(map(len, found)) != sites:
        text = _("Hasil semua provinsi berisi {found} titik, tetapi daftar berisi {sites}. Laporkan kepada pengembang.")
        raise OutputError(text.format(found=sum(map(len, found)), sites=sites))
