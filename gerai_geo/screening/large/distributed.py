"""
The same screening on a dask cluster: ``pip install "gerai-geo[dask]"``.

A worker gets the layer once: its index from the worker's own cache where it is there, else the polygons, from which
the worker prepares it. The sites are read by the workers; what goes back is a tally, or the rows where they are asked
for. The findings are those of `screen`.
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
import pyarrow.parquet as pq
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.engine.index import load_index
from gerai_geo.errors import InputError, OutputError, SchemaError
from gerai_geo.i18n.translate import _, localised, use_language
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.records.store import replacing
from gerai_geo.screening.large.parquet_writer import FINDINGS, ISSUES, OVERLAPS, contract_table, findings_table
from gerai_geo.screening.large.partials import Tally, Work, closing_issues, join_tallies, screen_part, work_of
from gerai_geo.screening.large.screen_file import CHUNK, FileScreening, check_list, finish
from gerai_geo.screening.large.site_stream import SiteFile
from gerai_geo.screening.overlay import content_key, prepare, use_index

if TYPE_CHECKING:
    from distributed import Client, Future

_LOADED: Final[dict[str, Work]] = {}
"""What this worker has prepared, by token."""


@dataclass(frozen=True)
class _Shared:
    """What goes to each worker once; ``key`` names the index in its cache, without polygons beside it."""

    work: Work
    key: str
    token: str


@dataclass(frozen=True)
class _Job:
    """Rows of a file that one task screens."""

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
    Screen sites on a cluster and gather the findings.

    Parameters
    ----------
    sites
        A dask-geopandas table whose index is ``site_id``, a table in memory, or a file as of `screen_file`.
    forest
        The layer, from `read_forest`.
    client
        Of the cluster; the current one where there is one, else one on this machine for the time being.
    chunk, columns, crs, layer
        How a file or a table in memory is cut and read, see `chunks.screen_file`.
    extra, lang, **options
        As of `screen`.

    Returns
    -------
    screening
        Equal to that of `screen` on the whole list, but for `Screening.forest`, which is left out.

    Raises
    ------
    InputError
        If dask is not installed, or the list can't be used.
    """
    with _client(client) as cluster:
        shared = _send(cluster, work_of(forest, extra, options))
        reading = {"columns": columns, "crs": crs, "layer": layer}
        jobs = _jobs(sites, chunk, reading, cluster)
        tasks = [cluster.submit(_screen_rows, job, shared, pure=False) for job in jobs]
        parts: list[tuple[Screening, Tally]] = cluster.gather(tasks)
    total = join_tallies([tally for _found, tally in parts])
    closing = closing_issues(forest, extra, total)
    findings = pd.concat([found.findings for found, _tally in parts])
    if not findings.index.is_unique:
        raise SchemaError(f"sites: ids repeat: {findings.index[findings.index.duplicated()][:5].tolist()}")
    overlaps = pd.concat([found.overlaps for found, _tally in parts], ignore_index=True)
    issues = pd.concat([closing, *(found.issues for found, _tally in parts)], ignore_index=True)
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
    **options: Any,
) -> FileScreening:
    """
    Screen a long list on a cluster; each worker writes what it has found.

    Parameters
    ----------
    path, out
        The list, and the folder of the result. All workers must reach both under this name.
    forest, client, chunk, columns, crs, layer, extra, lang, **options
        As of `screen`.

    Returns
    -------
    result
        As of `chunks.screen_file`, with the folders ``findings/``, ``overlaps/`` and ``issues/`` of one file a part
        in place of three files. Their rows in the order of their names are the list's.

    Raises
    ------
    InputError
        If dask is not installed, or the list can't be used.
    OutputError
        If the folder can't be written, or a row is missing at the end.
    """
    reading = {"columns": columns, "crs": crs, "layer": layer}
    file = SiteFile(path, **reading)
    rows = check_list(file, chunk)
    with replacing(out) as new, _client(client) as cluster:
        for name in (FINDINGS, OVERLAPS, ISSUES):
            _folder(new, name).mkdir(parents=True)
        shared = _send(cluster, work_of(forest, extra, options))
        tasks = [
            cluster.submit(_write_rows, job, shared, str(new), number, pure=False)
            for number, job in enumerate(_file_jobs(file, rows, chunk, reading))
        ]
        total = join_tallies(cluster.gather(tasks))
        if total.manifest["counts"]["rows"] != rows:
            text = _("{path}: {found} dari {rows} baris selesai ditapis. Ulangi.")
            raise OutputError(text.format(path=path, found=total.manifest["counts"]["rows"], rows=rows))
        closing = closing_issues(forest, extra, total)
        _put(new, ISSUES, len(tasks), contract_table(ISSUES, closing))
        about = {"rows": chunk, "parts": len(tasks), "workers": len(cluster.scheduler_info()["workers"])}
        manifest = finish(new, total.manifest, file, about, geopackage=False)
    return FileScreening(Path(out), manifest, total.flagged, total.errors)


