"""JSON that is a page of a longer answer, holds several texts, or objects that are no rows."""

from __future__ import annotations

import json
import warnings

import geopandas
import pytest
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.errors import InputError
from gerai_geo.intake.files.completeness import page_shortfalls

A, B, C = (112.951234, -2.531234), (112.961234, -2.541234), (112.971234, -2.551234)
ROWS = [{"id": n, "lat": lat, "lon": lon} for n, (lon, lat) in zip("ABC", (A, B, C), strict=True)]


def feature(n, at):
    return {"type": "Feature", "properties": {"id": n}, "geometry": {"type": "Point", "coordinates": list(at)}}


def collection(*features, **more):
    return {"type": "FeatureCollection", **more, "features": list(features)}


def read(tmp_path, *contents, name="a.json", between="\n"):
    (tmp_path / name).write_text(between.join(c if isinstance(c, str) else json.dumps(c) for c in contents))
    sites, issues = gg.read_sites(tmp_path / name)
    return sites, issues[issues["severity"] != "info"]


def places(sites):
    return [(round(p.x, 6), round(p.y, 6)) if p else None for p in sites.geometry]


PAGES = {
    "pagination": {"pagination": {"page": 1, "total_pages": 3}},
    "Laravel": {"current_page": 1, "last_page": 4, "per_page": 1},
    "Laravel resource": {"meta": {"current_page": 4, "last_page": 4}},
    "Fractal": {"meta": {"pagination": {"per_page": 1, "current_page": 1, "total_pages": 2}}},
    "Spring": {"number": 0, "size": 1, "totalPages": 2, "last": False},
    "Spring total": {"totalElements": 7, "size": 1},
    "WordPress": {"page": 1, "pages": 9},
    "token": {"nextPageToken": "CAEQAA"},
    "cursor": {"response_metadata": {"next_cursor": "dGVhbQ=="}},
    "has_more": {"count": 1, "has_more": True},
    "nested has_more": {"paging": {"hasMore": True}},
    "next page": {"next_page": 2},
    "next page of meta": {"meta": {"next_page": 2, "prev_page": None}},
    "JSON:API": {"links": {"self": "http://x/?page=1", "next": "http://x/?page=2"}},
    "HAL": {"_links": {"next": {"href": "http://x/?page=2"}}},
    "OData": {"@odata.nextLink": "http://x/?$skip=1"},
    "OData count": {"@odata.count": 8},
    "DataTables": {"recordsTotal": 8, "draw": 1},
    "count": {"count": 5, "next": None},
    "meta total": {"meta": {"total": 5}},
    "AWS": {"IsTruncated": False, "isTruncated": True},
    "GitHub": {"incomplete_results": True},
}


@pytest.mark.parametrize("mark", PAGES.values(), ids=PAGES)
def test_a_page_of_a_longer_answer_is_said(tmp_path, mark):
    sites, issues = read(tmp_path, {**mark, "data": ROWS[:1]})
    assert places(sites) == [A]
    assert issues["code"].tolist().count("file_incomplete") == 1


def test_a_page_within_a_result_is_said(tmp_path):
    _sites, issues = read(tmp_path, {"success": True, "result": {"total": 9, "records": ROWS[:2]}})
    assert "file_incomplete" in issues["code"].tolist()


@pytest.mark.parametrize("mark", [PAGES["pagination"], PAGES["token"], PAGES["has_more"], {"links": [{"rel": "next"}]}])
def test_a_page_of_geojson_is_said(tmp_path, mark):
    sites, issues = read(tmp_path, collection(feature("A", A), **mark), name="a.geojson")
    assert places(sites) == [A]
    assert issues["code"].tolist().count("file_incomplete") == 1


@pytest.mark.parametrize(
    "mark",
    [
        {"page": 1, "total_pages": 1, "total": 1},
        {"current_page": 1, "last_page": 1, "next_page_url": None},
        {"nextPageToken": "", "has_more": False, "next": None},
        {"links": {"self": "http://x", "next": None}},
        {"count": 1, "total": "1", "pages": 1},
        {"title": "Buku", "pages": 300},
        {"numberMatched": 1, "links": [{"rel": "next"}]},
    ],
)
def test_a_whole_answer_is_not_doubted(tmp_path, mark):
    _sites, issues = read(tmp_path, {**mark, "data": ROWS[:1]})
    assert "file_incomplete" not in issues["code"].tolist()


def test_all_pages_together_lack_nothing(tmp_path):
    for n, row in enumerate(ROWS, 1):
        (tmp_path / f"{n}.json").write_text(json.dumps({"page": n, "total_pages": 3, "data": [row]}))
    sites, issues = gg.read_sites(tmp_path)
    assert sorted(places(sites)) == [A, B, C]
    assert "file_incomplete" not in issues["code"].tolist()
    (tmp_path / "2.json").unlink()
    _sites, issues = gg.read_sites(tmp_path)
    assert issues["code"].tolist().count("file_incomplete") == 2


