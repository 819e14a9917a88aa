"""A screening in a notebook: its table and picture, `plot` and `explore`."""

from __future__ import annotations

import folium
import matplotlib as mpl
import shapely
from matplotlib.colors import to_hex

from gerai_geo.records.models import Screening

mpl.use("Agg")


def test_view_has_numbers_picture_and_what_comes_next(small_screening: Screening) -> None:
    shown = small_screening._repr_html_()
    # seven of the eight sites have a place; L-8 is 2 degrees away, beyond the middle 98 %
    assert shown.count("<circle") >= 5
    assert "#b3001b" in shown
    assert "result.explore()" in shown
    assert "<script" not in shown
    assert "http" not in shown


def test_view_of_sites_without_places(small_screening: Screening) -> None:
    small_screening.findings["geometry"] = None
    shown = small_screening._repr_html_()
    assert "<svg" not in shown
    assert "bukan penetapan hukum" in shown


def test_plot_draws_each_status_in_its_colour(small_screening: Screening) -> None:
    ax = small_screening.plot()
    _handles, labels = ax.get_legend_handles_labels()
    assert labels == [
        "Belum dapat dinilai: 1", "Di luar kawasan hutan: 2", "Dekat batas, perlu verifikasi: 1",
        "Sebagian di dalam kawasan hutan: 1", "Di dalam kawasan hutan: 2",
    ]  # fmt: skip
    colours = [to_hex(c.get_facecolor()[0]) for c in ax.collections[-5:]]
    assert colours == ["#5b6470", "#0b5fa5", "#ffc20a", "#d95f02", "#b3001b"]
    west, east = ax.get_xlim()
    assert west < 112.2 < 115.0 < east
    assert "bukan penetapan hukum" in ax.get_title()
    assert small_screening.plot(ax=ax) is ax
    mpl.pyplot.close("all")


def test_explore_is_a_folium_map_that_composes(small_screening: Screening) -> None:
    drawn = small_screening.explore(tiles=None)
    assert isinstance(drawn, folium.Map)
    folium.Marker([-2.5, 112.2], popup="Kantor").add_to(drawn)
    page = drawn.get_root().render()
    for text in ("Di dalam kawasan hutan", "#b3001b", "K-1", "Kantor"):
        assert text in page
    assert "K-5" not in page  # it has no place
    assert small_screening.explore(m=drawn) is drawn


def test_explore_escapes_texts_of_the_list(small_screening: Screening) -> None:
    small_screening.findings["name"] = "<img src=x onerror=alert(1)>"
    page = small_screening.explore(tiles=None).get_root().render()
    assert "<img src=x" not in page
    assert "&lt;img" in page or "\\u0026lt;img" in page


def test_explore_of_no_places_is_a_map_without_sites(small_screening: Screening) -> None:
    small_screening.findings["geometry"] = shapely.Point()
    assert isinstance(small_screening.explore(tiles=None), folium.Map)
    small_screening.findings["geometry"] = None
    assert isinstance(small_screening.explore(tiles=None), folium.Map)
