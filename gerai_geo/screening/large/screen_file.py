"""`screen_file`: a long list screened chunk by chunk, in bounded memory, with the findings of the whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import geopandas
import pandas as pd
import pyarrow.compute as pc

from gerai_geo import schema
from gerai_geo.core.digest import sha256
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import disclaimer, synthetic_note
from gerai_geo.i18n.translate import _, localised
from gerai_geo.records.atomic_write import MANIFEST, OURS, read_manifest
from gerai_geo.records.geopackage import describe_layers
from gerai_geo.records.models import ExtraLayer, Forest, Screening
from gerai_geo.records.qgis_styles import add_styles, status_style
from gerai_geo.records.store import replacing
from gerai_geo.screening.large.parquet_writer import FINDINGS, GEOPACKAGE, ISSUES, OVERLAPS, Appender
from gerai_geo.screening.large.partials import Tally, closing_issues, join_tallies, screen_part, work_of
from gerai_geo.screening.large.site_stream import SiteFile

CHUNK: Final = 50_000
"""Sites in memory at a time."""

KEY: Final = "chunks"
"""Of the manifest of a list that was screened in parts."""


@dataclass(frozen=True)
class FileScreening:
    """
    A long list screened into a folder.

    Parameters
    ----------
    folder
        Holds ``findings.parquet``, ``overlaps.parquet``, ``issues.parquet``, ``manifest.json``.
    manifest
        As of any screening; ``chunks`` says how it was done.
    flagged, errors
        Findings that a meeting must look at; issues that are errors.
    """

    folder: Path
    manifest: dict[str, Any]
    flagged: int
    errors: int


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
    **options: Any,
) -> FileScreening:
    """
    Screen a list that is too long for memory.

    The rows are taken as they stand: what `read_sites` checks across a list (twins, villages, swapped coordinates) is
    not checked.

    Parameters
    ----------
    path
        GeoParquet, GeoPackage or FlatGeobuf of points or parcels.
    forest
        The layer, from `read_forest`.
    out
        Folder for the result: new, empty, or written by gerai_geo before; replaced whole or not at all.
    chunk
        Sites in memory at a time.
    columns
        ``{"site_id": "NIB", "regency_code": "KODE"}`` where the list names them otherwise.
    crs
        CRS of a list that carries none.
    layer
        Name of the layer in a GeoPackage with several.
    geopackage
        Whether to write ``findings.gpkg`` too, for QGIS.
    extra
        Further layers, see `screen`.
    lang
        Language of the sentences.
    tell
        Called with the rows done and the rows there are, after each chunk.
    **options
        Further arguments of `screen`: ``tolerance_m``, ``map_class``, ``rules``, ``building``, ``purpose``.

    Returns
    -------
    result
        The findings are those of `screen` on the whole list, to the last row.

    Raises
    ------
    InputError
        If the list can't be read in chunks, ids repeat, or no CRS is known.
    OutputError
        If the folder can't be written.
    """
    file = SiteFile(path, columns=columns, crs=crs, layer=layer)
    rows = check_list(file, chunk)
    work = work_of(forest, extra, options)
    tallies: list[Tally] = []
    with replacing(out) as new:
        new.mkdir()
        with Appender(new, geopackage=geopackage) as appender:
            for part in file.chunks(chunk):
                found, tally = screen_part(part.sites, work)
                appender.add(found, part.further)
                tallies = [join_tallies([*tallies, tally])]
                if tell is not None:
                    tell(part.first + len(part.sites), rows)
            (total,) = tallies
            appender.add_table(ISSUES, closing_issues(forest, extra, total))
            written = dict(appender.rows)
        about = {"rows": chunk, "parts": -(-rows // chunk)}
        manifest = finish(new, total.manifest, file, about | {"written": written}, geopackage=geopackage)
    return FileScreening(Path(out), manifest, total.flagged, total.errors)


def check_list(file: SiteFile, chunk: int) -> int:
    """
    Count the rows of a list, once its ids are known to differ.

    Raises
    ------
    InputError
        If there are none, ids repeat, or the chunk is empty.
    """
    if chunk < 1:
        raise InputError(_("chunk {value}: paling sedikit 1 baris.").format(value=chunk))
    rows = len(file) if file.ids is None else len(file.ids)
    vars(file).pop("ids", None)  # a cached property: not needed again
    if not rows:
        raise InputError(_("{path}: tidak ada satu pun baris.").format(path=file.path))
    return rows


def finish(
    folder: Path, manifest: dict[str, Any], file: SiteFile, about: dict[str, Any], *, geopackage: bool
) -> dict[str, Any]:
    """Write the manifest of a list that was screened in parts; styles and notice of its GeoPackage."""
    rows = int(manifest["counts"]["rows"])
    manifest = manifest | {
        "sites": [{"source": file.path.name, "sha256": sha256(file.path), "rows": rows, "columns": file.columns}],
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
        describe_layers(folder / GEOPACKAGE, ["findings"], " ".join([*notice, disclaimer()]))
    result: dict[str, Any] = json.loads(plain)
    return result


@localised
def read_part(
    folder: str | Path,
    *,
    regency: str | None = None,
    site_ids: Sequence[str] | None = None,
    lang: str | None = None,
) -> Screening:
    """
    Read some rows of a list that was screened in parts, for maps, lists and explanations.

    Parameters
    ----------
    folder
        What `screen_file` wrote.
    regency
        Name or code of a regency, as it stands in the list.
    site_ids
        Ids of the sites wanted.

    Returns
    -------
    screening
        Of those sites alone, counted anew; all of them where nothing is named. Without `Screening.forest`.

    Raises
    ------
    InputError
        If the folder is not such a result, or none of its sites is meant.
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
    findings = geopandas.read_parquet(_files(folder, FINDINGS), filters=wanted).set_index("site_id")
    if findings.empty:
        raise InputError(_("{folder}: tidak ada titik yang dimaksud.").format(folder=folder))
    findings.index = findings.index.astype("str")
    findings = schema.set_dtypes(schema.set_dtypes(findings, "findings"), "sites")
    about = pc.field("site_id").isin(findings.index.tolist()) if wanted is not None else None
    overlaps = pd.read_parquet(_files(folder, OVERLAPS), filters=about)
    whole = about if about is None else about | pc.field("site_id").is_null()
    issues = pd.read_parquet(_files(folder, ISSUES), filters=whole)
    status = findings["status"].value_counts()
    assessed = int((findings["status"] != "not_assessed").sum())
    manifest["counts"] = {
        "rows": len(findings), "assessed": assessed, "not_assessed": len(findings) - assessed,
        "status": {s: int(status.get(s, 0)) for s in schema.STATUSES},
    }  # fmt: skip
    return Screening(findings, schema.set_dtypes(overlaps, "overlaps"), schema.set_dtypes(issues, "issues"), manifest)


def _files(folder: Path, name: str) -> Path:
    """One file, or the folder of parts that many workers wrote."""
    many = folder / name.removesuffix(".parquet")
    return many if many.is_dir() else folder / name
