"""Screening of a long list chunk by chunk in bounded memory, and reading of some rows of the result."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gerai_geo import schema
from gerai_geo.core.cache_folder import cached_sha256
from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.labels import synthetic_note
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.atomic_write import MANIFEST, OURS, read_manifest, replacing
from gerai_geo.records.geopackage import describe_layers
from gerai_geo.records.issues import closing_notes, issue_notes
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.records.progress.numbering import site_numbers
from gerai_geo.records.qgis_styles import add_styles, status_style
from gerai_geo.screening.large.parquet_writer import (
    FINDINGS,
    GEOPACKAGE,
    ISSUES,
    OVERLAPS,
    Appender,
    contract_table,
    part_tables,
)
from gerai_geo.screening.large.partials import (
    PartSummary,
    ScreeningSetup,
    closing_issues,
    merge_summaries,
    prepare_setup,
    screen_part,
)
from gerai_geo.screening.large.site_stream import SiteFile
from gerai_geo.screening.large.unfinished import HERE, Parts, save_part, state_of, unfinished_parts
from gerai_geo.screening.screen import status_counts

CHUNK: Final = 50_000
"""Sites in memory at a time."""

KEY: Final = "chunks"
"""Key of a long list's details in the manifest."""


@dataclass(frozen=True)
class FileScreening:
    """
    Result of screening a long list into a folder.

    Parameters
    ----------
    folder
        Folder of ``findings.parquet``, ``overlaps.parquet``, ``issues.parquet``, ``manifest.json``.
    manifest
        As of any screening, with the number and size of the parts under ``chunks``.
    flagged, errors
        Numbers of findings that a meeting must look at, and of issues that are errors.
    notes
        Sentences of layers that lie elsewhere or arrived incomplete.
    """

    folder: Path
    manifest: dict[str, Any]
    flagged: int
    errors: int
    notes: tuple[str, ...] = ()


