"""What a KMZ holds beside its first KML, and what in a KML only changes another file: read, or said."""

from __future__ import annotations

import io
import zipfile

import pytest

import gerai_geo as gg
from gerai_geo.errors import InputError

KML = '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>{}</Document></kml>'
A, B = (112.951234, -2.531234), (112.961234, -2.541234)


def place(name, at):
    return f"<Placemark><name>{name}</name><Point><coordinates>{at[0]},{at[1]}</coordinates></Point></Placemark>"


FIRST, SECOND = KML.format(place("A", A)), KML.format(place("B", B))
LINK = "<NetworkLink><name>lagi</name><Link><href>{}</href></Link></NetworkLink>"


def packed(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, content)
    return out.getvalue()


def read(tmp_path, content, name="a.kmz"):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    sites, issues = gg.read_sites(tmp_path / name)
    return sites, issues[issues["severity"] != "info"]


def places(sites):
    return sorted((round(p.x, 6), round(p.y, 6)) for p in sites.geometry)


@pytest.mark.parametrize(
    "members",
    [
        {"doc.kml": FIRST, "files/lagi.kmz": packed({"doc.kml": SECOND})},
        {"doc.kml": FIRST, "LAGI.KMZ": packed({"dalam/B.KML": SECOND})},
        {"doc.kml": KML.format(place("A", A) + LINK.format("lagi.kmz")), "lagi.kmz": packed({"doc.kml": SECOND})},
        {
            "doc.kml": KML.format(place("A", A) + LINK.format("files/lagi%20ini.kmz")),
            "files/lagi ini.kmz": packed({"doc.kml": SECOND}),
        },
        {"lagi.kmz": packed({"doc.kml": FIRST, "dalam.kmz": packed({"doc.kml": SECOND})})},
        {"doc.kml": FIRST, "lagi.kmz": SECOND},
        {"doc.kml": FIRST, "lagi.kml": packed({"doc.kml": SECOND})},
    ],
    ids=["beside", "capitals", "linked", "escaped", "only", "a KML by the name of a KMZ", "a KMZ by the name of a KML"],
)
def test_a_kmz_within_a_kmz_is_read(tmp_path, members):
    sites, issues = read(tmp_path, packed(members))
    assert places(sites) == [A, B]
    assert issues["code"].tolist() == ["no_regency"] * 2


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_read_both(tmp_path):
    sites, _issues = read(tmp_path, packed([("doc.kml", FIRST), ("doc.kml", SECOND)]))
    assert places(sites) == [A, B]


@pytest.mark.parametrize(
    "damaged",
    [
        {"files/lagi.kmz": b"PK"},
        {"files/lagi.kmz": packed({"doc.kml": SECOND})[:60]},
        {"files/lagi.kmz": packed({"foto.png": b"x"})[:-10]},
        {"lagi.kml": SECOND[:-30]},
        {"lagi.kml": b"\x00\x01\x02"},
        {"1.kmz": packed({"2.kmz": packed({"3.kmz": packed({"doc.kml": SECOND})})})},
    ],
    ids=["no zip", "cut", "no end", "cut KML", "no KML", "too deep"],
)
def test_a_member_that_cannot_be_read_is_named(tmp_path, damaged):
    sites, issues = read(tmp_path, packed({"doc.kml": FIRST} | damaged))
    assert places(sites) == [A]
    told = issues.loc[issues["code"] == "file_incomplete", "message"].tolist()
    assert len(told) == 1
    assert next(iter(damaged)).split("/")[0] in told[0]
    assert issues["code"].iloc[0] == "file_incomplete"
    assert issues["severity"].iloc[0] == "error"


def test_a_member_with_a_wrong_checksum_is_named(tmp_path):
    content = packed({"doc.kml": FIRST, "lagi.kml": SECOND})
    sites, issues = read(tmp_path, content.replace(b"112.961234", b"112.961299"))
    assert places(sites) == [A]
    assert "lagi.kml" in issues.loc[issues["code"] == "file_incomplete", "message"].item()


def test_a_kmz_of_which_nothing_can_be_read_is_refused_by_its_member(tmp_path):
    with pytest.raises(InputError, match=r"a\.kmz: .*lagi\.kml"):
        read(tmp_path, packed({"lagi.kml": SECOND[:-30]}))


@pytest.mark.parametrize("name", ["titik.csv", "files/titik.XLSX", "titik.gpx", "titik.geojson", "lagi.zip"])
def test_a_list_of_another_kind_in_a_kmz_is_named(tmp_path, name):
    _sites, issues = read(tmp_path, packed({"doc.kml": FIRST, name: b"x", "files/ikon.png": b"x"}))
    told = issues.loc[issues["code"] == "files_skipped", "message"].item()
    assert name in told
    assert "ikon" not in told


UPDATE = "<Update><targetHref>lama.kml</targetHref>{}</Update>"
CHANGE = UPDATE.format('<Change><Placemark targetId="a"><name>x</name></Placemark></Change>')
CREATE = UPDATE.format(f'<Create><Folder targetId="f">{place("C", B)}{place("D", B)}</Folder></Create>')
DELETE = UPDATE.format('<Delete><Placemark targetId="a"/></Delete>')


@pytest.mark.parametrize(
    ("change", "placemarks"),
    [
        (CHANGE, 1),
        (f"<NetworkLinkControl>{CHANGE}</NetworkLinkControl>", 1),
        (CREATE, 2),
        (DELETE, 1),
        (f"<Folder><name>x</name>{DELETE}</Folder>", 1),
    ],
)
def test_changes_to_another_file_are_said_and_are_no_rows(tmp_path, change, placemarks):
    sites, issues = read(tmp_path, KML.format(change + place("A", A)), "a.kml")
    assert places(sites) == [A]
    told = issues.loc[issues["code"] == "kml_left_out", "message"].item()
    assert "lama.kml" in told
    assert f"{placemarks} Placemark" in told


def test_an_update_within_a_tour_is_no_row(tmp_path):
    tour = (
        f"<gx:Tour><name>T</name><gx:Playlist><gx:AnimatedUpdate>{CHANGE}</gx:AnimatedUpdate></gx:Playlist></gx:Tour>"
    )
    sites, issues = read(tmp_path, KML.format(tour + place("A", A)), "a.kml")
    assert places(sites) == [A]
    assert issues["code"].tolist().count("kml_left_out") == 1


def test_a_file_of_nothing_but_changes_is_refused_with_what_it_is(tmp_path):
    with pytest.raises(InputError, match="Update"):
        read(tmp_path, KML.format(CREATE), "a.kml")
