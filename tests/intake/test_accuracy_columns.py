"""Accuracy columns of field apps and GNSS receivers, and what is no accuracy of a position."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
from lists import codes, latlon, read_list
from shapely import box

import gerai_geo as gg

HEADINGS = {
    "ODK": "lokasi-Latitude,lokasi-Longitude,lokasi-Altitude,lokasi-Accuracy",
    "Kobo": "_lokasi_latitude,_lokasi_longitude,_lokasi_altitude,_lokasi_precision",
    "SW Maps": "Latitude,Longitude,Vertical Accuracy,Horizontal Accuracy",
    "Survey123": "Latitude,Longitude,vertical accuracy (m),horizontal accuracy (m)",
    "Survey123 with a receiver": "Latitude,Longitude,ESRIGNSS_V_RMS,ESRIGNSS_H_RMS",
    "Avenza": "Latitude,Longitude,Altitude,Accuracy (m)",
    "GNSS": "Latitude,Longitude,VRMS,HRMS",
    "GNSS in words": "Latitude,Longitude,VRMS (m),GNSS HRMS (m)",
    "Trimble": "Latitude,Longitude,Vert_Prec,Horz_Prec",
    "phone": "lat,lng,altitude,accuracy",
    "iOS": "latitude,longitude,verticalAccuracy,horizontalAccuracy",
    "our measure": "Latitude,Longitude,VRMS,CE90",
    "Indonesian": "Lintang,Bujur,Ketinggian (m),Akurasi GPS (meter)",
    "Indonesian, formal": "Lintang,Bujur,Ketelitian vertikal (m),Ketelitian horizontal (m)",
    "short": "Latitude,Longitude,v_accuracy,h_accuracy",
    "shorter": "Latitude,Longitude,vAcc,hAcc",
    "Epicollect": "lat_1_Lokasi,long_1_Lokasi,UTM_Zone_1_Lokasi,accuracy_1_Lokasi",
    "Kobo with questions for headings": "_Ambil titik koordinat lahan calon gerai KDKMP_latitude,"
    "_Ambil titik koordinat lahan calon gerai KDKMP_longitude,_Ambil titik koordinat lahan calon gerai KDKMP_altitude,"
    "_Ambil titik koordinat lahan calon gerai KDKMP_precision",
    "QField": "latitude,longitude,gnss_vacc,gnss_hacc",
    "Garmin": "Latitude,Longitude,Depth,Est. Error",
    "error": "Latitude,Longitude,Altitude,Error (m)",
    "error, Indonesian": "Lintang,Bujur,Tinggi,Kesalahan GPS (m)",
    "2DRMS": "Latitude,Longitude,VRMS,2DRMS",
    "geopoint": "geopoint_latitude,geopoint_longitude,geopoint_altitude,geopoint_accuracy",
}


@pytest.mark.shared
def test_the_accuracy_of_an_odk_form(shared: Path) -> None:
    sites, _issues = gg.read_sites(shared.parent / "cases" / "intake" / "c52_accuracy.csv")
    assert sites["accuracy_m"].tolist() == [60.0]


@pytest.mark.parametrize("app", HEADINGS)
def test_the_accuracy_of_an_app(tmp_path: Path, app: str) -> None:
    sites, issues = read_list(tmp_path, f"ID,Desa,{HEADINGS[app]}\nA,x,-2.531234,112.951178,49,60\n")
    assert latlon(sites) == [(-2.531234, 112.951178)]
    assert sites["accuracy_m"].tolist() == [60.0]
    assert "bad_accuracy" not in codes(issues)


@pytest.mark.parametrize(
    "heading",
    ["HDOP", "PDOP", "Vertical Accuracy", "Altitude Accuracy", "VRMS", "Akurasi Peta", "Kategori Akurasi", "Speed Accuracy",
     "Akurasi Data", "Akurasi (%)", "Ketelitian Skala", "Satellites", "kantor-Accuracy"],
)  # fmt: skip
def test_what_is_no_accuracy_of_a_position(tmp_path: Path, heading: str) -> None:
    sites, _issues = read_list(tmp_path, f"ID,Latitude,Longitude,{heading}\nA,-2.531234,112.951178,60\n")
    assert sites["accuracy_m"].isna().all()


CELLS = [
    ("Akurasi", "+/- 60 m", 60.0),
    ("Akurasi", "± 60 m", 60.0), ("Akurasi", "60,0 meter", 60.0), ("Akurasi", "60", 60.0), ("Akurasi (cm)", "6000", 60.0),
    ("HRMS (mm)", "20", 0.02), ("Accuracy (ft)", "100", 30.48), ("Akurasi", "3.5m", 3.5), ("Akurasi", "<5 m", 5.0),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "cell", "expected"), CELLS)
def test_units_of_accuracies(tmp_path: Path, heading: str, cell: str, expected: float) -> None:
    sites, _issues = read_list(tmp_path, f"ID;Latitude;Longitude;{heading}\nA;-2.531234;112.951178;{cell}\n")
    assert sites["accuracy_m"].tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize("cell", ["0", "0.0", "-1", ""])
def test_an_accuracy_that_nobody_measured(tmp_path: Path, cell: str) -> None:
    sites, issues = read_list(
        tmp_path, f"ID,Latitude,Longitude,Accuracy\nA,-2.531234,112.951178,{cell}\nB,-2.541,112.96,5\n"
    )
    assert sites["accuracy_m"].isna().tolist() == [True, False]
    assert "bad_accuracy" not in codes(issues)


def test_words_in_a_column_of_accuracies_are_reported(tmp_path: Path) -> None:
    sites, issues = read_list(tmp_path, "ID,Latitude,Longitude,Akurasi\nA,-2.531234,112.951178,baik\n")
    assert sites["accuracy_m"].isna().all()
    assert "bad_accuracy" in codes(issues, of="A")


def test_the_accuracy_belongs_to_the_position_that_counts(tmp_path: Path) -> None:
    heading = "kantor-Latitude,kantor-Longitude,kantor-Accuracy,lahan-Latitude,lahan-Longitude,lahan-Accuracy"
    sites, _issues = read_list(tmp_path, f"ID,{heading}\nA,-2.111111,112.111111,5,-2.531234,112.951178,60\n")
    assert latlon(sites) == [(-2.531234, 112.951178)]
    assert sites["accuracy_m"].tolist() == [60.0]


# CE90 = CEP sqrt(ln 10 / ln 2) = 1.8227 CEP, and sigma sqrt(2 ln 10) = 2.1460 sigma: the radius within which the share p
# of a circular normal distribution lies is sigma sqrt(-2 ln(1 - p)).
CONVERTED = {
    "sigma_h": 21.46, "Sigma Horizontal (m)": 21.46, "Std Dev Horizontal": 21.46, "StDev (m)": 21.46, "2 sigma": 10.73,
    "Simpangan Baku Horizontal": 21.46, "CEP (m)": 18.227, "CEP50": 18.227, "GPS CEP": 18.227, "CEP 95": 10.0,
    "GPSHPositioningError": 10.0, "coordinateUncertaintyInMeters": 10.0, "Coordinate Uncertainty": 10.0,
    "Ketidakpastian (m)": 10.0, "gps_uncertainty": 10.0,
}  # fmt: skip


@pytest.mark.parametrize("heading", CONVERTED)
def test_measures_of_other_shares_of_positions(tmp_path: Path, heading: str) -> None:
    sites, issues = read_list(tmp_path, f"ID,lat,lon,{heading}\nA,-2.531234,112.951178,10\n")
    assert latlon(sites) == [(-2.531234, 112.951178)]
    assert sites["accuracy_m"].tolist() == [pytest.approx(CONVERTED[heading], abs=5e-3)]
    assert ("accuracy_converted" in codes(issues)) == (CONVERTED[heading] not in (10.0,))


@pytest.mark.parametrize(
    "heading", ["sigma_v", "Std Dev Vertical", "sigma Z", "HDOP", "hdop", "SD", "Sigma Tinggi", "std kelas"]
)
def test_measures_that_are_none_of_the_position(tmp_path: Path, heading: str) -> None:
    sites, _issues = read_list(tmp_path, f"ID,lat,lon,{heading}\nA,-2.531234,112.951178,10\n")
    assert sites["accuracy_m"].isna().all()


UNKNOWN = ["9999", "99999", "999999", "9999.0", "9999.9", "9999.99", "9999 m", "-9999", "-9999.0", "-999"]


@pytest.mark.parametrize("cell", UNKNOWN)
def test_an_accuracy_that_is_none_is_said(tmp_path: Path, cell: str) -> None:
    sites, issues = read_list(tmp_path, f"ID,lat,lon,Akurasi\nA,-2.531234,112.951178,{cell}\nB,-2.5412,112.9612,5\n")
    assert sites["accuracy_m"].isna().tolist() == [True, False]
    said = issues[issues["code"] == "bad_accuracy"]
    assert said["site_id"].tolist() == ["A"]
    assert said["severity"].tolist() == ["warning"]


@pytest.mark.parametrize("cell", ["-5", "inf", "-0.5"])
def test_an_impossible_accuracy_is_said(tmp_path: Path, cell: str) -> None:
    sites, issues = read_list(tmp_path, f"ID,lat,lon,Akurasi\nA,-2.531234,112.951178,{cell}\nB,-2.5412,112.9612,5\n")
    assert sites["accuracy_m"].isna().tolist() == [True, False]
    assert "bad_accuracy" in codes(issues, of="A")


LARGE = {
    "9000": 9e3, "9990": 9_990.0, "9998": 9_998.0, "10000": 1e4, "12000": 12e3, "20000": 2e4, "50000 m": 5e4,
    "78196": 78_196.0, "20 km": 2e4, "1000000": 1e6, "2E+04": 2e4, "1e300": 2e7,  # half of the Earth's girth
}  # fmt: skip


@pytest.mark.parametrize("cell", LARGE)
def test_any_other_large_accuracy_counts_and_nothing_is_sure(tmp_path: Path, cell: str) -> None:
    """The site lies 5.5 km east of the forest: within each of these accuracies, so never `outside`."""
    sites, issues = read_list(tmp_path, f"ID,lat,lon,Akurasi\nA,-2.531234,112.55,{cell}\nB,-2.5412,112.56,5\n")
    assert sites["accuracy_m"].tolist() == [LARGE[cell], 5.0]
    assert "bad_accuracy" not in codes(issues)
    table = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["100100", "100700"]}, geometry=[box(111, -4, 112.5, -1), box(112.5, -4, 114, -1)], crs=4326
    )
    findings = gg.screen(sites, gg.read_forest(table, scale=250_000), issues=issues).findings
    assert findings["status"].tolist() == ["near_boundary", "outside"]
    assert findings["action"].tolist() == ["verify", "none"]
    # root sum of squares with the 125 m of the map
    assert findings["tolerance_m"].iloc[0] == pytest.approx((LARGE[cell] ** 2 + 125**2) ** 0.5)
    assert 0.05 < findings["p_forest"].iloc[0] < 0.95


@pytest.mark.parametrize("cell", ["0", "0,0", "-1", ""])
def test_no_accuracy_of_a_point_set_by_hand_is_no_problem(tmp_path: Path, cell: str) -> None:
    _sites, issues = read_list(tmp_path, f'ID,lat,lon,Akurasi\nA,-2.531234,112.951178,"{cell}"\n')
    assert "bad_accuracy" not in codes(issues)
