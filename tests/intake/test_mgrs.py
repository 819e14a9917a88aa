"""Grid references: against another implementation (the `mgrs` package, after GEOTRANS), and through whole lists."""

from __future__ import annotations

from pathlib import Path

import mgrs
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import gerai_geo as gg
from gerai_geo.core import geometry
from gerai_geo.intake.coordinates.parse import parse_cells, parse_text
from gerai_geo.intake.coordinates.results import Position

OTHER = mgrs.MGRS()
LAYOUTS = ("{z}{b}{s}{e}{n}", "{z}{b} {s} {e} {n}", "{z} {b} {s} {e} {n}", "{z}{b}{s} {e} {n}", "{z}{b} {s} {e}{n}",
           "mgrs: {z}{b} {s} {e} {n}", "{z}{b}-{s}-{e}-{n}")  # fmt: skip


def away_m(result: Position, lon: float, lat: float) -> float:
    return float(geometry.geodesic_m(np.array([[result.lon, result.lat]]), np.array([[lon, lat]]))[0])


@given(
    st.floats(94.0, 142.0),
    st.floats(-11.9, 6.9),
    st.integers(2, 5),
    st.sampled_from(LAYOUTS),
    st.booleans(),
)
@example(112.95, -2.53, 5, LAYOUTS[0], True)  # Sampit
@example(114.57, 0.63, 5, LAYOUTS[0], True)  # Murung Raya, north of the equator
@example(113.999999, -0.000001, 5, LAYOUTS[0], True)  # edges of zone and hemisphere
@example(114.0, 0.0, 5, LAYOUTS[0], True)
@example(94.0, -4.8e-8, 2, LAYOUTS[0], False)  # 5 mm south of the equator, which the other program rounds up to it
def test_what_another_program_writes_is_read_within_its_square(
    lon: float, lat: float, digits: int, layout: str, capital: bool
) -> None:
    text = OTHER.toMGRS(lat, lon, MGRSPrecision=digits)
    zone, band, square, numbers = text[:2], text[2], text[3:5], text[5:]
    written = layout.format(z=zone, b=band, s=square, e=numbers[:digits], n=numbers[digits:])
    result = parse_text(written.upper() if capital else written.lower())
    assert isinstance(result, Position), written
    side = 10 ** (5 - digits)
    assert away_m(result, lon, lat) <= side * 0.7072 * 1.001 + 0.01
    assert result.step_deg == pytest.approx(side / 111_320)


def test_places_of_the_province_by_hand() -> None:
    # DOMAIN 5.2: UTM of Sampit 716818.062 9720194.244; Puruk Cahu 229536.455 9930302.951 (zone 50)
    for text, lon, lat in (("49M GT 16818 20194", 112.95, -2.53), ("50M KE 29536 30302", 114.57, -0.63)):
        result = parse_text(text)
        assert isinstance(result, Position)
        assert away_m(result, lon, lat) < 1.0


def test_zone_in_a_column_of_its_own() -> None:
    result = parse_cells("GT 16818 20194", None, zone="49M")
    assert isinstance(result, Position)
    assert result.crs == "EPSG:32749"


def test_precision_widens_the_band_of_a_site(tmp_path: Path) -> None:
    file = tmp_path / "mgrs.csv"
    file.write_text(
        "Desa;Koordinat\nA;49M GT 16818 20194\nB;49M GT 1681 2019\nC;49M GT 168 201\nD;49M GT 16 20\n", encoding="utf-8"
    )
    sites, issues = gg.read_sites(file)
    # a square of 100 m: half of it 50 m, CE90 1.1151 * 50 = 55.8, with 10 m of a GPS fix 56.6; of 1 km 557.6
    assert sites["accuracy_m"].isna().tolist() == [True, True, False, False]
    assert sites["accuracy_m"].tolist()[2:] == pytest.approx([56.6, 557.6], abs=0.1)
    assert issues[issues["code"] == "low_precision"]["site_id"].tolist() == ["mgrs-4", "mgrs-5"]