def test_pages_in_one_file_count_as_many():
    last = {"page": 3, "total_pages": 3}
    assert [s.pages for s in page_shortfalls(last, 3)] == [3]
    assert not list(page_shortfalls(last, 3, here=3))


# Several texts in one file


@pytest.mark.parametrize("between", ["", "\n", "\r\n\r\n", "\x1e"])
@pytest.mark.parametrize("name", ["a.geojson", "a.json", "a.geojsonl", "a.ndjson"])
def test_collections_one_after_the_other_are_read_all(tmp_path, name, between):
    parts = [collection(feature("A", A)), collection(feature("B", B)), collection(feature("C", C))]
    sites, issues = read(tmp_path, *parts, name=name, between=between)
    assert places(sites) == [A, B, C]
    assert sites.index.to_list() == ["A", "B", "C"]
    assert issues["code"].tolist() == ["no_regency"]


@pytest.mark.parametrize(
    "parts",
    [
        [collection(feature("A", A), feature("B", B)), feature("C", C)],
        [feature("A", A), collection(feature("B", B), feature("C", C))],
        [feature("A", A), feature("B", B), feature("C", C)],
        [collection(), collection(feature("A", A), feature("B", B), feature("C", C))],
        [
            json.dumps(collection(feature("A", A)), indent=2),
            json.dumps(collection(feature("B", B), feature("C", C)), indent=2),
        ],
    ],
    ids=["collection, feature", "feature, collection", "features", "empty first", "indented"],
)
@pytest.mark.parametrize("name", ["a.geojson", "a.geojsonl"])
def test_mixtures_of_collections_and_features(tmp_path, parts, name):
    sites, _issues = read(tmp_path, *parts, name=name)
    assert places(sites) == [A, B, C]


def test_collections_of_arcgis_one_after_the_other(tmp_path):
    pages = [
        {
            "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326}, "exceededTransferLimit": n < 2,
            "features": [{"attributes": {"id": "ABC"[n]}, "geometry": {"x": at[0], "y": at[1]}}],
        }
        for n, at in enumerate((A, B, C))
    ]  # fmt: skip
    sites, issues = read(tmp_path, *pages)
    assert places(sites) == [A, B, C]
    assert issues["code"].tolist() == ["no_regency"]
    _sites, issues = read(tmp_path, *pages[:2])
    assert "file_incomplete" in issues["code"].tolist()


def test_pages_of_wfs_one_after_the_other_are_counted_together(tmp_path):
    pages = [collection(feature("A", A), numberMatched=2), collection(feature("B", B), numberMatched=2)]
    assert read(tmp_path, *pages, name="a.geojson")[1]["code"].tolist() == ["no_regency"]
    pages[1]["numberMatched"] = 7
    assert "file_incomplete" in read(tmp_path, *pages, name="a.geojson")[1]["code"].tolist()


def test_long_ids_of_later_collections_keep_their_digits(tmp_path):
    parts = [collection(feature(198001012005011001, A)), collection(feature(198001012005011002, B))]
    sites, _issues = read(tmp_path, *parts, name="a.geojson")
    assert sites.index.to_list() == ["198001012005011001", "198001012005011002"]


def test_a_second_collection_cut_off_or_on_another_crs_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.geojson: .*terpotong"):
        read(tmp_path, collection(feature("A", A)), json.dumps(collection(feature("B", B)))[:-20], name="a.geojson")
    crs = [{"type": "name", "properties": {"name": f"EPSG:{code}"}} for code in (4326, 32749)]
    with pytest.raises(InputError, match="CRS yang berbeda"):
        read(tmp_path, *(collection(feature("A", A), crs=own) for own in crs), name="a.geojson")


@pytest.mark.parametrize(
    "parts",
    [
        [ROWS[:1], ROWS[1:]],
        [{"page": 1, "data": ROWS[:2]}, {"page": 2, "data": ROWS[2:]}],
        ROWS,
        [{"results": ROWS[:1], "next": "http://x"}, {"results": ROWS[1:], "next": None}],
    ],
    ids=["arrays", "pages", "records", "pages with links"],
)
@pytest.mark.parametrize("between", ["", "\n\n"])
def test_other_json_one_after_the_other(tmp_path, parts, between):
    sites, issues = read(tmp_path, *parts, between=between)
    assert places(sites) == [A, B, C]
    assert issues["code"].tolist() == ["no_regency"]


