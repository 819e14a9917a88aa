"""List of findings, as a workbook for people or as a table for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from gerai_geo.core.database_url import is_database
from gerai_geo.errors import OutputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, localised
from gerai_geo.outputs.gis.files import write_geojson, write_kml, write_kmz
from gerai_geo.outputs.gis.postgis import write_tables
from gerai_geo.outputs.gis.shapefiles import write_shapefiles
from gerai_geo.outputs.text.file_names import check_ending
from gerai_geo.outputs.workbook.workbook import write_workbook
from gerai_geo.records.atomic_write import replacing
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.geopackage import write_csv
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening
from gerai_geo.records.store import notice, write_geopackage
from gerai_geo.review.compare import Comparison
from gerai_geo.review.followup_result import Followup
from gerai_geo.review.reconcile import Reconciliation

_MAX_ROWS: Final = 1_000_000  # a sheet holds 1,048,576 with heading and notes


@typed
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
    previous: Screening | None = None,
) -> Path | str:
    """
    Write the list of findings in the format of the path's ending.

    ``.xlsx``
        For the meeting: sheets Ringkasan, Perlu tindak lanjut, Semua titik, Titik baru, Per instansi, Masalah data,
        Sumber. People fill in the yellow columns, which `read_followup` reads back; the rest is protected without a
        password.
    ``.csv``
        For other programs: one row per site, the column names of `docs/tables.md`, UTF-8, comma, decimal point.
    ``.gpkg``
        Layers ``findings``, ``overlaps``, ``issues``, ``forest_display`` with QGIS styles.
    ``.geojson``
        One feature per site (RFC 7946), without geometry where the site has none.
    ``.zip``
        Shapefiles of points and of parcels with QGIS styles, whose .dbf declares the widths and decimals of its fields,
        and a text file on these, since their names are cut to ten characters.
    ``.kml``, ``.kmz``
        For Google Earth and phones: a coloured folder per status, with its own icons. In a ``.kmz`` they are files, for
        programs that show none from inside a ``.kml``.
    ``postgresql://user@host/database?schema=gerai_geo``
        Tables ``findings``, ``overlaps``, ``issues``, ``screening``, ``progress`` and more in a PostGIS database, all
        or none. Tables of others are never changed.

    Where people decided that the layer does not hold at a site, ``status`` is the decided one, and the columns of
    `schema.DECISIONS` hold the computed one and the decision.

    Parameters
    ----------
    screening
        The record of a screening.
    path
        The file, replaced whole or not at all, or the URL of a database.
    lang
        ``id`` or ``en``. Column names are the same in both, but for ``.xlsx``.
    maps
        Folder of the maps of `write_maps` relative to the workbook; None for no links.
    changes
        From `compare`: adds a sheet Perubahan to a workbook.
    recorded
        From `reconcile`: adds a sheet Pencatatan to a workbook.
    followup
        From `read_followup`: adds a sheet Hasil rapat to a workbook.
    previous
        The earlier screening, for the differences of the progress in a workbook.

    Returns
    -------
    path
        The same path; for a database its name and schema, without user and password.

    Raises
    ------
    OutputError
        If the ending is none of these, the file can't be written (being open in Excel, for example) or the database
        refuses.
    """
    screening = shown_screening(localised_screening(screening))
    if is_database(path):
        return write_tables(screening, str(path))
    path = Path(path)
    writers: dict[str, Callable[[Path], object]] = {
        ".xlsx": lambda new: write_workbook(
            screening, new, maps=maps, changes=changes, recorded=recorded, followup=followup, previous=previous
        ),
        ".csv": lambda new: write_csv(screening.findings, new, notice(screening)),
        ".gpkg": lambda new: write_geopackage(screening, new),
        ".geojson": lambda new: write_geojson(screening, new),
        ".zip": lambda new: write_shapefiles(screening, new),
        ".kml": lambda new: write_kml(screening, new),
        ".kmz": lambda new: write_kmz(screening, new),
    }
    ending = check_ending(path, writers)
    if ending == ".xlsx" and max(len(screening.findings), len(screening.issues)) > _MAX_ROWS:
        raise OutputError(
            _("{path}: {n} baris terlalu banyak untuk satu lembar Excel. Pakai .csv atau .gpkg.").format(
                path=path, n=len(screening.findings)
            )
        )
    with replacing(path) as new:
        writers[ending](new)
    return path
