"""One site checked at once on the page, and the layer drawn for its map."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, Final

import geopandas
import numpy as np
import shapely

from gerai_geo.app.work_folder import WorkFolder, state_of
from gerai_geo.core.geometry import INDONESIA
from gerai_geo.core.steps.memory import give_back_memory
from gerai_geo.errors import GeraiGeoError, InputError
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.intake.forest import read_forest
from gerai_geo.outputs.explain import explain
from gerai_geo.outputs.map_page.forest_drawing import draw_forest
from gerai_geo.outputs.map_page.packing import pack_features
from gerai_geo.outputs.map_page.site_records import function_records
from gerai_geo.outputs.point_summary import point_summary
from gerai_geo.records.models import Forest
from gerai_geo.workflow.point import check_point, read_point

WHOLE_BYTES: Final = 200 << 20
"""A larger layer is read around each site only, and drawn there."""
DRAWN_LAYER_BYTES: Final = 48 << 20
"""A larger layer is not drawn as a whole, only around each site that is checked."""
_DRAWN_BYTES: Final = 900_000
_AROUND_DEG: Final = 0.06


@dataclass(frozen=True)
class _Kept:
    key: str
    forest: Forest


class OneSite:
    """
    Checks of single sites against the layer that was given, which is kept in memory.

    Parameters
    ----------
    work
        The work folder, with the layer in its slot ``forest``.
    """

    def __init__(self, work: WorkFolder) -> None:
        self.work, self._lock = work, Lock()
        self._kept: _Kept | None = None

    def check(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """
        Answer for one site.

        Parameters
        ----------
        form
            ``place``: coordinates, WKT or GeoJSON; ``accuracy_m`` of a drawn one; options of the layer.

        Returns
        -------
        answer
            As of `point_summary`, with ``explanation`` as of `explain`; of a large layer also ``around``, the layer
            around the site as in `drawing`.

        Raises
        ------
        GeraiGeoError
            If there is no layer, or the place is empty.
        """
        place = str(form.get("place") or "").strip()
        crs = str(form.get("crs") or "").strip() or None
        accuracy_m = _number(form.get("accuracy_m"), "accuracy_m")
        boundaries = self.work.source("boundaries")
        with self._lock:
            sites, _issues = read_point(place, crs=crs)
            forest = self._forest(form, sites)
            result = check_point(
                place, forest, crs=crs, accuracy_m=accuracy_m, boundaries=boundaries,
                tolerance_m=_number(form.get("tolerance"), "tolerance"),
            )  # fmt: skip
        told = explain(result, str(result.findings.index[0])).as_dict()
        answer = point_summary(result) | {"explanation": told}
        if self._is_large():
            if answer["lon"] is not None:
                answer["around"] = _drawn_around(forest, float(answer["lon"]), float(answer["lat"]))
            del forest, result
            give_back_memory()  # each place reads a part of the layer of its own
        return answer

    def drawing(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """
        Draw the layer for the map: packed features, functions, bounds.

        Returns
        -------
        drawing
            Without features, and with ``large``, where the layer is too large to be drawn as a whole.
        """
        if self._is_large():
            return {"large": True, "features": [], "functions": [], "bounds": None}
        with self._lock:
            forest = self._forest(form, None)
        table = forest.table[forest.table.index != "covers"]
        box = forest.bounds or INDONESIA
        drawn = draw_forest(table, shapely.box(*box), geopandas.GeoSeries([], crs=table.crs), _DRAWN_BYTES)
        keys = {feature["properties"]["function"] for feature in drawn.features}
        Thread(target=self._prepare, args=(forest,), name="gerai-geo-prepare", daemon=True).start()
        return {"large": False, "features": drawn.features, "functions": function_records(keys), "bounds": list(box)}

    def _prepare(self, forest: Forest) -> None:
        """Check a place in the middle of a layer, so that the first one that is asked for is answered as fast."""
        west, south, east, north = forest.bounds or INDONESIA
        with self._lock, contextlib.suppress(GeraiGeoError):
            check_point(shapely.Point((west + east) / 2, (south + north) / 2), forest)

    def _is_large(self) -> bool:
        return sum(p.stat().st_size for p in self.work.given("forest")) > DRAWN_LAYER_BYTES

    def _forest(self, form: Mapping[str, Any], sites: geopandas.GeoDataFrame | None) -> Forest:
        """Layer as given, from memory if it was read already and holds the surroundings of the site."""
        source = self.work.source("forest")
        if source is None:
            raise InputError(_("Belum ada layer kawasan hutan. Pilih berkasnya dahulu."))
        files = self.work.given("forest")
        arguments: dict[str, Any] = {
            "scale": _scale(form.get("scale")), "edition": _text(form, "edition"), "covers": _text(form, "covers"),
            "crs": _text(form, "forest_crs"), "accept_incomplete": bool(form.get("accept_incomplete")),
            "layer": _text(form, "layer"),
            "columns": {"function": column} if (column := _text(form, "function_column")) else None,
        }  # fmt: skip
        key = state_of(files) + json.dumps([current_language(), arguments])
        whole = sum(p.stat().st_size for p in files) <= WHOLE_BYTES
        if whole and self._kept is not None and self._kept.key == key:
            return self._kept.forest
        self._kept = None
        forest = read_forest(source, around=None if whole else sites, **arguments)
        if whole:
            self._kept = _Kept(key, forest)
        return forest


def _drawn_around(forest: Forest, lon: float, lat: float) -> dict[str, Any]:
    """Layer around a place, in full detail; packed features and their functions."""
    box = (lon - _AROUND_DEG, lat - _AROUND_DEG, lon + _AROUND_DEG, lat + _AROUND_DEG)
    table = forest.table.iloc[np.sort(forest.table.sindex.query(shapely.box(*box), predicate="intersects"))]
    shapes = shapely.intersection(table.geometry.to_numpy(), shapely.box(*box))
    ground = np.isin(shapely.get_type_id(shapes), (3, 6))  # not where only an edge touches the box
    keys = table["function"].to_numpy()[ground].tolist()
    features = pack_features(shapes[ground], [{"function": key} for key in keys])
    return {"features": features, "functions": function_records(set(keys))}


def _text(form: Mapping[str, Any], name: str) -> str | None:
    return str(form.get(name) or "").strip() or None


def _scale(value: Any) -> int | None:
    text = re.sub(r"^1:|[ .,]", "", str(value or ""))
    if text and not (text.isascii() and text.isdigit()):
        raise InputError(_("skala {value}: tulis misalnya 250000.").format(value=repr(value)))
    return int(text) if text else None


def _number(value: Any, name: str) -> float | None:
    text = str(value if value is not None else "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(_("{name} {value}: tulis bilangan.").format(name=name, value=repr(value))) from None