def test_a_forest_layer_of_two_collections_is_read_whole(tmp_path):
    shapes = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["APL", "HP"]}, geometry=[box(112.95, -4, 114, -1), box(112, -4, 112.95, -1)], crs=4326
    )
    parts = [shapes.iloc[n : n + 1].to_json(drop_id=True) for n in (0, 1)]
    (tmp_path / "hutan.geojson").write_text("\n".join(parts))
    (tmp_path / "titik.csv").write_text("id,lat,lon\nA,-2.531234,112.541234\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        forest = gg.read_forest(tmp_path / "hutan.geojson", covers="all")
    result = gg.screen(gg.read_sites(tmp_path / "titik.csv")[0], forest)
    assert result.findings["status"].tolist() == ["inside"]


# Objects that are no rows


@pytest.mark.parametrize(
    "record",
    [
        {"_id": {"$oid": "1"}, "loc": {"type": "Point", "coordinates": list(A)}},
        {"_id": {"$oid": "1"}, "dibuat": {"$date": "2026-01-02T00:00:00Z"}, "loc": {"type": "Point", "coordinates": list(A)}},
        {"_id": {"$oid": "1"}, "dibuat": {"$date": {"$numberLong": "1"}}, "lat": {"$numberDouble": "-2.531234"},
         "lon": {"$numberDouble": "112.951234"}},
        {"_id": {"$uuid": "ab"}, "posisi": {"lat": {"$numberDecimal": "-2.531234"}, "lon": {"$numberDecimal": "112.951234"}}},
        {"desa": {"nama": "A"}, "koordinat": {"lat": -2.531234, "lon": 112.951234}},
        {"petugas": {"nip": "1"}, "lokasi": {"latitude": -2.531234, "longitude": 112.951234}, "luas": {"m2": 600}},
    ],
    ids=["oid", "date", "numbers", "decimals", "parts", "more parts"],
)  # fmt: skip
@pytest.mark.parametrize("wrap", [lambda r: [r], lambda r: {"data": [r]}, lambda r: r, lambda r: {"data": r}])
def test_parts_of_a_record_are_no_rows(tmp_path, record, wrap):
    sites, issues = read(tmp_path, wrap(record))
    assert places(sites) == [A]
    assert issues["code"].tolist() == ["no_regency"]


def test_ids_of_a_database_export_are_ids(tmp_path):
    rows = [{"_id": {"$oid": f"66{n}"}, "lat": lat, "lon": lon} for n, (lon, lat) in enumerate((A, B, C))]
    sites, _issues = read(tmp_path, *rows)
    assert sites.index.to_list() == ["660", "661", "662"]
    assert [Point(p) == q for p, q in zip((A, B, C), sites.geometry, strict=True)] == [True] * 3


def test_records_by_their_ids_are_rows(tmp_path):
    sites, _issues = read(
        tmp_path, {"a1": {"lat": -2.531234, "lon": 112.951234}, "a2": {"lat": -2.541234, "lon": 112.961234, "x": 1}}
    )
    assert places(sites) == [A, B]


# Marks of answers that were cut off


FLAGS = {
    "true": {"exceededTransferLimit": True},
    "text": {"exceededTransferLimit": "true"},
    "Text": {"exceededTransferLimit": "True"},
    "number": {"exceededTransferLimit": 1},
    "yes": {"exceededTransferLimit": "yes"},
    "metadata": {"metadata": {"exceededTransferLimit": True}},
    "deep": {"info": [{"query": {"exceededTransferLimit": "1"}}]},
    "properties": {"properties": {"exceededTransferLimit": "TRUE"}},
}
ZONE = {"FUNGSIKWS": "HL", "WADMKK": "Seruyan", "WADMPR": "Kalimantan Tengah"}
RING = [[112.5, -3.0], [112.5, -2.0], [113.5, -2.0], [113.5, -3.0], [112.5, -3.0]]


def zones(kind, **more):
    if kind == "EsriJSON":
        return {
            "geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326}, **more,
            "features": [{"attributes": ZONE, "geometry": {"rings": [RING]}}],
        }  # fmt: skip
    shape = {"type": "Polygon", "coordinates": [RING[::-1]]}
    return collection({"type": "Feature", "properties": ZONE, "geometry": shape}, **more)


@pytest.mark.parametrize("mark", FLAGS.values(), ids=FLAGS)
@pytest.mark.parametrize("kind", ["EsriJSON", "GeoJSON"])
def test_a_layer_marked_as_cut_off_is_refused(tmp_path, kind, mark):
    path = tmp_path / "hutan.json"
    path.write_text(json.dumps(zones(kind, **mark)))
    with pytest.raises(InputError, match="tidak lengkap: server menandainya terpotong"):
        gg.read_forest(path)
    with pytest.raises(InputError, match="tidak lengkap: server menandainya terpotong"):
        gg.read_boundaries(path)
    whole = tmp_path / "utuh.json"
    whole.write_text(json.dumps(zones(kind, exceededTransferLimit="false", metadata={"exceededTransferLimit": 0})))
    assert len(gg.read_forest(whole).table) == 1
    with pytest.raises(InputError, match="tidak lengkap: server menandainya terpotong"):
        gg.read_forest(whole, covers=path)


@pytest.mark.parametrize("mark", FLAGS.values(), ids=FLAGS)
@pytest.mark.parametrize("page", [collection(feature("A", A)), {"data": ROWS[:1]}], ids=["GeoJSON", "records"])
def test_a_list_marked_as_cut_off_is_said(tmp_path, page, mark):
    sites, issues = read(tmp_path, {**mark, **page})
    assert places(sites) == [A]
    assert issues["code"].tolist().count("file_incomplete") == 1


def test_a_mark_is_found_in_text_that_is_no_utf8_and_no_strict_json(tmp_path):
    text = json.dumps(zones("GeoJSON", nama="Kotim é", exceededTransferLimit="true"), ensure_ascii=False)
    for content in (text.encode("cp1252"), text.replace("}]", "},]").encode()):
        (tmp_path / "hutan.json").write_bytes(content)
        with pytest.raises(InputError):
            gg.read_forest(tmp_path / "hutan.json")


def test_a_collection_of_one_point_is_this_point(tmp_path):
    one = feature("A", A)
    one["geometry"] = {"type": "GeometryCollection", "geometries": [one["geometry"]]}
    sites, issues = read(tmp_path, collection(one), name="a.geojson")
    assert places(sites) == [A]
    assert issues["code"].tolist() == ["no_regency"]


def esri(n, at):
    return {
        "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
        "features": [{"attributes": {"id": n}, "geometry": {"x": at[0], "y": at[1]}}],
    }  # fmt: skip


FA, FB, FC = feature("A", A), feature("B", B), feature("C", C)
SEVERAL = {
    "array of collections": [collection(FA), collection(FB, FC)],
    "pages": {"pages": [collection(FA), collection(FB, FC)]},
    "answers of ArcGIS": [esri("A", A), esri("B", B), esri("C", C)],
    "layers of ArcGIS": {"layers": [{"featureSet": esri(n, at)} for n, at in zip("ABC", (A, B, C), strict=True)]},
    "results": {"results": [{"features": [FA]}, {"features": [FB, FC]}]},
    "collection within a collection": collection(FA, collection(FB, FC)),
    "pages of records": [{"data": ROWS[:1]}, {"data": ROWS[1:]}],
    "records by regency": {"kotim": ROWS[:1], "seruyan": ROWS[1:]},
    "features and records": {"a": collection(FA), "data": ROWS[1:]},
    "mixed": [collection(FA), esri("B", B), esri("C", C)],
}


@pytest.mark.parametrize("name", ["a.json", "a.geojson"])
@pytest.mark.parametrize("kind", SEVERAL)
def test_no_list_of_several_is_lost_in_silence(tmp_path, kind, name):
    sites, issues = read(tmp_path, SEVERAL[kind], name=name)
    said = issues[issues["code"] == "file_incomplete"]
    assert len(sites) == 3 or len(said) == 1
    if len(said):
        assert "3 titik atau bidang" in said["message"].iloc[0]


@pytest.mark.parametrize(
    "content",
    [
        {"data": ROWS, "center": {"lat": -2, "lon": 112, "name": "peta"}},
        [{**ROWS[0], "riwayat": ROWS}, {**ROWS[1], "riwayat": ROWS[:2]}, ROWS[2]],
        collection(*({**one, "properties": {"id": "x", "lat": -2.5, "lon": 112.9}} for one in (FA, FB, FC))),
        {"data": ROWS, "desa": [{"kode": "1", "nama": "x"}, {"kode": "2", "nama": "y"}] * 4},
    ],
)
def test_what_belongs_to_a_record_is_not_counted(tmp_path, content):
    sites, issues = read(tmp_path, content)
    assert len(sites) == 3
    assert "file_incomplete" not in set(issues["code"])


def test_a_layer_of_nested_collections_is_refused(tmp_path):
    zone = {"type": "Feature", "properties": {"FUNGSIKWS": "1003"}, "geometry": box(112, -3, 113, -2).__geo_interface__}
    (tmp_path / "h.json").write_text(json.dumps(collection(zone, collection(zone, zone))))
    with pytest.raises(InputError, match="3 titik atau bidang"):
        gg.read_forest(tmp_path / "h.json", scale=250_000)
