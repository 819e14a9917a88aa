"""What is wrong with the shapes of a layer, counted: see "Dirty layers" in ``docs/conventions.md``."""

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

from gerai_geo.core.arrays import Geometries
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row

SLIVER_M: Final = 1.0
"""A polygon with a smaller mean width (twice its area by its perimeter) is a sliver."""

_METRES: Final = 111_320.0
_CURVES: Final = range(8, 13)  # CIRCULARSTRING .. MULTISURFACE in ISO WKB; thousands tell Z and M


def shape_defects(shapes: Geometries) -> dict[str, int]:
    """
    Count what needs no mending, but should be known.

    Parameters
    ----------
    shapes
        Polygons as they stand in the layer, in degrees.

    Returns
    -------
    defects
        ``z`` (a third coordinate, which is not used) and ``sliver`` (kept: its ground counts).
    """
    length = shapely.length(shapes)
    width_m = np.divide(2 * shapely.area(shapes), length, out=np.full(len(shapes), np.inf), where=length > 0) * _METRES
    solid = np.isin(shapely.get_type_id(shapes), (3, 6))
    return {
        "z": int(shapely.has_z(shapes).sum()),
        "sliver": int((solid & (width_m < SLIVER_M) & (shapely.area(shapes) > 0)).sum()),
    }


def count_curves(source: Any, rows: Iterable[int] | None = None) -> int:
    """
    Count features with curved edges, which GDAL has drawn as chords of 4° of arc (0.06 % of the radius off at most).

    Parameters
    ----------
    rows
        Numbers of the features to look at; None: all.

    Returns
    -------
    curves
        0 for other formats than GeoPackage, which don't tell without being read once more.
    """
    if not isinstance(source, str | Path) or Path(source).suffix.lower() != ".gpkg" or not Path(source).is_file():
        return 0
    count = 0
    with closing(sqlite3.connect(f"{Path(source).resolve().as_uri()}?mode=ro", uri=True)) as database:
        for table, column in database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall():
            names = [str(name).replace('"', '""') for name in (column, table)]
            select = 'SELECT substr("{}", 1, 77) FROM "{}"'.format(*names)
            if rows is not None:  # all of a feature is read for its first bytes
                select += " WHERE rowid IN (SELECT value FROM json_each(?))"
            heads = database.execute(select, () if rows is None else (json.dumps([int(row) for row in rows]),))
            count += sum(_kind(head) % 1_000 in _CURVES for (head,) in heads if head)
    return count


def _kind(head: bytes) -> int:
    """Type of a geometry from its first bytes in a GeoPackage: header, envelope, byte order, type."""
    envelope = (0, 32, 48, 48, 64)[min(head[3] >> 1 & 7, 4)]
    wkb = head[8 + envelope :]
    return int.from_bytes(wkb[1:5], "little" if wkb[:1] == b"\1" else "big") & 0x1FFFFFFF


@contextmanager
def told(notes: list[str]) -> Iterator[None]:
    """Gather what reading warns of, each sentence once, instead of printing it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        text = " ".join(str(warning.message).split())
        if text not in notes:
            notes.append(text)


def note_issues(notes: list[str], features: int, name: str) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """
    Turn the warnings of reading into defects and issues.

    Parameters
    ----------
    notes
        From `told`.
    features
        How many features the layer has.

    Returns
    -------
    defects, issues
        Measures (M), which GDAL drops from all features alike, are counted; anything else is an issue as it was said.
    """
    measured = [note for note in notes if note.startswith("Measured (M)")]
    rows = [
        issue_row("reader_warning", _("Saat dibaca: {note}").format(note=note), severity="info", source=name)
        for note in notes
        if note not in measured
    ]
    return {"m": features if measured else 0}, rows


def shape_issues(defects: dict[str, int], name: str) -> list[dict[str, Any]]:
    """Sentences on what `shape_defects`, `count_curves` and `note_issues` counted."""
    texts = {
        "z": _("{n} poligon dengan nilai tinggi (Z); tidak dipakai."),
        "m": _("{n} fitur dengan nilai ukur (M); tidak dipakai."),
        "curve": _("{n} fitur dengan garis lengkung; dijadikan tali busur 4°."),
        "sliver": _("{n} poligon sangat sempit (rata-rata di bawah 1 m); tetap dihitung."),
    }
    return [
        issue_row(f"forest_{kind}", text.format(n=number(defects[kind], 0)), severity="info", source=name)
        for kind, text in texts.items()
        if defects.get(kind)
    ]
