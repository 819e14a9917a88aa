"""
The two records that the rooms hand to each other: `Forest` goes into a screening, `Screening` comes out.

Writing and reading back a `Screening` lives here too, so that every output can be made again from a folder.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd
from geopandas import GeoDataFrame
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.geometry.base import BaseGeometry

from gerai_geo import schema
from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.labels import disclaimer, status_label, synthetic_note, translator
from gerai_geo.records.atomic_write import MANIFEST, OURS, put_back, read_manifest
from gerai_geo.records.atomic_write import replacing as replacing
from gerai_geo.records.geopackage import count_rows, describe_layers, read_layer, write_csv, write_layer
from gerai_geo.records.qgis_styles import add_styles, function_style, status_style

GEOPACKAGE: Final = "findings.gpkg"
FOREST_LAYER: Final = "forest_display"
EXTRA_LAYER: Final = "extra_{n}"
_STORED: Final = frozenset({"tables", "files"})  # parts of the manifest that belong to the folder
_DISPLAY_TOLERANCE_DEG: Final = 10 / 111_320  # 10 m; for drawing only, so degrees will do


@dataclass(frozen=True)
class Forest:
    """
    A kawasan hutan layer, read and cleaned.

    Parameters
    ----------
    table
        The `schema.FOREST` table in EPSG:4326, one row a polygon, all geometries valid.
    source
        File (and layer) it came from, as text for people.
    sha256
        Of the file; empty where the layer came from memory.
    scale
        Scale number of the map, e.g. 250000.
    edition
        Edition or date of the layer, as text; empty where not known.
    covers
        How ground under no polygon is read: ``"polygons"`` (not known) or the name of what the user said the
        layer covers (there it is not kawasan hutan).
    defects
        Counts of what was found and repaired on reading, by kind.
    issues
        The `schema.ISSUES` table of the layer itself.
    window
        Where the layer was read, where it was not read whole; nothing is known of it elsewhere.
    features
        How many features its file holds; 0 where not known.
    """

    table: GeoDataFrame
    source: str = ""
    sha256: str = ""
    scale: int = 250_000
    edition: str = ""
    covers: str = "polygons"
    defects: dict[str, int] = field(default_factory=dict)
    issues: pd.DataFrame = field(default_factory=schema.issues_table)
    window: BaseGeometry | None = None
    features: int = 0

    def __repr__(self) -> str:
        functions = ", ".join(f"{n} {k}" for k, n in self.table["function"].value_counts().items())
        return f"<Forest {self.source!r}: {len(self.table)} polygons ({functions}), 1:{self.scale:,}>"


@dataclass(frozen=True)
class ExtraLayer:
    """
    A further layer that findings mention: permits, PIPPIB, PPTPKH, social or customary forest, concessions.

    Parameters
    ----------
    name
        What the findings call it, e.g. ``PIPPIB 2026``.
    kind
        Key of `reference/overlays.toml`.
    table
        The `schema.EXTRA` table in EPSG:4326, all geometries valid.
    source, sha256
        File it came from, for people, and its digest; empty for a table in memory.
    edition
        Edition or decree, as text; empty where not known.
    issues
        The `schema.ISSUES` table of the layer itself.
    """

    name: str
    kind: str
    table: GeoDataFrame
    source: str = ""
    sha256: str = ""
    edition: str = ""
    issues: pd.DataFrame = field(default_factory=schema.issues_table)

    def __repr__(self) -> str:
        return f"<ExtraLayer {self.name!r} ({self.kind}): {len(self.table)} polygons>"


@dataclass(frozen=True)
class Screening:
    """
    The record of one screening: what was found, from what, and how.

    Parameters
    ----------
    findings
        One row a site, in the sites' order: the sites' columns, then `schema.FINDINGS`; EPSG:4326.
    overlaps
        The `schema.OVERLAPS` table: one row a site and function.
    issues
        The `schema.ISSUES` table: of the lists, of the layer, of the comparison.
    manifest
        What was compared with what: inputs, edition, scale, tolerance, versions, counts, language.
    forest
        Polygons around the sites, for drawing only (`schema.FOREST`); None where there are none.
    followup
        What people decided and do (`schema.FOLLOWUP`): index ``site_id``, rows only for sites with something in it.
    extra
        The further layers that were given, cut to the sites' surroundings, for drawing only.
    """

    findings: GeoDataFrame
    overlaps: pd.DataFrame
    issues: pd.DataFrame
    manifest: dict[str, Any]
    forest: GeoDataFrame | None = None
    followup: pd.DataFrame = field(default_factory=schema.followup_table)
    extra: tuple[ExtraLayer, ...] = ()

    @property
    def flagged(self) -> GeoDataFrame:
        """The findings a meeting must look at: every row whose `action` is not ``none``."""
        return self.findings[self.findings["action"] != "none"]

    def summary(self) -> pd.DataFrame:
        """
        Count sites by regency and status.

        Returns
        -------
        summary
            One row a regency, by name, sites without one last (index missing). Columns: ``total``, the
            words of `schema.STATUSES`, and ``flagged`` (what a meeting must look at).
        """
        findings = self.findings
        by = findings["regency"] if "regency" in findings else pd.Series(None, findings.index, dtype="str")
        counts = pd.DataFrame({"total": True}, index=findings.index)
        for status in schema.STATUSES:
            counts[status] = findings["status"] == status
        counts["flagged"] = findings["action"] != "none"
        return counts.groupby(by.rename("regency"), dropna=False).sum().astype("int64")

    def _repr_html_(self) -> str:
        lang = str(self.manifest.get("lang", "id"))
        _ = translator(lang)
        counts = self.summary()
        counts.loc[_("Jumlah")] = counts.sum()
        heads = [_("Kabupaten/kota"), _("Titik"), *(status_label(s, lang) for s in schema.STATUSES),
                 _("Perlu tindak lanjut")]  # fmt: skip
        rows = [
            [_("Tanpa kabupaten") if pd.isna(name) else str(name), *map(str, row)]
            for name, row in zip(counts.index, counts.to_numpy(), strict=True)
        ]
        notes = [disclaimer(lang)]
        if self.manifest.get("synthetic"):
            notes.insert(0, synthetic_note(lang))
        head = "".join(f"<th>{html.escape(h)}</th>" for h in heads)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in r) + "</tr>" for r in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" + "".join(
            f"<p>{html.escape(n)}</p>" for n in notes
        )

    def __repr__(self) -> str:
        counts = self.findings["status"].value_counts()
        words = ", ".join(f"{counts[s]} {s}" for s in schema.STATUSES if s in counts)
        return f"<Screening of {len(self.findings)} sites: {words}>"


def write_screening(screening: Screening, folder: str | Path, *, lang: str | None = None) -> Path:
    """
    Save a screening: ``findings.gpkg`` (with QGIS styles), ``findings.csv`` and ``manifest.json``.

    The layers of the GeoPackage are ``findings``, ``overlaps``, ``issues`` and, where polygons were kept,
    ``forest_display``, and ``extra_1`` .. for further layers, which are simplified by up to 10 m and good for drawing
    only. Outputs of this same screening that lie in the folder already (maps, lists) stay; those of another one are
    removed.

    Parameters
    ----------
    screening
        What `screen` gave.
    folder
        New, empty, or written by gerai_geo before; replaced whole or not at all, see `replacing`.
    lang
        Language of legends and messages: ``id`` or ``en``; by default the screening's own.

    Returns
    -------
    folder
        The same folder.

    Raises
    ------
    OutputError
        If the folder holds something that isn't ours, or can't be written.
    SchemaError
        If the findings don't keep their contract.
    """
    folder, lang = Path(folder), lang or str(screening.manifest.get("lang", "id"))
    schema.check_table(screening.findings, "findings")
    manifest = _plain(screening.manifest)
    manifest.setdefault("versions", {}).setdefault(OURS, version(OURS))
    before = read_manifest(folder)
    same = before is not None and {k: v for k, v in before.items() if k not in _STORED} == manifest
    with replacing(folder, lang=lang, update=same) as new:
        new.mkdir()
        manifest["tables"] = write_geopackage(screening, new / GEOPACKAGE, lang=lang)
        write_csv(screening.findings, new / "findings.csv", notice(screening, lang))
        text = json.dumps(manifest, ensure_ascii=False, indent=2)
        (new / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return folder


def read_screening(folder: str | Path, *, lang: str = "id") -> Screening:
    """
    Read a screening that `write_screening` saved.

    Returns
    -------
    screening
        Equal to the one saved, but for `Screening.forest` and `Screening.extra`, which are simplified by up to 10 m.

    Raises
    ------
    InputError
        If the folder isn't a saved screening, is damaged, or has lost rows.
    """
    _ = translator(lang)
    folder = Path(folder)
    put_back(folder.resolve())
    manifest = read_manifest(folder)
    if manifest is None or "tables" not in manifest or not (folder / GEOPACKAGE).is_file():
        raise InputError(
            _(
                "{folder}: bukan folder hasil penapisan (perlu manifest.json dan findings.gpkg). "
                "Buat dulu dengan: gerai-geo run TITIK --forest KAWASAN -o {folder}"
            ).format(folder=folder)
        )
    notes = manifest["tables"]
    try:
        tables = {layer: read_layer(folder / GEOPACKAGE, layer, notes[layer]) for layer in notes}
    except (DataSourceError, DataLayerError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            _("{file}: rusak atau sudah diubah ({error}). Jalankan penapisan sekali lagi.").format(
                file=folder / GEOPACKAGE, error=error
            )
        ) from error
    for layer, table in tables.items():
        if len(table) != notes[layer]["rows"]:
            raise InputError(
                _(
                    "{file}: layer {layer} berisi {now} baris, padahal hasil penapisan mencatat {then}. "
                    "Jalankan penapisan sekali lagi."
                ).format(file=folder / GEOPACKAGE, layer=layer, now=len(table), then=notes[layer]["rows"])
            )
    return Screening(
        tables["findings"],
        tables["overlaps"],
        tables["issues"],
        {k: v for k, v in manifest.items() if k not in _STORED},
        tables.get(FOREST_LAYER),
        followup=tables.get("followup", schema.followup_table()),
        extra=tuple(ExtraLayer(table=tables[n], **about["extra"]) for n, about in notes.items() if "extra" in about),
    )


def notice(screening: Screening, lang: str = "id") -> str:
    """Say what a screening is not; and that it is invented, where it is."""
    invented = [synthetic_note(lang)] if screening.manifest.get("synthetic") else []
    return " ".join([*invented, disclaimer(lang)])


def write_geopackage(screening: Screening, path: Path, *, lang: str = "id") -> dict[str, Any]:
    """
    Write all tables of a screening and their QGIS styles into a new GeoPackage.

    Parameters
    ----------
    screening
        The record.
    path
        A file that doesn't exist yet.
    lang
        Language of the legends.

    Returns
    -------
    notes
        By layer, what is needed to read the tables back as they were.

    Raises
    ------
    OutputError
        If a layer isn't all there after writing.
    """
    tables: dict[str, pd.DataFrame] = {
        "findings": screening.findings.rename_axis(screening.findings.index.name or "site_id"),
        "overlaps": screening.overlaps,
        "issues": screening.issues,
    }
    if len(screening.followup):
        schema.check_table(screening.followup, "followup")
        tables["followup"] = screening.followup.rename_axis("site_id")
    styles = [status_style("findings", _symbol_kinds(screening.findings), lang)]
    if screening.forest is not None:
        shapes = screening.forest.geometry.simplify(_DISPLAY_TOLERANCE_DEG)
        tables[FOREST_LAYER] = screening.forest.set_geometry(shapes)
        styles.append(function_style(FOREST_LAYER, lang))
    for n, extra in enumerate(screening.extra, 1):
        shapes = extra.table.geometry.simplify(_DISPLAY_TOLERANCE_DEG)
        tables[EXTRA_LAYER.format(n=n)] = extra.table.set_geometry(shapes)
    notes = {layer: write_layer(table, path, layer) for layer, table in tables.items()}
    for n, extra in enumerate(screening.extra, 1):
        about = {k: getattr(extra, k) for k in ("name", "kind", "source", "sha256", "edition")}
        notes[EXTRA_LAYER.format(n=n)]["extra"] = about
    add_styles(path, styles)
    describe_layers(path, list(tables), notice(screening, lang))
    for layer, table in tables.items():
        notes[layer]["rows"] = count_rows(path, layer)
        if notes[layer]["rows"] != len(table):
            raise OutputError(
                translator(lang)("{file}: layer {layer} tidak tertulis lengkap. Ulangi.").format(
                    file=path.name, layer=layer
                )
            )
    return notes


def _symbol_kinds(findings: GeoDataFrame) -> list[str]:
    """Kinds of symbol a layer needs: ``marker`` for points, ``fill`` for parcels."""
    points = findings.geometry.geom_type.dropna() == "Point"
    return ["marker"] * bool(points.any() or points.empty) + ["fill"] * bool((~points).any())


def _plain(manifest: dict[str, Any]) -> dict[str, Any]:
    """Manifest as JSON gives it back: numpy's numbers as numbers, paths and dates as text."""
    copy: dict[str, Any] = json.loads(
        json.dumps(manifest, default=lambda v: v.item() if hasattr(v, "item") else str(v))
    )
    return {k: v for k, v in copy.items() if k not in _STORED}
