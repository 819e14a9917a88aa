"""The list of a screening as a workbook for people, or as a table for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from gerai_geo.core.database_url import is_database
from gerai_geo.errors import OutputError
from gerai_geo.i18n.translate import _, localised
from gerai_geo.outputs.gis.files import write_geojson, write_kml, write_shapefiles
from gerai_geo.outputs.gis.postgis import write_tables
from gerai_geo.outputs.workbook.workbook import write_workbook
from gerai_geo.records.geopackage import write_csv
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.records.store import notice, replacing, write_geopackage
from gerai_geo.review.compare import Comparison
from gerai_geo.review.followup_result import Followup
from gerai_geo.review.reconcile import Reconciliation

_MAX_ROWS: Final = 1_000_000  # a sheet holds 1,048,576, the heading and notes among them


@localised
def write_list(
    screening: Screening,
    path: str | Path,
    *,
    lang: str | None = None,
    maps: str | None = "maps",
    changes: Comparison | None = None,
    recorded: Reconciliation | None = None,
    followup: Followup | None = None,
) -> Path | str:
    """
    Write the list of findings; the ending of the path says in which format.

    ``.xlsx``
        For the meeting: sheets Ringkasan, Perlu tindak lanjut, Semua titik, Titik baru, Masalah data, Sumber. Its
        yellow columns are for people to fill in; `read_followup` reads them back. The rest is protected, without a
        password.
    ``.csv``
        For other programs: one row a site, the column names of `docs/tables.md`, UTF-8, comma, decimal point.
    ``.gpkg``
        Layers ``findings``, ``overlaps``, ``issues``, ``forest_display`` with QGIS styles.
    ``.geojson``
        One feature a site (RFC 7946), without geometry where the site has none.
    ``.zip``
        Shapefiles of points and of parcels with styles for QGIS, and a page on their columns, whose names a shapefile
        cuts to ten characters.
    ``.kml``
        For Google Earth: a folder a status, coloured.
    ``postgresql://user@host/database?schema=gerai_geo``
        Tables ``findings``, ``overlaps``, ``issues``, ``screening`` and more in a PostGIS database, all or none;
        tables that aren't ours are never touched.

    Parameters
    ----------
    screening
        What `screen` gave.
    path
        The file; replaced whole or not at all. Or the address of a database.
    lang
        Language of headings and words: ``id`` or ``en``. Column names of all but ``.xlsx`` are the same in both.
    maps
        Folder of the maps that `write_maps` wrote, as seen from a workbook; None for no links.
    changes
        From `compare`: a further sheet of a workbook, Perubahan.
    recorded
        From `reconcile`: a further sheet of a workbook, Pencatatan.
    followup
        From `read_followup`: a further sheet of a workbook, Hasil rapat.

    Returns
    -------
    path
        The same path; of a database its name and schema, without user and password.

    Raises
    ------
    OutputError
        If the ending is none of these, or the file can't be written, being open in Excel for example, or the database
        refuses.
    """
    screening = localised_screening(screening)
    if is_database(path):
        return write_tables(screening, str(path))
    path = Path(path)
    writers: dict[str, Callable[[Path], object]] = {
        ".xlsx": lambda new: write_workbook(
            screening, new, maps=maps, changes=changes, recorded=recorded, followup=followup
        ),
        ".csv": lambda new: write_csv(screening.findings, new, notice(screening)),
        ".gpkg": lambda new: write_geopackage(screening, new),
        ".geojson": lambda new: write_geojson(screening, new),
        ".zip": lambda new: write_shapefiles(screening, new),
        ".kml": lambda new: write_kml(screening, new),
    }
    write = writers.get(path.suffix.lower())
    if write is None:
        raise OutputError(
            _("{path}: akhiran berkas tidak dikenal. Pakai salah satu dari {known}.").format(
                path=path, known=", ".join(writers)
            )
        )
    if path.suffix.lower() == ".xlsx" and max(len(screening.findings), len(screening.issues)) > _MAX_ROWS:
        raise OutputError(
            _("{path}: {n} baris terlalu banyak untuk satu lembar Excel. Pakai .csv atau .gpkg.").format(
                path=path, n=len(screening.findings)
            )
        )
    with replacing(path) as new:
        write(new)
    return path
