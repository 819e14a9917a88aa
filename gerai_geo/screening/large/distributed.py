"""
Screening on a dask cluster: ``pip install "gerai-geo[dask]"``.

A worker gets the layer once: its index from the worker's own cache where it is there, else the polygons, from which it
builds the index. Workers read the sites and return summaries, `screen` also the rows. The findings are those of
`screening.screen.screen`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import geopandas
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.engine.index import load_index
from gerai_geo.errors import InputError, SchemaError
from gerai_geo.i18n.translate import _, localised, use_language
from gerai_geo.records.atomic_write import link_or_copy, replacing
from gerai_geo.records.issues import issue_notes
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.records.progress.numbering import site_numbers
from gerai_geo.screening.large.parquet_writer import ISSUES, contract_table, part_tables
from gerai_geo.screening.large.partials import (
    PartSummary,
    ScreeningSetup,
    closing_issues,
    merge_summaries,
    prepare_setup,
    screen_part,
)
from gerai_geo.screening.large.screen_file import (
    CHUNK,
    FileScreening,
    check_list,
    check_rows,
    finish,
    parts_of,
    unchanged_list,
)
from gerai_geo.screening.large.site_stream import SiteFile
from gerai_geo.screening.large.unfinished import (
    ON_A_CLUSTER,
    TABLES,
    part_file,
    save_part,
    state_of,
    table_folder,
    unfinished_parts,
)
from gerai_geo.screening.overlay import content_key, prepare, use_index

if TYPE_CHECKING:
    from distributed import Client, Future

_PREPARED: Final[dict[str, ScreeningSetup]] = {}
"""Setups that this worker has prepared, by token."""


@dataclass(frozen=True)
class _Shared:
    """Setup sent to each worker once; with a ``key`` of the index in the worker's cache it holds no polygons."""

    setup: ScreeningSetup
    key: str
    token: str


@dataclass(frozen=True)
class _Job:
    """Rows of a file for one task."""

    path: str
    first: int
    last: int
    options: dict[str, Any]


@localised
def screen(
    sites: str | Path | GeoDataFrame | Any,
    forest: Forest,
    *,
    client: Client | None = None,
    chunk: int = CHUNK,
    columns: Mapping[str, str] | None = None,
    crs: Any = None,
    layer: str | None = None,
    extra: Sequence[ExtraLayer] = (),
    lang: str | None = None,
    **options: Any,
) -> Screening:
    """
    Screen sites on a dask cluster and gather the findings.

    Parameters
    ----------
    sites
        A dask-geopandas table whose index is ``site_id``, a table in memory, or a file as for `screen_file`.
    forest
        The layer, from `read_forest`.
    client
        Client of the cluster; by default the current one, else a temporary cluster on this machine.
    chunk, columns, crs, layer
        How a file or a table in memory is split and read, see `large.screen_file.screen_file`.
    extra, lang, **options
        Arguments of `screening.screen.screen`.

    Returns
    -------
    screening
        Equal to that of the whole list on one machine, but without `Screening.forest`.

    Raises
    ------
    InputError
        If dask is not installed, or the list can't be used.
    """
    with _client(client) as cluster:
        shared = _send_setup(cluster, prepare_setup(forest, extra, options))
        reading = {"columns": columns, "crs": crs, "layer": layer}
        jobs = _jobs(sites, chunk, reading, cluster)
        tasks = [cluster.submit(_screen_rows, job, shared, pure=False) for job in jobs]
        parts: list[tuple[Screening, PartSummary]] = cluster.gather(tasks)
    total = merge_summaries([summary for _found, summary in parts])
    closing = closing_issues(forest, extra, total)
    findings = pd.concat([found.findings for found, _summary in parts])
    if not findings.index.is_unique:
        raise SchemaError(f"sites: ids repeat: {findings.index[findings.index.duplicated()][:5].tolist()}")
    findings["number"] = site_numbers(findings)
    overlaps = pd.concat([found.overlaps for found, _summary in parts], ignore_index=True)
    issues = pd.concat([closing, *(found.issues for found, _summary in parts)], ignore_index=True)
    return Screening(
        GeoDataFrame(findings, crs=schema.CRS),
        schema.set_dtypes(overlaps, "overlaps"),
        schema.set_dtypes(issues, "issues"),
        total.manifest,
    )


