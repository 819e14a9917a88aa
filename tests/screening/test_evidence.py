"""Rasters under sites: against exactextract, against polygons cut pixel by pixel, by hand, and over HTTP."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import CRS, Transformer
from rasterio.transform import Affine
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.errors import CRSError, InputError
from gerai_geo.screening.rasters import zonal
from gerai_geo.screening.rasters.evidence import rings
from gerai_geo.screening.rasters.legends import read_legend
from gerai_geo.screening.rasters.raster import Raster, opened

UTM = "EPSG:32749"


def chain(*parts: Affine) -> Affine:
    """Product of transforms; `affine` changed its operator between versions."""
    whole = np.eye(3)
    for part in parts:
        whole = whole @ np.array(part).reshape(3, 3)
    return Affine(*whole.ravel()[:6])


def on_ground(transform: Affine, xy: np.ndarray) -> np.ndarray:
    a, b, c, d, e, f = tuple(transform)[:6]
    return np.column_stack([a * xy[:, 0] + b * xy[:, 1] + c, d * xy[:, 0] + e * xy[:, 1] + f])


TRANSFORMS = {
    "north-up": Affine(30, 0, 700_000, 0, -30, 9_730_000),
    "south-up": Affine(30, 0, 700_000, 0, 30, 9_700_000),
    "rotated": chain(Affine.translation(700_000, 9_730_000), Affine.rotation(-27), Affine.scale(30, -30)),
    "mirrored, oblong": chain(Affine.translation(730_000, 9_730_000), Affine.rotation(11), Affine.scale(-25, -40)),
    "sheared": Affine(30, 8, 700_000, -6, -28, 9_730_000),
}


def write(file: Path, values: np.ndarray, transform: Affine, crs: str | None = UTM, **profile: object) -> Path:
    about = {"driver": "GTiff", "width": values.shape[1], "height": values.shape[0], "count": 1, "dtype": values.dtype}
    with rasterio.open(file, "w", transform=transform, crs=crs, **(about | profile)) as out:
        out.write(values, 1)
    return file


def table(shapes: list | np.ndarray, crs: str = "EPSG:4326") -> geopandas.GeoDataFrame:
    ids = pd.Index([f"S-{i}" for i in range(len(shapes))], name="site_id")
    return geopandas.GeoDataFrame(geometry=list(shapes), index=ids, crs=crs)


def parcels(transform: Affine, size: tuple[int, int], n: int, seed: int) -> geopandas.GeoDataFrame:
    """Turned parcels, some with holes or two parts, on the raster, over its edge, over tile borders; in degrees."""
    rng = np.random.default_rng(seed)
    height, width = size
    middles = rng.uniform((-4, -4), (width + 4, height + 4), (n, 2))
    middles[-6:] = [(-20, 50), (width + 20, 50), (50, -20), (50, height + 20), (-1, height), (width, 1)]
    middles[: n // 4] = np.round(middles[: n // 4] / 512) * 512  # where tiles meet, and corners of the raster
    shapes = []
    for i, (x, y) in enumerate(middles):
        turn = shapely.affinity.rotate(
            box(x - rng.uniform(0.1, 9), y - rng.uniform(0.1, 6), x + 2, y + 3), rng.uniform(0, 90)
        )
        if i % 5 == 1:
            turn = turn.difference(turn.centroid.buffer(1.3))
        if i % 5 == 2:
            turn = turn.union(shapely.affinity.translate(turn, 15, 2))
        shapes.append(turn)
    ground = shapely.transform(shapes, lambda xy: on_ground(transform, xy))
    return table(ground, UTM).to_crs(4326)


def in_pixels(shapes: np.ndarray, transform: Affine) -> np.ndarray:
    """The same by pyproj and the affine package, apart from the code that is tested; y upward for exactextract."""
    there = Transformer.from_crs(4326, UTM, always_xy=True)

    def move(xy: np.ndarray) -> np.ndarray:
        return on_ground(~transform, np.column_stack(there.transform(*xy.T))) * [1, -1]

    return shapely.transform(shapes, move)


def by_exactextract(values: np.ndarray, shapes: np.ndarray, operations: list[str], nodata: float) -> pd.DataFrame:
    pytest.importorskip("exactextract", reason="NOT TESTED: exactextract has no wheel for this Python")
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    wkt = CRS(3857).to_wkt()  # a name both sides share; it plays no part
    height, width = values.shape
    raster = NumPyRasterSource(values, xmin=0, xmax=width, ymin=-height, ymax=0, nodata=nodata, srs_wkt=wkt)
    frame = geopandas.GeoDataFrame(geometry=shapes, crs=3857)
    return exact_extract(raster, frame, operations, output="pandas")


@pytest.mark.parametrize("name", TRANSFORMS)
def test_figures_are_those_of_exactextract(tmp_path: Path, name: str) -> None:
    """Shares to 1e-6 on rasters that lie any way, over no data, over tile borders, at the raster's edge."""
    rng = np.random.default_rng(3)
    size, transform = (560, 1_100), TRANSFORMS[name]
    values = rng.normal(100, 40, size).astype("float32")
    values[rng.random(size) < 0.15] = -9_999
    file = write(tmp_path / "a.tif", values, transform, nodata=-9_999, tiled=True, blockxsize=128, blockysize=128)
    sites = parcels(transform, size, 160, 4)
    ours = gg.add_evidence(sites, {"a": file}, ring_m=None)
    flat = in_pixels(sites.geometry.to_numpy(), transform)
    theirs = by_exactextract(values.astype(float), flat, ["count", "mean", "min", "max"], -9_999)
    np.testing.assert_allclose(ours["a_known"], theirs["count"] / shapely.area(flat), atol=1e-6)
    touched = (theirs["count"] > 1e-6).to_numpy()
    assert 100 < touched.sum() < 160
    np.testing.assert_allclose(ours["a_mean"][touched], theirs["mean"][touched], rtol=1e-6)
    np.testing.assert_array_equal(ours["a_min"][touched], theirs["min"][touched])
    np.testing.assert_array_equal(ours["a_max"][touched], theirs["max"][touched])
    assert ours["a_mean"][theirs["count"].to_numpy() == 0].isna().all()