@typed
@localised
def screen_file(
    path: str | Path,
    forest: Forest,
    out: str | Path,
    *,
    chunk: int = CHUNK,
    columns: Mapping[str, str] | None = None,
    crs: Any = None,
    layer: str | None = None,
    geopackage: bool = False,
    extra: Sequence[ExtraLayer] = (),
    lang: str | None = None,
    tell: Callable[[int, int], object] | None = None,
    resume: bool = False,
    **options: Any,
) -> FileScreening:
    """
    Screen a list that is too long for memory.

    Rows are used as they are, without the checks of `read_sites` across a list (duplicates, villages, swapped
    coordinates).

    Parameters
    ----------
    path
        GeoParquet, GeoPackage or FlatGeobuf of points or parcels.
    forest
        The layer, from `read_forest`.
    out
        Folder for the result: new, empty, or written by gerai_geo before; replaced atomically.
    chunk
        Sites in memory at a time.
    columns
        ``{"site_id": "NIB", "regency_code": "KODE"}`` where the list uses other names.
    crs
        CRS of a list that carries none.
    layer
        Layer of a GeoPackage with several.
    geopackage
        Whether to write ``findings.gpkg`` too, for QGIS.
    extra
        Overlay layers, see `screen`.
    lang
        Language of the sentences.
    tell
        Callback for progress, called with the rows done and all rows after each chunk.
    resume
        Whether to go on where an earlier run of the same screening into `out` was stopped or killed. The chunks that
        are done are kept beside `out`, in ``<out>.part``, until the result is complete. Without it they are removed.
    **options
        Further arguments of `screen`: ``tolerance_m``, ``map_class``, ``rules``, ``building``, ``purpose``.

    Returns
    -------
    result
        The findings are those of `screen` on the whole list, to the last row.

    Raises
    ------
    InputError
        If the list can't be read in chunks, ids repeat, no CRS is known, or chunks of another list, layer or option
        would be resumed.
    OutputError
        If the folder can't be written, or the rows of the result are not those of the list.
    """
    file = SiteFile(path, columns=columns, crs=crs, layer=layer)
    rows = check_list(file, chunk)
    state = state_of(file, forest, extra, options, chunk, HERE)
    with (
        unfinished_parts(Path(out), state, resume=resume) as parts,
        replacing(out) as new,
        unchanged_list(file, parts),
    ):
        setup = prepare_setup(forest, extra, {**options, "on": parts.on})
        new.mkdir()
        with Appender(new, geopackage=geopackage) as appender:
            total = _append_parts(appender, parts, file, setup, chunk, lambda done: tell and tell(done, rows))
            closing = closing_issues(forest, extra, total)
            appender.add(ISSUES, contract_table(ISSUES, closing))
            written = dict(appender.rows)
        about = {"rows": chunk, "parts": -(-rows // chunk)}
        manifest = finish(new, total.manifest, file, about | {"written": written}, geopackage=geopackage)
        check_rows(new, file, rows, parts)
    return FileScreening(Path(out), manifest, total.flagged, total.errors, tuple(issue_notes(closing)))


def _append_parts(
    appender: Appender,
    parts: Parts,
    file: SiteFile,
    setup: ScreeningSetup,
    chunk: int,
    tell: Callable[[int], object],
) -> PartSummary:
    """Append the parts that are done, screen, save and append the others; returns the summary of all."""
    done = parts.done_in_order()
    summaries: list[PartSummary] = []
    numbered: dict[str, int] = {}

    def append(number: int) -> None:
        nonlocal summaries, numbered
        for name, table in parts.tables(number).items():
            appender.add(name, table)
        summary, numbered = parts.summary(number)
        summaries = [merge_summaries([*summaries, summary])]
        tell(int(summaries[0].manifest["counts"]["rows"]))

    for number in range(done):
        append(number)
    for number, part in enumerate(file.chunks(chunk, skip=done), done):
        found, summary = screen_part(part.sites, setup)
        found.findings["number"] = site_numbers(found.findings, numbered)
        save_part(parts.folder, number, part_tables(found, part.others), summary, numbered)
        append(number)
    (total,) = summaries
    return total


@contextmanager
def unchanged_list(file: SiteFile, parts: Parts) -> Iterator[None]:
    """
    Check at the end of the block that a list is the one that was screened; else its parts are of no use.

    Raises
    ------
    InputError
        If it was written meanwhile.
    """

    def is_changed() -> bool:
        return bool(cached_sha256(file.path) != parts.state["list"]["sha256"])

    error: Exception | None = None
    try:
        yield
        changed = is_changed()
    except BaseException as stopped:
        try:
            changed = is_changed()
        except OSError:  # the disk may come back
            changed = False
        parts.usable = parts.usable and not changed
        if not changed or not isinstance(stopped, Exception):
            raise
        error = stopped
    if changed:
        parts.usable = False
        text = _("{path}: daftar ini berubah selama ditapis. Ulangi dari awal.")
        raise InputError(text.format(path=file.path)) from error


def check_rows(folder: Path, file: SiteFile, rows: int, parts: Parts) -> None:
    """
    Check that the findings in a folder are of the list's sites, in its order; else its parts are of no use.

    Raises
    ------
    OutputError
        If they are not.
    """
    written, first = parts_of(folder, FINDINGS), 0
    same = True
    for path in sorted(written.iterdir()) if written.is_dir() else [written]:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(columns=["site_id"]):
                ids = batch.column(0).cast(pa.string()).to_numpy(zero_copy_only=False)
                same = same and np.array_equal(ids, file.ids_at(first, first + len(ids)))
                first += len(ids)
    if not same or first != rows:
        parts.usable = False
        text = _("{path}: baris hasil ({found}) bukan baris daftar ini ({rows}). Ulangi dari awal.")
        raise OutputError(text.format(path=file.path, found=first, rows=rows))


def check_list(file: SiteFile, chunk: int) -> int:
    """
    Check that ids are unique, and count the rows of a list.

    Raises
    ------
    InputError
        If there are no rows, or the chunk is empty.
    SchemaError
        If ids repeat.
    """
    if chunk < 1:
        raise InputError(_("chunk {value}: paling sedikit 1 baris.").format(value=chunk))
    rows = len(file) if file.ids is None else len(file.ids)
    vars(file).pop("ids", None)  # free the cached property
    if not rows:
        raise InputError(_("{path}: tidak ada satu pun baris.").format(path=file.path))
    return rows


def finish(
    folder: Path, manifest: dict[str, Any], file: SiteFile, about: dict[str, Any], *, geopackage: bool
) -> dict[str, Any]:
    """Write the manifest of a list that was screened in parts, and the styles and description of its GeoPackage."""
    rows = int(manifest["counts"]["rows"])
    manifest = manifest | {
        "sites": [
            {"source": file.path.name, "sha256": cached_sha256(file.path), "rows": rows, "columns": file.columns}
        ],
        KEY: about,
    }
    manifest["versions"] = {OURS: version(OURS)} | manifest["versions"]
    plain = json.dumps(
        manifest, ensure_ascii=False, indent=2, default=lambda v: v.item() if hasattr(v, "item") else str(v)
    )
    (folder / MANIFEST).write_text(plain + "\n", encoding="utf-8")
    if geopackage:
        add_styles(folder / GEOPACKAGE, [status_style("findings", ["marker", "fill"])], "geometry")
        notice = [synthetic_note()] if manifest.get("synthetic") else []
        described = " ".join([*notice, *closing_notes(manifest)])
        describe_layers(folder / GEOPACKAGE, ["findings"], described, manifest["created"])
    result: dict[str, Any] = json.loads(plain)
    return result


@localised
def read_part(
    folder: str | Path, *, regency: str | None = None, site_ids: Sequence[str] | None = None, lang: str | None = None
) -> Screening:
    """
    Read some rows of a list that was screened in parts, for maps, lists and explanations.

    Parameters
    ----------
    folder
        Folder written by `screen_file`.
    regency
        Name or code of a regency, as in the list.
    site_ids
        Ids of the sites.

    Returns
    -------
    screening
        Of those sites alone, with their counts; by default of all sites. Without `Screening.forest`.

    Raises
    ------
    InputError
        If the folder is not such a result, or holds none of those sites.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if manifest is None or KEY not in manifest:
        raise InputError(_("{folder}: bukan hasil penapisan bertahap.").format(folder=folder))
    wanted = None
    if regency is not None:
        wanted = (pc.field("regency") == regency) | (pc.field("regency_code") == regency)
    if site_ids is not None:
        named = pc.field("site_id").isin([str(i) for i in site_ids])
        wanted = named if wanted is None else wanted & named
    findings = geopandas.read_parquet(parts_of(folder, FINDINGS), filters=wanted).set_index("site_id")
    if findings.empty:
        raise InputError(_("{folder}: tidak ada titik yang dimaksud.").format(folder=folder))
    findings.index = findings.index.astype("str")
    if findings["number"].isna().all():  # written by the workers of a cluster, each for itself
        places = pd.read_parquet(parts_of(folder, FINDINGS), columns=["site_id", "regency"])
        findings["number"] = site_numbers(places.set_index(places["site_id"].astype("str"))).reindex(findings.index)
    findings = schema.set_dtypes(schema.set_dtypes(findings, "findings"), "sites")
    chosen = pc.field("site_id").isin(findings.index.tolist()) if wanted is not None else None
    overlaps = pd.read_parquet(parts_of(folder, OVERLAPS), filters=chosen)
    or_general = None if chosen is None else chosen | pc.field("site_id").is_null()
    issues = pd.read_parquet(parts_of(folder, ISSUES), filters=or_general)
    manifest["counts"] = status_counts(findings)
    return Screening(findings, schema.set_dtypes(overlaps, "overlaps"), schema.set_dtypes(issues, "issues"), manifest)


def parts_of(folder: Path, name: str) -> Path:
    """One file, or the folder of parts written by dask workers."""
    parts = folder / name.removesuffix(".parquet")
    return parts if parts.is_dir() else folder / name
