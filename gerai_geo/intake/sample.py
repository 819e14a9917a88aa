"""Paths of the bundled sample."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _

_SITES = ("titik_lahan_seruyan.xlsx", "titik_gerai_contoh.kml", "bidang_gerai_contoh/bidang_gerai_contoh.shp")
_TARGETS = "target_unit_contoh.csv"
_RECORDED = "ekspor_aplikasi_contoh.csv"
_FOREST = "kawasan_hutan_contoh.gpkg"


class SamplePaths(NamedTuple):
    """
    Files of the bundled sample.

    Parameters
    ----------
    sites
        Three lists of invented sites: a workbook, a KML, a shapefile of parcels.
    forest
        The invented kawasan hutan layer.
    targets
        Units formed and target of this stage for three rows: two regencies and the province.
    recorded
        An invented export of the reporting application: 29 of the 31 sites of Seruyan, with stages of their buildings.
    """

    sites: list[Path]
    forest: Path
    targets: Path
    recorded: Path


def sample_paths() -> SamplePaths:
    """
    Files of the bundled sample: invented villages and forest within the outline of Kalimantan Tengah.

    Returns
    -------
    paths
        ``sites`` and ``recorded`` for `read_sites`, ``forest`` for `read_forest`, ``targets`` for `read_targets`.

    Raises
    ------
    InputError
        If a file is missing from the installation.

    Examples
    --------
    >>> sample_paths().forest.name
    'kawasan_hutan_contoh.gpkg'
    """
    package = Path(__file__).parents[1]
    folder = package / "data"
    if not folder.is_dir():  # an editable install: the files stand beside the package
        folder = package.parent / "data"
    paths = SamplePaths([folder / n for n in _SITES], folder / _FOREST, folder / _TARGETS, folder / _RECORDED)
    missing = [path.name for path in (*paths.sites, *paths[1:]) if not path.is_file()]
    if missing:
        raise InputError(
            _(
                "data contoh: {files} tidak ada dalam pemasangan ini. Pasang ulang gerai-geo, atau beri berkas sendiri "
                "dengan perintah `run`."
            ).format(files=", ".join(missing))
        )
    return paths
