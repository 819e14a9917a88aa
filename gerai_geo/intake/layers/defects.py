"""Counts of geometry defects of a layer: see "Unclean layers" in ``docs/conventions.md``."""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Geometries
from gerai_geo.core.geometry import DEGREE_M
from gerai_geo.i18n.labels import labels_of, number
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row

SLIVER_M: Final = 1.0
"""A polygon with a smaller mean width (twice its area by its perimeter) is a sliver."""

_CURVES: Final = range(8, 13)  # CIRCULARSTRING .. MULTISURFACE in ISO WKB; Z and M add thousands


def count_harmless(shapes: Geometries, kept: Bools) -> dict[str, int]:
    """
    Count defects that need no repair.

    Parameters
    ----------
    shapes
        Geometries of the layer as read, in degrees.
    kept
        Which of them have ground; the others are not measured.

    Returns
    -------
    defects
        ``z`` (a third coordinate, which is not used) and ``sliver`` (kept: its ground counts).
    """
    polygons = shapes[kept & np.isin(shapely.get_type_id(shapes), (3, 6))]
    length, ground = shapely.length(polygons), shapely.area(polygons)
    width_m = np.divide(2 * ground, length, out=np.full(len(polygons), np.inf), where=length > 0) * DEGREE_M
    return {
        "z": int(shapely.has_z(shapes).sum()),
        "sliver": int(((width_m < SLIVER_M) & (ground > 0)).sum()),
    }


def count_curves(source: Any, fids: Iterable[int] | None = None) -> int:
    """
    Count features with curved edges, which GDAL draws as chords of 4° of arc (at most 0.06 % of the radius off).

    Parameters
    ----------
    fids
        Numbers of the features to look at; None: all.

    Returns
    -------
    curves
        0 for formats other than GeoPackage, which would have to be read once more.
    """
    if not isinstance(source, str | Path) or Path(source).suffix.lower() != ".gpkg" or not Path(source).is_file():
        return 0
    count = 0
    with closing(sqlite3.connect(f"{Path(source).resolve().as_uri()}?mode=ro", uri=True)) as database:
        for table, column in database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall():
            names = [str(name).replace('"', '""') for name in (column, table)]
            select = 'SELECT substr("{}", 1, 77) FROM "{}"'.format(*names)
            if fids is not None:  # SQLite reads a whole feature for its first bytes
                select += " WHERE rowid IN (SELECT value FROM json_each(?))"
            heads = database.execute(select, () if fids is None else (json.dumps([int(fid) for fid in fids]),))
            count += sum(_wkb_type(head) % 1_000 in _CURVES for (head,) in heads if head)
    return count


def _wkb_type(head: bytes) -> int:
    """Type of a GeoPackage geometry from its first bytes: header, envelope, byte order, type."""
    envelope = (0, 32, 48, 48, 64)[min(head[3] >> 1 & 7, 4)]
    wkb = head[8 + envelope :]
    return int.from_bytes(wkb[1:5], "little" if wkb[:1] == b"\1" else "big") & 0x1FFFFFFF


@contextmanager
def collect_warnings() -> Iterator[list[str]]:
    """Texts of the warnings raised in the block, each once; the list is filled at its end."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield messages
    messages += dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught)


def warning_issues(messages: list[str], features: int, name: str) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """
    Turn the warnings of reading into defects and issues.

    Parameters
    ----------
    messages
        From `collect_warnings`.
    features
        Number of features of the layer.

    Returns
    -------
    defects, issues
        Measures (M), which GDAL drops from all features alike, are counted; any other warning is an issue.
    """
    others = [message for message in messages if not message.startswith("Measured (M)")]
    rows = [
        issue_row("reader_warning", _("Saat dibaca: {note}").format(note=message), severity="info", source=name)
        for message in others
    ]
    return {"m": features if len(others) < len(messages) else 0}, rows


def defect_issues(defects: dict[str, int], name: str) -> list[dict[str, Any]]:
    """Issues of a layer from the counts of its defects."""
    return [
        issue_row(f"forest_{defect}", text.format(n=number(defects[defect], 0)), severity="info", source=name)
        for defect, text in labels_of("forest_defects").items()
        if defects.get(defect)
    ]
