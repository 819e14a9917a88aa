"""A screening in a notebook: its table and picture, `plot` and `explore`."""

from __future__ import annotations

import warnings

import folium
import matplotlib as mpl
import pytest
import shapely
from matplotlib.colors import to_hex

from gerai_geo.errors import InputError
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


def test_explore_colours_by_a_column_as_geopandas_does(small_screening: Screening) -> None:
    by_status = small_screening.explore("status", tiles=None).get_root().render()
    assert "#b3001b" in by_status
    small_screening.findings["name"] = ["<b>a</b>"] * len(small_screening.findings)
    page = small_screening.explore(column="regency", tooltip=["name"], popup=True, tiles=None).get_root().render()
    assert "#4e79a7" in page  # first colour, of the first regency
    assert "#f28e2b" in page
    assert "#b3001b" not in page
    assert "<b>a</b>" not in page
    numbers = small_screening.explore("number", tiles=None).get_root().render()
    assert "#440154" in numbers  # both ends of the scale
    assert "#fde725" in numbers
    assert "hotpink" in small_screening.explore(color="hotpink", tiles=None).get_root().render()


@pytest.mark.parametrize("argument", ["column", "tooltip", "popup"])
def test_explore_names_the_columns_there_are(small_screening: Screening, argument: str) -> None:
    with pytest.raises(InputError, match=rf"^{argument}: tidak ada kolom nope\. Yang ada: site_id, .*status"):
        small_screening.explore(**{argument: "nope"}, tiles=None)


def test_explore_says_which_options_it_knows(small_screening: Screening) -> None:
    with pytest.raises(
        TypeError, match=r"^cmap, k: explore tidak mengenalnya\. Yang dikenal: column, color,"
    ) as raised:
        small_screening.explore(cmap="viridis", k=5)
    assert isinstance(raised.value, InputError)


def test_plot_by_a_column(small_screening: Screening) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _handles, labels = small_screening.plot(column="status").get_legend_handles_labels()
        assert len(labels) == 5
        legend = small_screening.plot(column="regency").get_legend()
    assert legend is not None
    places = small_screening.findings.geometry
    wanted = small_screening.findings.loc[places.notna() & ~places.is_empty, "regency"].fillna("–")
    assert {text.get_text() for text in legend.get_texts()} == set(wanted)
    with pytest.raises(InputError, match=r"^column: tidak ada kolom nope\. Yang ada: site_id, "):
        small_screening.plot(column="nope")
    mpl.pyplot.close("all")
