"""Options about the ground itself: rasters as evidence, clear ground, other editions of the layer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gerai_geo.cli.app import Source
from gerai_geo.i18n.translate import _

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gerai_geo.cli.console import Console
    from gerai_geo.records.models import Forest, Screening
    from gerai_geo.screening.clear_ground.find import Avoid
    from gerai_geo.screening.rasters.raster import Raster

Pair = tuple[str, str]
_KIND: Final = re.compile(r"(value|classes|count|slope):(.+)", flags=re.DOTALL)
_LIMIT: Final = re.compile(r"(above|below)=(-?\d+(?:\.\d+)?)|values=(-?\d+(?:\.\d+)?(?:/-?\d+(?:\.\d+)?)*)|(silent)")


def named_file(value: str) -> Pair:
    """
    Read ``nama=BERKAS``.

    Examples
    --------
    >>> named_file("tutupan=tutupan.tif"), named_file("lereng=slope:https://contoh.id/dem.tif?a=b")
    (('tutupan', 'tutupan.tif'), ('lereng', 'slope:https://contoh.id/dem.tif?a=b'))
    """
    name, equals, file = str(value).partition("=")
    if not equals or not re.fullmatch(r"\w+", name.strip()) or not file.strip():
        raise click.BadParameter(f"{value!r}: nama=BERKAS, tutupan=tutupan.tif")
    return name.strip(), file.strip()


def avoided(value: str) -> tuple[str, str, dict[str, Any]]:
    """
    Read ``nama=BERKAS``, of a raster with the pixels to avoid: ``,above=15`` ``,below=2`` ``,values=1/2`` ``,silent``.

    Examples
    --------
    >>> avoided("lereng=slope:dem.tif,above=15")
    ('lereng', 'slope:dem.tif', {'above': 15.0})
    >>> avoided("gambut=gambut.tif,values=1/2,silent")
    ('gambut', 'gambut.tif', {'values': (1.0, 2.0), 'silent_is_clear': True})
    """
    name, file = named_file(value)
    limits: dict[str, Any] = {}
    while "," in file:
        rest, _comma, last = file.rpartition(",")
        found = _LIMIT.fullmatch(last.strip())
        if not found:
            break
        file = rest
        if found[1]:
            limits = {found[1]: float(found[2])} | limits
        elif found[3]:
            limits = {"values": tuple(float(v) for v in found[3].split("/"))} | limits
        else:
            limits["silent_is_clear"] = True
    return name, file, limits


GROUND_OPTIONS: list[Any] = [
    click.option("--raster", "rasters", multiple=True, type=named_file, metavar="NAMA=BERKAS",
                 help="Raster di bawah dan sekitar titik, boleh alamat COG; slope:, classes:, count: di depan berkas "
                 "untuk lereng dari elevasi, kelas, jumlah; boleh diulang. [raster as evidence]"),
    click.option("--legend", "legends", multiple=True, type=named_file, metavar="NAMA=BERKAS",
                 help="Nama kelas raster itu: CSV value,name_id,name_en. [names of its classes]"),
    click.option("--ring", "ring_m", type=click.FloatRange(min=0), default=500.0, show_default=True, metavar="METER",
                 help="Lebar cincin sekitar titik untuk raster; 0: tanpa. [ring around the site]"),
    click.option("--clear/--no-clear", default=True, show_default=True,
                 help="Cari lahan bersih terdekat bagi titik yang tidak di luar kawasan hutan. [clear ground]"),
    click.option("--plot", "plot_m2", type=click.FloatRange(min=0, min_open=True), default=1_000.0, show_default=True,
                 metavar="M2", help="Luas lahan yang diperlukan. [size of the plot]"),
    click.option("--within", "within_m", type=click.FloatRange(min=0, max=25_000, min_open=True), default=5_000.0,
                 show_default=True, metavar="METER", help="Sejauh mana lahan bersih dicari. [how far to look]"),
    click.option("--avoid", "avoid", multiple=True, type=avoided, metavar="NAMA=BERKAS",
                 help="Yang dihindari lahan bersih: layer vektor, atau raster dengan batasnya, mis. "
                 "lereng=slope:dem.tif,above=15; boleh diulang. [what clear ground keeps away from]"),
    click.option("--roads", metavar="BERKAS", type=Source(path_type=Path),
                 help="Layer jalan: lahan bersih di dekatnya didahulukan. [prefer ground near a road]"),
    click.option("--road-distance", "road_m", type=click.FloatRange(min=0, max=25_000, min_open=True), default=500.0,
                 show_default=True, metavar="METER", help="Seberapa dekat dengan jalan. [how near a road]"),
    click.option("--edition-layer", "editions", multiple=True, type=named_file, metavar="NAMA=BERKAS",
                 help="Edisi lain layer kawasan hutan, mis. 2012=kawasan2012.shp; boleh diulang. [other editions]"),
]  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """What the options ask for; the names are theirs."""

    rasters: Sequence[Pair] = ()
    legends: Sequence[Pair] = ()
    ring_m: float = 500.0
    clear: bool = True
    plot_m2: float = 1_000.0
    within_m: float = 5_000.0
    avoid: Sequence[tuple[str, str, dict[str, Any]]] = ()
    roads: Path | None = None
    road_m: float = 500.0
    editions: Sequence[Pair] = ()


def ground_of(options: dict[str, Any]) -> Ground:
    """Take what was asked about the ground from the options of a command."""
    names = Ground.__dataclass_fields__
    return Ground(**{k: options[k] for k in names if k in options})


def raster_of(file: str, legend: str | None = None) -> Raster:
    """Make a raster of ``file`` or ``kind:file``."""
    from gerai_geo.screening.rasters.raster import Raster

    found = _KIND.fullmatch(file)
    kind, source = (found[1], found[2]) if found else ("value", file)
    return Raster(source, kind=kind, legend=legend)


def add_ground(
    console: Console,
    ground: Ground,
    screening: Screening,
    forest: Forest,
    sites: GeoDataFrame,
    boundaries: Any,
    layer: dict[str, Any],
) -> Screening:
    """Add to a screening what the options ask for: editions, rasters, clear ground."""
    import gerai_geo

    if ground.editions:
        with console.step("editions"):
            screening = gerai_geo.add_editions(screening, _editions(console, ground, sites, layer))
    if ground.rasters:
        legends = dict(ground.legends)
        unknown = sorted(legends.keys() - dict(ground.rasters).keys())
        if unknown:
            raise click.UsageError(
                _("--legend {name}: tidak ada --raster dengan nama itu.").format(name=", ".join(unknown))
            )
        with console.step("rasters"):
            rasters = {name: raster_of(file, legends.get(name)) for name, file in ground.rasters}
            screening = gerai_geo.add_evidence(screening, rasters, ring_m=ground.ring_m or None)
    if ground.clear:
        with console.step("clear"):
            screening = _clear(console, ground, screening, forest, boundaries)
    return screening


def _editions(console: Console, ground: Ground, sites: GeoDataFrame, layer: dict[str, Any]) -> dict[str, Forest]:
    """Read the other editions as the layer itself was read, but for its own name and edition."""
    import gerai_geo

    how = layer | {"layer": None}
    return {
        name: gerai_geo.read_forest(Path(file), around=sites, **(how | {"edition": name}))
        for name, file in ground.editions
    }


def _clear(console: Console, ground: Ground, screening: Screening, forest: Forest, boundaries: Any) -> Screening:
    import gerai_geo
    from gerai_geo.intake.boundaries import read_boundaries
    from gerai_geo.intake.layers.shapes import read_shapes
    from gerai_geo.screening.clear_ground.find import Avoid

    avoid: dict[str, GeoDataFrame | Avoid] = {}
    for name, file, limits in ground.avoid:
        if limits or _KIND.fullmatch(file):
            avoid[name] = Avoid(raster_of(file), **limits)
        else:
            avoid[name] = read_shapes(file)
    return gerai_geo.find_clear_ground(
        screening,
        forest,
        plot_m2=ground.plot_m2,
        within_m=ground.within_m,
        boundaries=read_boundaries(boundaries),
        avoid=avoid,
        roads=None if ground.roads is None else read_shapes(ground.roads),
        road_m=ground.road_m,
    )
