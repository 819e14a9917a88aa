"""Options on the ground itself: rasters as evidence, clear ground, other editions of the layer."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from gerai_geo.cli.app import Number, Source
from gerai_geo.cli.jobs.job import GroundOptions, Pair
from gerai_geo.i18n.translate import _
from gerai_geo.records.provenance.job_record import RASTER_KINDS, split_kind

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gerai_geo.cli.console import Console
    from gerai_geo.records.models import Forest, Screening
    from gerai_geo.screening.clear_ground.find import Avoid
    from gerai_geo.screening.rasters.raster import Raster

T = TypeVar("T")
_LIMIT: Final = re.compile(r"(above|below)=(-?\d+(?:\.\d+)?)|values=(-?\d+(?:\.\d+)?(?:/-?\d+(?:\.\d+)?)*)|(silent)")


def named_file(value: str) -> Pair:
    """
    Parse ``nama=BERKAS`` into name and file.

    Examples
    --------
    >>> named_file("tutupan=tutupan.tif"), named_file("lereng=slope:https://contoh.id/dem.tif?a=b")
    (('tutupan', 'tutupan.tif'), ('lereng', 'slope:https://contoh.id/dem.tif?a=b'))
    """
    name, equals, file = str(value).partition("=")
    if not equals or not re.fullmatch(r"\w+", name.strip()) or not file.strip():
        raise click.BadParameter(f"{value!r}: nama=BERKAS, tutupan=tutupan.tif")
    return name.strip(), file.strip()


def avoid_source(value: str) -> tuple[str, str, dict[str, Any]]:
    """
    Parse ``nama=BERKAS``, for a raster with the pixels to avoid: ``,above=15 ,below=2 ,values=1/2 ,silent``.

    Examples
    --------
    >>> avoid_source("lereng=slope:dem.tif,above=15")
    ('lereng', 'slope:dem.tif', {'above': 15.0})
    >>> avoid_source("gambut=gambut.tif,values=1/2,silent")
    ('gambut', 'gambut.tif', {'values': (1.0, 2.0), 'silent_is_clear': True})
    """
    name, file = named_file(value)
    limits: dict[str, Any] = {}
    while "," in file:
        rest, _comma, last = file.rpartition(",")
        match = _LIMIT.fullmatch(last.strip())
        if not match:
            break
        file = rest
        if match[1]:
            limits = {match[1]: float(match[2])} | limits
        elif match[3]:
            limits = {"values": tuple(float(v) for v in match[3].split("/"))} | limits
        else:
            limits["silent_is_clear"] = True
    return name, file, limits


GROUND_OPTIONS: list[Any] = [
    click.option("--raster", "rasters", multiple=True, type=named_file, metavar="NAMA=BERKAS",
                 help="Raster di bawah dan sekitar titik, boleh alamat COG; slope:, classes:, count: di depan berkas "
                 "untuk lereng dari elevasi, kelas, jumlah; boleh diulang. [raster as evidence]"),
    click.option("--legend", "legends", multiple=True, type=named_file, metavar="NAMA=BERKAS",
                 help="Nama kelas raster itu: CSV value,name_id,name_en. [names of its classes]"),
    click.option("--ring", "ring_m", type=Number(min=0, max=25_000), default=500.0, show_default=True, metavar="METER",
                 help="Lebar cincin sekitar titik untuk raster; 0: tanpa. [ring around the site]"),
    click.option("--clear/--no-clear", default=True, show_default=True,
                 help="Cari lahan bebas terdekat bagi titik yang tidak di luar kawasan hutan. [clear ground]"),
    click.option("--plot", "plot_m2", type=Number(min=0, min_open=True, max=1_000_000), default=1_000.0,
                 show_default=True, metavar="M2", help="Luas lahan yang diperlukan. [size of the plot]"),
    click.option("--within", "within_m", type=Number(min=0, max=25_000, min_open=True), default=5_000.0,
                 show_default=True, metavar="METER", help="Sejauh mana lahan bebas dicari. [how far to look]"),
    click.option("--avoid", "avoid", multiple=True, type=avoid_source, metavar="NAMA=BERKAS",
                 help="Yang dihindari lahan bebas: layer vektor, atau raster dengan batasnya, mis. "
                 "lereng=slope:dem.tif,above=15; boleh diulang. [what clear ground keeps away from]"),
    click.option("--roads", metavar="BERKAS", type=Source(path_type=Path),
                 help="Layer jalan: lahan bebas di dekatnya didahulukan. [prefer ground near a road]"),
    click.option("--road-distance", "road_m", type=Number(min=0, max=25_000, min_open=True), default=500.0,
                 show_default=True, metavar="METER", help="Seberapa dekat dengan jalan. [how near a road]"),
    click.option("--edition-layer", "editions", multiple=True, type=named_file, metavar="NAMA=BERKAS",
                 help="Edisi lain layer kawasan hutan, mis. 2012=kawasan2012.shp; boleh diulang. [other editions]"),
]  # fmt: skip


def ground_options(options: dict[str, Any]) -> GroundOptions:
    """Pick the ground options out of the options of a command."""
    return GroundOptions(**{k: options[k] for k in GroundOptions.__dataclass_fields__ if k in options})


def make_raster(file: str, legend: str | None = None) -> Raster:
    """Raster from ``file`` or ``kind:file``."""
    from gerai_geo.screening.rasters.raster import Raster

    kind, source = split_kind(file)
    return Raster(source, kind=kind.rstrip(":") or RASTER_KINDS[0], legend=legend)


def add_ground(
    console: Console,
    ground: GroundOptions,
    screening: Screening,
    forest: Forest,
    sites: GeoDataFrame,
    boundaries: Any,
    layer: dict[str, Any],
) -> Screening:
    """Add editions, raster evidence and clear ground to a screening, as the options ask."""
    import gerai_geo

    if ground.editions:
        arguments = layer | {"layer": None, "around": sites}  # read like the layer itself, but for its name and edition
        with console.step("editions"):
            editions = {
                name: own_crs_first(
                    partial(gerai_geo.read_forest, Path(file), **(arguments | {"edition": name})), layer.get("crs")
                )
                for name, file in ground.editions
            }
            screening = gerai_geo.add_editions(screening, editions)
    if ground.rasters:
        legends = dict(ground.legends)
        unknown = sorted(legends.keys() - dict(ground.rasters).keys())
        if unknown:
            text = _("--legend {name}: tidak ada --raster dengan nama itu.")
            raise click.UsageError(text.format(name=", ".join(unknown)))
        with console.step("rasters"):
            rasters = {name: make_raster(file, legends.get(name)) for name, file in ground.rasters}
            screening = gerai_geo.add_evidence(screening, rasters, ring_m=ground.ring_m or None)
    if ground.clear:
        with console.step("clear"):
            accept = bool(layer.get("accept_incomplete"))
            screening = _add_clear_ground(ground, screening, forest, boundaries, accept_incomplete=accept)
    return screening


def own_crs_first(read: Callable[..., T], crs: Any) -> T:
    """Read one of several layers in its own CRS, or else in the one that the user names for all of them."""
    from gerai_geo.errors import CRSError

    try:
        return read(crs=None)
    except CRSError:
        if crs is None:
            raise
        return read(crs=crs)


def _add_clear_ground(
    ground: GroundOptions, screening: Screening, forest: Forest, boundaries: Any, *, accept_incomplete: bool
) -> Screening:
    import gerai_geo
    from gerai_geo.intake.boundaries import read_boundaries
    from gerai_geo.intake.layers.shapes import read_shapes
    from gerai_geo.screening.clear_ground.find import Avoid

    avoid: dict[str, GeoDataFrame | Avoid] = {}
    for name, file, limits in ground.avoid:
        is_raster = limits or split_kind(file)[0]
        avoid[name] = Avoid(make_raster(file), **limits) if is_raster else read_shapes(file)
    return gerai_geo.find_clear_ground(
        screening,
        forest,
        plot_m2=ground.plot_m2,
        within_m=ground.within_m,
        boundaries=read_boundaries(boundaries, accept_incomplete=accept_incomplete),
        avoid=avoid,
        roads=None if ground.roads is None else read_shapes(ground.roads),
        road_m=ground.road_m,
    )