@localised
def screen_file(
    path: str | Path,
    forest: Forest,
    out: str | Path,
    *,
    client: Client | None = None,
    chunk: int = CHUNK,
    columns: Mapping[str, str] | None = None,
    crs: Any = None,
    layer: str | None = None,
    extra: Sequence[ExtraLayer] = (),
    lang: str | None = None,
    resume: bool = False,
    **options: Any,
) -> FileScreening:
    """
    Screen a long list on a dask cluster; each worker writes its own findings.

    Parameters
    ----------
    path, out
        The list, and the folder of the result. All workers must reach both under this name.
    forest, client, chunk, columns, crs, layer, extra, lang, **options
        As for `screen`.
    resume
        Whether to go on where an earlier run into `out` was stopped or killed, see `large.screen_file.screen_file`.

    Returns
    -------
    result
        As of `large.screen_file.screen_file`, with folders ``findings/``, ``overlaps/`` and ``issues/`` of one file per
        part instead of three files. Read in the order of their names they hold the list's rows.

    Raises
    ------
    InputError
        If dask is not installed, the list can't be used, or parts of another list, layer or option would be resumed.
    OutputError
        If the folder can't be written, or the rows of the result are not those of the list.
    """
    reading = {"columns": columns, "crs": crs, "layer": layer}
    file = SiteFile(path, **reading)
    rows = check_list(file, chunk)
    state = state_of(file, forest, extra, options, chunk, ON_A_CLUSTER)
    with (
        unfinished_parts(Path(out), state, resume=resume) as parts,
        replacing(out) as new,
        unchanged_list(file, parts),
    ):
        jobs = _file_jobs(file, rows, chunk, reading)
        missing = sorted(set(range(len(jobs))) - set(parts.done()))
        workers = 0
        if missing:
            with _client(client) as cluster:
                shared = _send_setup(cluster, prepare_setup(forest, extra, {**options, "on": parts.on}))
                folder = str(parts.folder)
                tasks = [cluster.submit(_write_rows, jobs[n], shared, folder, n, pure=False) for n in missing]
                cluster.gather(tasks)
                workers = len(cluster.scheduler_info()["workers"])
        total = merge_summaries([parts.summary(n)[0] for n in range(len(jobs))])
        for name in TABLES:
            table_folder(new, name).mkdir(parents=True)
            for n in range(len(jobs)):
                link_or_copy(part_file(parts.folder, name, n), part_file(new, name, n))
        check_rows(new, file, rows, parts)
        closing = closing_issues(forest, extra, total)
        pq.write_table(contract_table(ISSUES, closing), part_file(new, ISSUES, len(jobs)), compression="zstd")
        written = {name: ds.dataset(parts_of(new, name)).count_rows() for name in TABLES}
        about = {"rows": chunk, "parts": len(jobs), "workers": workers, "written": written}
        manifest = finish(new, total.manifest, file, about, geopackage=False)
    return FileScreening(Path(out), manifest, total.flagged, total.errors, tuple(issue_notes(closing)))


