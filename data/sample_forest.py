"""
The invented kawasan hutan layer of the bundled sample.

One coverage of the whole province: cells of forest functions, river corridors, water, conservation areas,
clearings around villages. All lines are bent by the same smooth function of position, noded together and polygonized,
so that neighbours share their edges vertex by vertex. Defects are added last, on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
import shapely.affinity
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from shapely import LineString, MultiPoint, Point, Polygon

from gerai_geo.schema import SYNTHETIC_MARK as MARK

KM = 1 / 111.195  # one kilometre in degrees, near the equator
SPACING_KM = 0.45  # between the vertices of a bent line
CRUMB_KM2 = 0.3  # faces smaller than this join a neighbour
GRID = 1e-6  # coordinates are kept to 0.1 m

CODES = {
    "HL": "100100", "CA": "100210", "SM": "100220", "TN": "100240", "TWA": "100250", "TAHURA": "100260",
    "HP": "100300", "HPT": "100400", "HPK": "100500", "APL": "100700", "DANAU": "500100", "WATER": "500300",
    "?": "109900",
}  # fmt: skip
NAMES = {
    "HL": "Hutan Lindung", "CA": "Cagar Alam", "SM": "Suaka Margasatwa", "TN": "Taman Nasional",
    "TWA": "Taman Wisata Alam", "TAHURA": "Taman Hutan Raya", "HP": "Hutan Produksi Tetap",
    "HPT": "Hutan Produksi Terbatas", "HPK": "Hutan Produksi yang dapat di Konversi",
    "APL": "Areal Penggunaan Lain", "DANAU": "Danau", "WATER": "Tubuh Air", "?": "Belum Terdefinisi",
}  # fmt: skip

# invented conservation areas: function, name, centre, radii in km
RESERVES = (
    ("TN", "Tanjung Rekaan", 111.87, -3.05, 27, 34),
    ("TN", "Sabana Rekaan", 113.62, -2.45, 22, 40),
    ("CA", "Bukit Umpama", 113.75, 0.12, 17, 13),
    ("CA", "Lubuk Andai", 112.30, -1.62, 9, 7),
    ("SM", "Sungai Misal", 111.06, -2.55, 14, 10),
    ("SM", "Muara Contoh", 113.35, -3.05, 12, 9),
    ("TWA", "Danau Contoh", 113.80, -1.85, 5, 4),
    ("TWA", "Tanjung Andai", 111.35, -2.93, 4, 6),
    ("TAHURA", "Lapak Rekaan", 115.05, -0.72, 13, 9),
)

# invented rivers: width at the mouth in km, then lon, lat from the source to the mouth
RIVERS = (
    (0.8, ((111.30, -1.45), (111.05, -2.10), (111.20, -2.60), (110.85, -3.10))),
    (0.7, ((111.75, -1.30), (111.60, -2.00), (111.72, -2.60), (111.55, -3.00))),
    (1.1, ((111.95, -0.85), (112.15, -1.90), (112.30, -2.60), (112.55, -3.05), (112.50, -3.60))),
    (1.0, ((112.55, -0.95), (112.55, -1.60), (112.95, -2.50), (113.00, -3.40))),
    (1.0, ((113.05, -0.60), (113.05, -1.40), (113.40, -2.00), (113.28, -2.90), (113.35, -3.50))),
    (1.0, ((113.50, -0.75), (113.65, -1.60), (114.05, -2.20), (113.95, -3.00), (114.00, -3.60))),
    (1.0, ((114.10, -0.60), (114.25, -1.60), (114.40, -2.30), (114.30, -2.90), (114.35, -3.50))),
    (1.3, ((113.70, 0.45), (114.40, -0.10), (114.60, -0.70), (114.80, -1.50), (114.85, -2.10), (114.60, -3.00))),
)


@dataclass(frozen=True)
class Clearing:
    """
    Ground around an invented village that differs from the surrounding forest.

    Parameters
    ----------
    lon, lat, radius_km
        Centre in degrees and mean radius.
    kind
        ``APL``, ``?`` (an unknown code) or ``GAP`` (no polygon at all).
    straight
        Whether its edges are straight survey lines.
    """

    lon: float
    lat: float
    radius_km: float
    kind: str = "APL"
    straight: bool = False


@dataclass(frozen=True)
class Layer:
    """One piece of ground before polygonizing: kind, decree, polygon and name."""

    kind: str
    decree: str
    ground: Polygon
    title: str = ""
    straight: bool = False


class Waves:
    """
    A smooth vector field: sums of sine waves of random direction, octave by octave.

    Parameters
    ----------
    rng
        Source of directions and phases.
    lengths_km
        Wavelength of each octave.
    steepness
        Amplitude over wavelength; small enough that no line crosses itself.
    """

    def __init__(self, rng: np.random.Generator, lengths_km: tuple[float, ...], steepness: float) -> None:
        self.waves = [
            (length * KM, angle, phase, steepness * length * KM)
            for length in lengths_km
            for angle, phase in zip(rng.uniform(0, np.pi, 3), rng.uniform(0, 2 * np.pi, (3, 2)), strict=True)
        ]

    def __call__(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shift at each place, in degrees."""
        shift = np.zeros_like(xy)
        for length, angle, phase, amplitude in self.waves:
            along = (xy[:, 0] * np.cos(angle) + xy[:, 1] * np.sin(angle)) * (2 * np.pi / length)
            shift += amplitude * np.column_stack([np.sin(along + phase[0]), np.sin(along + phase[1])])
        return shift

    def undo(self, lon: float, lat: float) -> tuple[float, float]:
        """Position that bending moves to the given one."""
        target = np.array([[lon, lat]])
        start = target
        for _ in range(30):
            start = target - self(start)
        return float(start[0, 0]), float(start[0, 1])