@contextmanager
def _client(client: Client | None) -> Iterator[Client]:
    """Give the client of the caller, the current one, or that of a cluster that ends with the block."""
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


def _send(client: Client, work: Work) -> Future:
    """Bring the layer to the workers: by the name of its index where all have it, else whole."""
    key = content_key(work.forest)
    light = bool(key) and all(client.run(_has_index, key).values())
    if light:
        bare = work.forest.table.set_geometry(
            geopandas.GeoSeries([None] * len(work.forest.table), crs=schema.CRS).values
        )
        work = replace(work, forest=replace(work.forest, table=bare))
    return client.scatter(_Shared(work, key if light else "", uuid4().hex), broadcast=True, hash=False)


def _has_index(key: str) -> bool:
    return load_index(key) is not None


def _ready(shared: _Shared) -> Work:
    """Prepare the layer on a worker, once."""
    work = _LOADED.get(shared.token)
    if work is None:
        work = shared.work
        index = load_index(shared.key) if shared.key else prepare(work.forest)
        if index is None:
            raise InputError(
                _("worker: indeks layer {key} tidak ada lagi di cache. Ulangi.").format(key=shared.key[:12])
            )
        use_index(work.forest, index)
        _LOADED.clear()  # of an earlier screening
        _LOADED[shared.token] = work
    return work


def _jobs(sites: Any, chunk: int, reading: dict[str, Any], client: Client) -> list[Any]:
    """Give what one task screens: rows of a file, a partition, or rows of a table."""
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


def _screen_rows(job: Any, shared: _Shared) -> tuple[Screening, Tally]:
    """Screen the rows of a job on a worker, the user's further columns with them."""
    if isinstance(job, _Job):
        found, tally, further = _screen_file_rows(job, shared)
        names = {n: f"{n}_as_given" if n in found.findings else n for n in further.column_names}
        more = further.to_pandas().set_axis(found.findings.index).rename(columns=names)
        found = replace(found, findings=GeoDataFrame(pd.concat([found.findings, more], axis=1)))
    else:
        with use_language(shared.work.lang):
            found, tally = screen_part(_partition(job), _ready(shared))
    return replace(found, forest=None, extra=()), tally


def _partition(table: GeoDataFrame) -> GeoDataFrame:
    """Give a partition with its ids as index, and texts of pandas' own kind, which dask replaces by another."""
    texts = [c for c in table.columns if isinstance(table[c].dtype, pd.StringDtype)]
    table = table.astype(dict.fromkeys(texts, "str"))
    return table.set_index("site_id") if "site_id" in table and table.index.name != "site_id" else table


def _screen_file_rows(job: _Job, shared: _Shared) -> tuple[Screening, Tally, pa.Table]:
    with use_language(shared.work.lang):
        part = SiteFile(job.path, **job.options).rows(job.first, job.last)
        return *screen_part(part.sites, _ready(shared)), part.further


def _write_rows(job: _Job, shared: _Shared, folder: str, number: int) -> Tally:
    """Screen the rows of a job on a worker and write them there."""
    found, tally, further = _screen_file_rows(job, shared)
    _put(Path(folder), FINDINGS, number, findings_table(found.findings, further))
    for name, table in ((OVERLAPS, found.overlaps), (ISSUES, found.issues)):
        _put(Path(folder), name, number, contract_table(name, table))
    return tally


def _folder(folder: Path, name: str) -> Path:
    return folder / name.removesuffix(".parquet")


def _put(folder: Path, name: str, number: int, table: pa.Table) -> None:
    """Write one part whole: a task may run twice, where a worker was lost."""
    place = _folder(folder, name) / f"part-{number:05d}.parquet"
    beside = place.with_name(f".{place.name}.{uuid4().hex[:8]}")
    pq.write_table(table, beside, compression="zstd")
    beside.replace(place)
