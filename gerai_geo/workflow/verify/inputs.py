"""Inputs of a saved result: whether the files that it was made of are still what they were."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gerai_geo.core.database_url import is_database
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.source_digest import source_sha256
from gerai_geo.intake.layers.source import files_of
from gerai_geo.intake.sample import sample_paths
from gerai_geo.intake.tables.sources import checksums_of
from gerai_geo.records.provenance.job_record import JOB, SAMPLE, split_kind
from gerai_geo.workflow.verify.report import Check, SavedResult


@dataclass(frozen=True)
class _Input:
    """One input: its name in the manifest, its checksum, and the path that the command line was given."""

    name: str
    sha256: str
    path: str | None = None
    role: str = "file"


def check_inputs(result: SavedResult, given: Sequence[Path] = ()) -> list[Check]:
    """
    One row for each input.

    Parameters
    ----------
    given
        Files, and folders in which they are looked for by name, if they are elsewhere now.
    """
    job = result.manifest.get(JOB)
    inputs = list(_inputs(result.manifest, job if isinstance(job, dict) else {}))
    if not inputs:
        return [Check("inputs", "unknown", _("Hasil ini tidak mencatat berkas masukannya (dibuat dari tabel)."))]
    return [_check(one, result.folder, given) for one in inputs]


def find_input(path: str, folder: Path, given: Sequence[Path]) -> Path | None:
    """
    Find the file that a job named: where people say, else where it was, else beside the result; None if it is gone.

    Parameters
    ----------
    path
        As the command line was given it.
    folder
        Folder of the result.
    """
    return next(iter(_places(path, path, folder, given)), None)


def _inputs(manifest: Mapping[str, Any], job: Mapping[str, Any]) -> Iterator[_Input]:
    """Yield the inputs that a manifest names, with the paths of its job."""
    if job.get(SAMPLE):
        sample = sample_paths()
        job = {"sites": list(map(str, sample.sites)), "forest": str(sample.forest), "targets": str(sample.targets),
               "recorded": str(sample.recorded)}  # fmt: skip
    intake, ground = job.get("intake") or {}, job.get("ground") or {}
    lists = [str(p) for p in job.get("sites") or []]
    for entry in _entries(manifest.get("sites")):
        top = entry["source"].partition("/")[0]
        path = next((p for p in lists if Path(p).name == top), None)
        yield _Input(entry["source"], entry["sha256"], path, "list")
    layers: list[tuple[Any, Any]] = [(manifest.get("forest"), job.get("forest"))]
    paths = [row[1] for row in job.get("extra") or []]
    extra = _entries(manifest.get("extra"))
    layers += list(zip(extra, paths, strict=True)) if len(paths) == len(extra) else [(e, None) for e in extra]
    named = dict(map(tuple, ground.get("editions") or []))
    layers += [(e, named.get(n)) for n, e in (manifest.get("editions") or {}).items()]
    rasters = {n: split_kind(f)[1] for n, f in ground.get("rasters") or []}
    layers += [(e, rasters.get(n)) for n, e in (manifest.get("rasters") or {}).items()]
    layers.append((manifest.get("corrections"), intake.get("corrections")))
    for entry, path in layers:
        for one in _entries([entry]):
            yield _Input(one["source"], one["sha256"], path)
    for key in ("targets", "recorded"):
        for entry in _entries((manifest.get(key) or {}).get("inputs")):
            yield _Input(entry["source"], entry["sha256"], job.get(key))
    for path, digest in (job.get("checksums") or {}).items():
        yield _Input(Path(path).name, str(digest), path)


def _entries(found: Any) -> list[dict[str, Any]]:
    """Entries of a manifest with a source and a checksum; tables in memory have none."""
    rows = found if isinstance(found, list) else []
    return [r for r in rows if isinstance(r, dict) and r.get("sha256") and isinstance(r.get("source"), str)]


def _check(one: _Input, folder: Path, given: Sequence[Path]) -> Check:
    if is_database(one.path) or "://" in str(one.path) or "://" in one.name:
        text = _("Basis data atau alamat jaringan; isinya kini tidak dibandingkan.")
        return Check("inputs", "unknown", text, one.name)
    others = []
    for place in _places(one.path, one.name, folder, given):
        digest = _digest(place, one)
        if digest == one.sha256:
            return Check("inputs", "same", _("Ada dan isinya sama: {path}").format(path=place), one.name)
        others.append(place)
    if others:
        text = _("Berkas lain dengan nama ini: {path}. Isinya bukan yang dipakai hasil ini; jalankan lagi dengannya, "
                 "atau cari yang lama.")  # fmt: skip
        return Check("inputs", "mismatch", text.format(path=others[0]), one.name, "another")
    text = _("Tidak ada lagi di tempatnya ({path}), jadi tidak diperiksa. Sebutkan tempatnya dengan --inputs.")
    return Check("inputs", "unknown", text.format(path=one.path or one.name), one.name)


def _places(path: str | None, name: str, folder: Path, given: Sequence[Path]) -> Iterator[Path]:
    """Where an input may be, those that exist, each once: as people say, else as the job says, or beside the result."""
    file = Path(path).name if path else name.partition("/")[0].partition(" + ")[0]
    places = [p / file if p.is_dir() and p.name != file else p for p in given if p.is_dir() or p.name == file]
    if not any(place.exists() for place in places):
        places = [folder.parent / file] if path is None else [Path(path), folder.parent / path]
    seen = set()
    for place in places:
        if file and place.exists() and (found := place.resolve()) not in seen:
            seen.add(found)
            yield place


def _digest(place: Path, one: _Input) -> str | None:
    """Checksum of what is at a place now, as the manifest has it; None where it can't be read."""
    try:
        if one.role == "list":
            return checksums_of(place).get(one.name)
        digests = [source_sha256(file) for file in files_of(place)] if place.is_dir() else [source_sha256(place)]
    except (InputError, OSError):
        return None
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