@pytest.mark.parametrize("name", TRANSFORMS)
def test_shares_of_classes_and_rings_are_those_of_exactextract(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(8)
    size, transform = (560, 1_100), TRANSFORMS[name]
    values = rng.integers(0, 5, size).astype("uint8")
    values[rng.random(size) < 0.1] = 255
    file = write(tmp_path / "a.tif", values, transform, nodata=255)
    sites = parcels(transform, size, 60, 5).geometry.to_numpy()
    with opened(Raster(file, kind="classes")) as there:
        own, around = (
            zonal.zonal_statistics(there, sites),
            zonal.zonal_statistics(there, rings(sites, 200.0), without=sites),
        )
    outer = shapely.difference(rings(sites, 200.0), sites)
    for found, shapes in ((own, sites), (around, outer)):
        flat = in_pixels(shapes, transform)
        theirs = by_exactextract(values.astype("int16"), flat, ["unique", "frac", "count"], 255)
        shares = np.zeros((len(sites), 5))
        shares[found.classes["position"], found.classes["value"].astype(int)] = found.classes["share"]
        np.testing.assert_allclose(shares.sum(axis=1), found.known, atol=1e-9)
        for i, row in enumerate(theirs.itertuples()):
            expected = np.zeros(5)
            if row.count > 0:
                expected[row.unique.astype(int)] = row.frac * row.count / shapely.area(flat[i])
            np.testing.assert_allclose(shares[i], expected, atol=1e-6)


def test_a_turned_raster_by_its_pixels_as_polygons(tmp_path: Path) -> None:
    """No pixel space here: every pixel drawn on the ground as a polygon, and cut with the parcel by GEOS."""
    values = np.arange(40 * 30, dtype="float64").reshape(30, 40)
    transform = TRANSFORMS["rotated"]
    file = write(tmp_path / "a.tif", values, transform)
    sites = parcels(transform, values.shape, 20, 6)
    ours = gg.add_evidence(sites, {"a": file}, ring_m=None)
    ground = sites.to_crs(UTM).geometry.to_numpy()
    row, col = (v.ravel() for v in np.mgrid[:30, :40])
    corners = [(col, row), (col + 1, row), (col + 1, row + 1), (col, row + 1)]
    pixels = shapely.polygons(np.stack([on_ground(transform, np.column_stack(c)) for c in corners], axis=1))
    for i, shape in enumerate(ground):
        cut = shapely.area(shapely.intersection(pixels, shape))
        assert ours["a_known"].iloc[i] == pytest.approx(cut.sum() / shape.area, abs=1e-6)
        if cut.sum() > 0:
            assert ours["a_mean"].iloc[i] == pytest.approx((cut * values.ravel()).sum() / cut.sum(), rel=1e-6)


def test_large_shapes_are_read_in_pieces_and_stay_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(1, 4, (2_300, 1_500)).astype("uint8")
    transform = Affine(10, 3, 700_000, 2, -10, 9_730_000)
    file = write(tmp_path / "a.tif", values, transform, nodata=3)
    sites = table(shapely.transform([box(100, 200, 1_400, 2_250).difference(box(500, 500, 900, 1_900))],
                                    lambda xy: on_ground(transform, xy)), UTM).to_crs(4326)  # fmt: skip
    rasters = {"a": Raster(file, kind="classes"), "b": file}
    whole = gg.add_evidence(sites, rasters, ring_m=300)
    monkeypatch.setattr(zonal, "_CELLS", 50_000)
    pieces = gg.add_evidence(sites, rasters, ring_m=300)
    assert whole["a_classes"].item() == pieces["a_classes"].item()
    for c in ("a_known", "b_mean", "b_ring_mean", "b_ring_known", "a_ring_known"):
        assert pieces[c].item() == pytest.approx(whole[c].item(), abs=1e-9)
    assert whole["a_known"].item() == pytest.approx(2 / 3, abs=1e-3)


def test_points_and_their_rings_by_hand(tmp_path: Path) -> None:
    """Zero is a value, silence is none: one pixel of 7, zero beside it, no data in the east, nothing beyond."""
    values = np.zeros((10, 20), dtype="int16")
    values[5, 5], values[:, 15:] = 7, -1
    file = write(tmp_path / "a.tif", values, Affine(0.01, 0, 112.0, 0, -0.01, -2.0), "EPSG:4326", nodata=-1)
    # middles of the pixel of 7, of its neighbour, of no data, beyond; then the corner where pixel 5, 5 begins
    points = [
        Point(112.055, -2.055),
        Point(112.065, -2.055),
        Point(112.175, -2.055),
        Point(113, -2.05),
        Point(112.05, -2.05),
    ]
    got = gg.add_evidence(table([*points, None]), {"a": file}, ring_m=100)
    assert got["a_mean"].tolist()[:2] == [7, 0]
    assert got["a_mean"].isna().tolist() == [False, False, True, True, False, True]
    assert got["a_known"].fillna(-1).tolist() == [1, 1, 0, 0, 1, -1]
    assert got["a_mean"].iloc[4] in (0, 7)  # on the corner itself rounding decides
    assert got["a_ring_mean"].tolist()[:2] == [7, 0]
    assert got["a_ring_known"].fillna(-1).tolist() == pytest.approx([1, 1, 0, 0, 1, -1])
    # around a corner of the pixel of 7 a quarter of the ring is 7
    assert got["a_ring_mean"].iloc[4] == pytest.approx(7 / 4, rel=1e-6)
    wide = gg.add_evidence(table([Point(112.15, -2.055)]), {"a": file}, ring_m=300)
    assert wide["a_ring_known"].item() == pytest.approx(0.5, abs=1e-6)  # half of it is silent
    assert wide["a_ring_mean"].item() == 0


def test_people_are_summed_and_scales_applied(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", np.full((10, 10), 12, dtype="int16"), Affine(100, 0, 700_000, 0, -100, 9_700_000))
    with rasterio.open(file, "r+") as out:
        out.scales, out.offsets = (0.5,), (1.0,)
    half = table([box(700_100, 9_699_200, 700_250, 9_699_500)], UTM)  # 4.5 pixels of 7 people
    got = gg.add_evidence(half, {"jiwa": Raster(file, kind="count"), "nilai": file}, ring_m=None)
    assert got["jiwa_sum"].item() == pytest.approx(31.5, rel=1e-6)
    assert got["nilai_mean"].item() == pytest.approx(7)
    assert got.crs == half.crs
    assert [c for c in got if c.startswith("jiwa")] == ["jiwa_sum", "jiwa_known"]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_slope_of_a_plane_is_its_gradient(tmp_path: Path, name: str) -> None:
    """z = 0.03 east - 0.04 north rises by 5 % however the raster lies; unknown pixels take their neighbours along."""
    transform = TRANSFORMS[name]
    row, col = np.mgrid[:30, :40]
    x, y = on_ground(transform, np.column_stack([col.ravel() + 0.5, row.ravel() + 0.5])).T
    z = (0.03 * (x - 700_000) - 0.04 * (y - 9_700_000)).reshape(30, 40)
    z[10, 10] = np.nan
    file = write(tmp_path / "z.tif", z, transform)
    with opened(Raster(file, kind="slope")) as there:
        slope, known = there.window(-2, -2, 44, 34)
    expected = np.zeros((34, 44), dtype=bool)
    expected[3:31, 3:41] = True  # not the outermost pixels
    expected[11:14, 11:14] = False
    np.testing.assert_array_equal(known, expected)
    np.testing.assert_allclose(slope[known], 5.0, rtol=1e-6)


def test_slope_in_degrees_is_measured_in_metres(tmp_path: Path) -> None:
    """A rise of 1 m a step of 0.001° northward, 110.6 m at 2.5° south, 111.3 m x cos eastward."""
    row, col = np.mgrid[:20, :20].astype(float)
    transform = Affine(0.001, 0, 112.5, 0, -0.001, -2.49)
    for z, expected in ((row, 100 / 110.578), (col, 100 / 111.215)):
        with opened(Raster(write(tmp_path / "z.tif", z, transform, "EPSG:4326"), kind="slope")) as there:
            slope, known = there.window(5, 5, 10, 10)
        assert known.all()
        np.testing.assert_allclose(slope, expected, rtol=1e-4)


def test_a_coarse_raster_has_the_slope_of_each_row(tmp_path: Path) -> None:
    """1 m a step of 0.1° eastward: the step shrinks with the latitude, by closed form of the ellipsoid."""
    _row, col = np.mgrid[:100, :10].astype(float)
    with opened(
        Raster(write(tmp_path / "z.tif", col, Affine(0.1, 0, 112, 0, -0.1, 0), "EPSG:4326"), kind="slope")
    ) as there:
        slope, _known = there.window(2, 2, 5, 96)
    lat = np.radians(-0.1 * (np.arange(2, 98) + 0.5))
    step_m = np.radians(0.1) * 6_378_137 * np.cos(lat) / np.sqrt(1 - 0.00669438 * np.sin(lat) ** 2)
    np.testing.assert_allclose(slope[:, 2], 100 / step_m, rtol=1e-6)


def test_class_names_and_their_shares_in_both_languages(tmp_path: Path) -> None:
    values = np.array([[1, 1, 2, 9]], dtype="uint8")
    file = write(tmp_path / "a.tif", values, Affine(100, 0, 700_000, 0, -100, 9_700_000), nodata=9)
    legend = tmp_path / "legenda.csv"
    legend.write_text("value;name_id;name_en\n1;Hutan;Forest\n3;Air;Water\n", encoding="utf-8-sig")
    sites = table([box(700_000, 9_699_900, 700_400, 9_700_000), Point(700_050, 9_699_950)], UTM)
    raster = Raster(file, legend=legend)  # a legend makes it classes
    got = gg.add_evidence(sites, {"tutupan": raster}, ring_m=None)
    assert got["tutupan_classes"].tolist() == ["Hutan 50.0 %; kelas 2 25.0 %", "Hutan"]
    assert got["tutupan_class"].tolist() == ["Hutan", "Hutan"]
    assert got["tutupan_known"].tolist() == pytest.approx([0.75, 1], abs=1e-6)
    english = gg.add_evidence(sites, {"tutupan": raster}, ring_m=None, lang="en")
    assert english["tutupan_classes"].iloc[0] == "Forest 50.0 %; class 2 25.0 %"
    toml = tmp_path / "legenda.toml"
    toml.write_text('[[class]]\nvalue = 1\nname_id = "Hutan"\n')
    assert read_legend(toml) == {1.0: ("Hutan", "Hutan")}


@pytest.mark.parametrize(
    ("text", "says"),
    [("value,name_id\nx,Hutan\n", "angka kelas"), ("nilai,nama\n1,Hutan\n", "angka kelas"), ("value,name_id\n1,\n", "nama kosong"),
     ("value,name_id\n1,A\n1,B\n", "sudah ada"), ("value,name_id\n", "kosong"), ("", "kosong")],
)  # fmt: skip
def test_a_legend_that_is_none_is_told(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "legenda.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=f"legenda.csv.*{says}"):
        read_legend(file)


def test_a_screening_keeps_its_columns_and_says_what_was_used(tmp_path: Path, small_screening: gg.Screening) -> None:
    file = write(tmp_path / "a.tif", np.full((10, 10), 4, "uint8"), Affine(0.1, 0, 112.0, 0, -0.1, -2.0), "EPSG:4326")
    small_screening.findings["hutan_mean"] = "milik pengguna"
    got = gg.add_evidence(small_screening, {"hutan": file}, ring_m=250)
    assert got.findings["hutan_mean_as_given"].eq("milik pengguna").all()
    assert (
        got.findings["hutan_mean"].notna().sum() == small_screening.findings.geometry.notna().sum() - 1
    )  # one lies beyond
    note = got.manifest["rasters"]["hutan"]
    assert (note["source"], note["kind"], note["ring_m"], len(note["sha256"])) == ("a.tif", "value", 250, 64)
    assert note["columns"] == [f"hutan_{r}{s}" for r in ("", "ring_") for s in ("mean", "min", "max", "known")]
    again = gg.add_evidence(got, {"hutan": file})
    assert [*again.findings.columns].count("hutan_mean") == 1
    gg.write_screening(again, tmp_path / "hasil")
    back = gg.read_screening(tmp_path / "hasil").findings
    pd.testing.assert_series_equal(back["hutan_ring_mean"], again.findings["hutan_ring_mean"])
    assert (
        "hutan_mean" not in small_screening.findings
        or small_screening.findings["hutan_mean"].eq("milik pengguna").all()
    )


def test_what_can_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = table([Point(112.05, -2.05)])
    values = np.zeros((10, 10), "uint8")
    good = write(tmp_path / "a.tif", values, Affine(0.1, 0, 112.0, 0, -0.1, -2.0), "EPSG:4326")
    bare = write(tmp_path / "b.tif", values, Affine(0.1, 0, 112.0, 0, -0.1, -2.0), None)
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        write(tmp_path / "c.tif", values, Affine.identity(), "EPSG:4326")
    (tmp_path / "d.tif").write_text("bukan raster")
    cases = [(Raster(good, kind="lain"), "jenis 'lain'"), (Raster(good, band=2), "band 2"), (tmp_path / "c.tif", "c.tif.*letak"),
             (tmp_path / "d.tif", "d.tif: raster tidak dapat dibaca"), (tmp_path / "e.tif", "e.tif: raster"),
             (Raster(good, legend=tmp_path / "x.csv"), "x.csv: legenda")]  # fmt: skip
    for raster, says in cases:
        with pytest.raises(InputError, match=says) as error:
            gg.add_evidence(sites, {"a": raster})
        assert str(tmp_path) not in str(error.value).replace("x.csv'", "")
    with pytest.raises(CRSError, match=r"b\.tif: CRS raster"):
        gg.add_evidence(sites, {"a": bare})
    assert gg.add_evidence(sites, {"a": Raster(bare, crs="EPSG:4326")})["a_mean"].item() == 0
    for name in ("A", "1a", "a b", "", "x" * 40):
        with pytest.raises(InputError, match="nama hanya"):
            gg.add_evidence(sites, {name: good})
    for ring in (0, -5, float("nan")):
        with pytest.raises(InputError, match="ring"):
            gg.add_evidence(sites, {"a": good}, ring_m=ring)


def test_a_raster_without_data_by_its_mask_or_by_the_users_word(tmp_path: Path) -> None:
    values = np.array([[5, 6], [7, 8]], dtype="uint8")
    file = write(tmp_path / "a.tif", values, Affine(0.1, 0, 112.0, 0, -0.1, -2.0), "EPSG:4326")
    here = table([Point(112.05, -2.05), Point(112.15, -2.05)])
    assert gg.add_evidence(here, {"a": Raster(file, nodata=5)}, ring_m=None)["a_known"].tolist() == [0, 1]
    with rasterio.open(file, "r+") as out:
        out.write_mask(values != 6)
    assert gg.add_evidence(here, {"a": file}, ring_m=None)["a_known"].tolist() == [1, 0]


class Ranges(BaseHTTPRequestHandler):
    """Serves one file by ranges, and counts the bytes of bodies."""

    def log_message(self, *args: object) -> None:
        """Keep silent."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        content, counted = self.server.content, self.server.counted
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if self.path.split("?")[0] != "/a.tif":
            self.send_error(404)
            return
        first = int(asked[1]) if asked else 0
        last = min(int(asked[2]) if asked and asked[2] else len(content) - 1, len(content) - 1)
        self.send_response(206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last + 1 - first))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            counted.append(last + 1 - first)
            self.wfile.write(content[first : last + 1])


@contextmanager
def serving(content: bytes) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
    server.daemon_threads, server.content, server.counted = True, content, []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def test_only_windows_of_a_cloud_optimised_geotiff_are_fetched(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 65_535, (3_000, 3_000)).astype("uint16")  # noise: it can't be packed
    file = tmp_path / "a.tif"
    write(file, values, Affine(30, 0, 700_000, 0, -30, 9_730_000), driver="COG", blocksize=256, compress="deflate")
    near = table([Point(745_015, 9_685_015), box(745_000, 9_684_900, 745_100, 9_685_000)], UTM)
    local = gg.add_evidence(near, {"a": file}, ring_m=100)
    with serving(file.read_bytes()) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/a.tif?kunci=rahasia"
        got = gg.add_evidence(near, {"a": url}, ring_m=100)
        fetched = sum(server.counted)
        with pytest.raises(InputError, match=r"b\.tif: raster tidak dapat dibaca") as error:
            gg.add_evidence(near, {"a": url.replace("a.tif", "b.tif")})
        assert "rahasia" not in str(error.value)
    pd.testing.assert_frame_equal(pd.DataFrame(got), pd.DataFrame(local))
    assert fetched < 0.05 * file.stat().st_size, f"{fetched} of {file.stat().st_size} bytes"