@contextmanager
def _client(client: Client | None) -> Iterator[Client]:
    """Give the caller's client, the current one, or that of a temporary local cluster."""
    try:
        from distributed import Client, LocalCluster, get_client
    except ImportError as error:
        text = _('Untuk banyak mesin pasang dulu dask: pip install "gerai-geo[dask]"')
        raise InputError(text) from error
    if client is None:
        try:
            client = get_client()
        except ValueError:  # there is none
            with LocalCluster(threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster, Client(cluster) as own:
                yield own
            return
    yield client


def _send_setup(client: Client, setup: ScreeningSetup) -> Future:
    """Send the layer to the workers: by the key of its index where all have it cached, else whole."""
    key = content_key(setup.forest)
    if key and all(client.run(_has_index, key).values()):
        table = setup.forest.table
        bare = table.set_geometry(geopandas.GeoSeries([None] * len(table), crs=schema.CRS).values)
        setup = replace(setup, forest=replace(setup.forest, table=bare))
    else:
        key = ""
    return client.scatter(_Shared(setup, key, uuid4().hex), broadcast=True, hash=False)


def _has_index(key: str) -> bool:
    return load_index(key) is not None


def _prepared_setup(shared: _Shared) -> ScreeningSetup:
    """Prepare the layer on a worker, once."""
    setup = _PREPARED.get(shared.token)
    if setup is None:
        setup = shared.setup
        index = load_index(shared.key) if shared.key else prepare(setup.forest)
        if index is None:
            text = _("worker: indeks layer {key} tidak ada lagi di cache. Ulangi.")
            raise InputError(text.format(key=shared.key[:12]))
        use_index(setup.forest, index)
        _PREPARED.clear()  # of an earlier screening
        _PREPARED[shared.token] = setup
    return setup


def _jobs(sites: Any, chunk: int, reading: dict[str, Any], client: Client) -> list[Any]:
    """List what each task screens: rows of a file, a partition, or rows of a table."""
    if isinstance(sites, str | Path):
        file = SiteFile(sites, **reading)
        return _file_jobs(file, check_list(file, chunk), chunk, reading)
    if isinstance(sites, GeoDataFrame):
        pieces = [sites.iloc[first : first + chunk] for first in range(0, max(len(sites), 1), chunk)]
        return list(client.scatter(pieces, hash=False))
    if hasattr(sites, "to_delayed"):
        return list(client.compute(list(sites.to_delayed())))
    raise InputError(_("sites: beri berkas, GeoDataFrame, atau tabel dask-geopandas."))


def _file_jobs(file: SiteFile, rows: int, chunk: int, reading: dict[str, Any]) -> list[_Job]:
    path = str(file.path.resolve())
    return [_Job(path, first, min(first + chunk, rows), reading) for first in range(0, rows, chunk)]


def _screen_rows(job: Any, shared: _Shared) -> tuple[Screening, PartSummary]:
    """Screen the rows of a job on a worker, with the user's other columns."""
    if isinstance(job, _Job):
        found, summary, others = _screen_file_rows(job, shared)
        names = {n: f"{n}_as_given" if n in found.findings else n for n in others.column_names}
        columns = others.to_pandas().set_axis(found.findings.index).rename(columns=names)
        found = replace(found, findings=GeoDataFrame(pd.concat([found.findings, columns], axis=1)))
    else:
        with use_language(shared.setup.lang):
            found, summary = screen_part(_partition(job), _prepared_setup(shared))
    return replace(found, forest=None, extra=()), summary


def _partition(table: GeoDataFrame) -> GeoDataFrame:
    """Give a partition its ids as index, and pandas' default string type, which dask replaces by another."""
    text_columns = [c for c in table.columns if isinstance(table[c].dtype, pd.StringDtype)]
    table = table.astype(dict.fromkeys(text_columns, "str"))
    return table.set_index("site_id") if "site_id" in table and table.index.name != "site_id" else table


def _screen_file_rows(job: _Job, shared: _Shared) -> tuple[Screening, PartSummary, pa.Table]:
    with use_language(shared.setup.lang):
        part = SiteFile(job.path, **job.options).rows(job.first, job.last)
        return *screen_part(part.sites, _prepared_setup(shared)), part.others


def _write_rows(job: _Job, shared: _Shared, folder: str, number: int) -> None:
    """Screen the rows of a job on a worker and save them there, atomically: a task may run twice."""
    found, summary, others = _screen_file_rows(job, shared)
    found.findings["number"] = pd.Series(pd.NA, found.findings.index, dtype="Int64")  # other parts come first
    save_part(Path(folder), number, part_tables(found, others), summary)