def function_of(lon: float, lat: float, noise: float) -> str:
    """Forest function of a cell: protection in the mountains of the north, mixed ground in the south."""
    height = (lat + 3.5 - 0.12 * (lon - 113)) / 4.2 + noise
    for limit, function in (
        (0.10, "APL"), (0.24, "HPK"), (0.36, "HP"), (0.41, "APL"), (0.62, "HP"), (0.64, "APL"), (0.82, "HPT")
    ):  # fmt: skip
        if height < limit:
            return function
    return "HL"


def cells(rng: np.random.Generator, outline: Polygon) -> list[tuple[str, str, Polygon]]:
    """Cells of the main functions: function, decree, ground; some larger than the province."""
    domain = outline.envelope.buffer(1.0)
    seeds = rng.uniform(domain.bounds[:2], domain.bounds[2:], (1500, 2))
    for _ in range(2):  # two steps of Lloyd: neither a grid nor a mess
        faces = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(seeds), extend_to=domain))
        seeds = shapely.get_coordinates(shapely.centroid(faces))
    noise = Waves(rng, (300, 160, 70), 0.03)(seeds)[:, 0] / (70 * KM) + rng.normal(0, 0.035, len(seeds))
    made = []
    for (x, y), n, face in zip(seeds, noise, faces[_order(seeds, faces)], strict=True):
        function = function_of(x, y, n)
        if y < -2.9 and x > 112.6 and function == "APL" and rng.random() < 0.35:
            function = "HL"  # mangrove of the coast
        decree = "SK CONTOH 1/2026" if x < 113.3 else "SK CONTOH 2/2026"
        made.append((function, decree, face))
    return made


def _order(seeds: NDArray[np.float64], faces: NDArray[np.object_]) -> NDArray[np.intp]:
    tree = shapely.STRtree(faces)
    return np.asarray(tree.query(shapely.points(seeds), predicate="within"))[1]


def river(
    rng: np.random.Generator, points: tuple[tuple[float, float], ...], width_km: float
) -> tuple[Polygon, Polygon]:
    """Water of a river, widening to its mouth, and the open ground along it, of varying width."""
    line = shapely.segmentize(LineString(points), 1.5 * KM)
    xy = shapely.get_coordinates(line)
    xy = xy + 1.6 * Waves(rng, (60, 26, 13), 0.04)(xy)
    t = np.linspace(0, 1, len(xy))
    bank = 0.5 + 0.5 * np.sin(2 * np.pi * (t * rng.uniform(3, 5) + rng.random()))
    bank = (0.4 + 0.8 * t) * (1.0 + 8.0 * bank**3) * KM
    water = np.maximum(width_km * (t**1.5), 0.09) * KM / 2
    wide = t > 0.3
    return _ribbon(xy[wide], water[wide]), _ribbon(xy, bank)


def _ribbon(xy: NDArray[np.float64], half_width: NDArray[np.float64]) -> Polygon:
    parts = [
        shapely.convex_hull(shapely.union(Point(a).buffer(wa, 6), Point(b).buffer(wb, 6)))
        for a, b, wa, wb in zip(xy[:-1], xy[1:], half_width[:-1], half_width[1:], strict=True)
    ]
    return shapely.union_all(parts)


def ellipse(lon: float, lat: float, rx_km: float, ry_km: float, corners: int = 24) -> Polygon:
    """Ellipse around a centre, as a polygon with few corners."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return Polygon(np.column_stack([lon + rx_km * KM * np.cos(angle), lat + ry_km * KM * np.sin(angle)]))


def reserve(rng: np.random.Generator, lon: float, lat: float, rx_km: float, ry_km: float) -> Polygon:
    """Irregular ground: the union of a few ellipses."""
    lobes = [ellipse(lon, lat, rx_km * 0.75, ry_km * 0.75)]
    for angle in rng.uniform(0, 2 * np.pi, 5):
        x, y = lon + 0.6 * rx_km * KM * np.cos(angle), lat + 0.6 * ry_km * KM * np.sin(angle)
        lobes.append(ellipse(x, y, rx_km * rng.uniform(0.3, 0.55), ry_km * rng.uniform(0.3, 0.55)))
    return shapely.union_all(lobes)


def lakes(rng: np.random.Generator, rivers: list[Polygon]) -> list[Polygon]:
    """Make a few oxbow-like lakes beside the rivers of the lowland."""
    made = []
    for water in rivers[3:]:
        for _ in range(2):
            x, y = shapely.get_coordinates(water)[rng.integers(len(shapely.get_coordinates(water)))]
            if y < -1.2:
                lake = ellipse(x + rng.choice((-1, 1)) * 3.4 * KM, y, rng.uniform(0.5, 1.0), rng.uniform(1.2, 2.8))
                made.append(lake)
    return made


def stack(outline: Polygon, clearings: list[Clearing], bend: Waves, seed: int) -> list[Layer]:
    """All layers of ground; later ones cover earlier ones."""
    layers = [Layer(kind, decree, ground) for kind, decree, ground in cells(_rng(seed, 1), outline)]
    rng = _rng(seed, 2)
    waters = [river(rng, points, width) for width, points in RIVERS]
    layers += [Layer("APL", "SK CONTOH 1/2026", bank) for _, bank in waters]
    rng = _rng(seed, 3)
    layers += [Layer(k, "SK CONTOH 3/2026", reserve(rng, *where), title) for k, title, *where in RESERVES]
    rng = _rng(seed, 4)
    for c in clearings:
        ring = ellipse(
            *bend.undo(c.lon, c.lat), c.radius_km, c.radius_km * rng.uniform(0.7, 1.3), 6 if c.straight else 24
        )
        ring = shapely.affinity.rotate(ring, rng.uniform(0, 90))
        layers.append(Layer(c.kind, "SK CONTOH 4/2026" if c.kind == "APL" else "", ring, straight=c.straight))
    layers += [Layer("WATER", "", water) for water, _ in waters]
    layers += [Layer("DANAU", "", lake) for lake in lakes(_rng(seed, 5), [water for water, _ in waters])]
    return layers


def coverage(outline: Polygon, clearings: list[Clearing], seed: int) -> GeoDataFrame:
    """
    Cut the province into polygons that share their edges exactly.

    Parameters
    ----------
    outline
        The province, EPSG:4326; its border is kept as it is.
    clearings
        Ground around villages, laid over everything but water.
    seed
        The same seed gives the same layer.

    Returns
    -------
    table
        Columns ``kind``, ``decree``, ``title`` and the geometry, EPSG:4326, without defects.
    """
    bend = Waves(_rng(seed, 6), (90, 45, 22, 11, 5.5, 2.7, 1.4), 0.018)
    layers = stack(outline, clearings, bend, seed)
    dense = [x.ground if x.straight else shapely.segmentize(x.ground, SPACING_KM * KM) for x in layers]
    bent = [shapely.make_valid(shapely.transform(ground, lambda xy: xy + bend(xy))) for ground in dense]
    lines = [shapely.boundary(ground) for ground in bent if ground.intersects(outline)]
    lines = shapely.set_precision(shapely.union_all([*lines, outline.boundary]), GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    points = shapely.point_on_surface(faces)
    faces, points = faces[within := shapely.covers(outline, points)], points[within]
    face, layer = shapely.STRtree(bent).query(points, predicate="within")
    owner = [layers[i] for i in pd.Series(layer).groupby(face).max()]
    table = GeoDataFrame(
        {"kind": [o.kind for o in owner], "decree": [o.decree for o in owner], "title": [o.title for o in owner]},
        geometry=faces,
        crs="EPSG:4326",
    )
    return _merge(table)


def _rng(seed: int, stage: int) -> np.random.Generator:
    return np.random.default_rng([seed, stage])


def _merge(table: GeoDataFrame) -> GeoDataFrame:
    """Dissolve faces by function and decree; small ones join the neighbour with the longest shared edge."""
    keys = ["kind", "decree", "title"]
    table = table.dissolve(keys, method="coverage").reset_index().explode(ignore_index=True)
    crumbs = shapely.area(table.geometry.to_numpy()) < CRUMB_KM2 * KM**2
    tree = shapely.STRtree(table.geometry[~crumbs].to_numpy())
    kept = table.index[~crumbs]
    for i in table.index[crumbs]:
        near = [kept[k] for k in tree.query(table.geometry[i], predicate="intersects")]
        if near:
            shared = [table.geometry[i].boundary.intersection(table.geometry[j].boundary).length for j in near]
            table.loc[i, keys] = table.loc[near[int(np.argmax(shared))], keys].to_numpy()
    table = table.dissolve(keys, method="coverage").reset_index().explode(ignore_index=True)
    corner = table.geometry.bounds
    order = np.lexsort([corner["miny"], corner["minx"], table["kind"]])
    return table.iloc[order].reset_index(drop=True)


def add_defects(table: GeoDataFrame, overlap: tuple[float, float], seed: int) -> GeoDataFrame:
    """
    Add defects as real layers have them; `data/README.md` lists them.

    Parameters
    ----------
    table
        From `coverage`. Polygons of kind ``GAP`` are removed, leaving holes.
    overlap
        Centre in degrees of the ground that two functions claim.
    seed
        Chooses the places.
    """
    rng = _rng(seed, 7)
    table = table[table["kind"] != "GAP"].reset_index(drop=True)
    long_ones = np.flatnonzero(shapely.get_num_coordinates(table.geometry.to_numpy()) > 300)
    for i in rng.choice(long_ones, 4, replace=False):
        table.loc[[i], "geometry"] = [_crossed_ring(table.geometry[i], rng)]
    claimed = ellipse(*overlap, 3.1, 2.2, 16)
    added = [{"kind": "HL", "decree": "SK CONTOH 5/2026", "title": "", "geometry": claimed}]
    for i in rng.choice(long_ones, 5, replace=False):
        added.append({"kind": table["kind"][i], "decree": "SK CONTOH 5/2026", "title": "",
                     "geometry": _sliver(table.geometry[i], rng)})  # fmt: skip
    result = pd.concat([table, GeoDataFrame(added, crs=table.crs)], ignore_index=True)
    result.geometry = shapely.transform(result.geometry.to_numpy(), lambda xy: np.round(xy, 6))
    return result


def _crossed_ring(polygon: Polygon, rng: np.random.Generator) -> Polygon:
    """Swap two neighbouring vertices: the ring crosses itself."""
    for start in rng.permutation(np.arange(20, len(polygon.exterior.coords) - 20)):
        xy = shapely.get_coordinates(polygon.exterior)
        xy[[start, start + 1]] = xy[[start + 1, start]]
        crossed = Polygon(xy, polygon.interiors)
        if not crossed.is_valid:
            return crossed
    raise AssertionError("no vertex pair makes this ring cross itself")


def _sliver(polygon: Polygon, rng: np.random.Generator) -> Polygon:
    """Strip 12 m wide along a stretch of the border, as digitizing twice leaves it."""
    start = int(rng.integers(20, len(polygon.exterior.coords) - 20))
    strip = LineString(polygon.exterior.coords[start : start + 8]).buffer(
        0.006 * KM, cap_style="flat", join_style="bevel"
    )
    return max(shapely.get_parts(strip), key=lambda part: part.area)


def add_attributes(table: GeoDataFrame) -> GeoDataFrame:
    """
    Columns as in the ministry's layer KWSHUTAN_AR_250K, every row marked as invented.

    Returns
    -------
    layer
        ``FUNGSIKWS`` as text of the current codes; a few decrees are missing.
    """
    kind = table["kind"]
    name = kind.map(NAMES).str.cat(table["title"].where(table["title"] != "", None), sep=" ", na_rep="").str.strip()
    hectares = (shapely.area(table.geometry.to_numpy()) / KM**2 * 100).round(2)
    blank = kind.isin(["WATER", "DANAU", "?"]) | (table.index % 41 == 7)
    return GeoDataFrame(
        {
            "NO_REG": [f"CONTOH-{i:03d}" for i in range(1, len(table) + 1)],
            "KODE_PROV": "62",
            "FUNGSIKWS": kind.map(CODES),
            "NOSKKWS": table["decree"].where(~blank, None),
            "TGLSKKWS": pd.Series("2026-01-15", index=table.index).where(~blank, None),
            "LSKKWS": hectares,
            "NAMOBJ": name,
            "METADATA": f"{MARK}; 1:250.000",
            "REMARK": MARK,
        },
        geometry=table.geometry.to_numpy(),
        crs=table.crs,
    )
