"""
The CRS of shapes from a file: its own, or the user's, whichever can be true.

The coordinates themselves decide. Degrees are no metres, a longitude of Indonesia is no latitude, and a layer of the
user's district lies in Indonesia. A CRS that can't be true is refused, and the likely ones are proposed from where the
coordinates would land.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.geometry import INDONESIA, geodesic_m
from gerai_geo.core.grids import Box, Landing, centres, grid_area, in_boxes, in_some_crs, likely_crs, to_degrees
from gerai_geo.errors import CRSError
from gerai_geo.i18n.labels import coordinates, extent
from gerai_geo.i18n.translate import _
from gerai_geo.records.crs import crs_name, read_crs
from gerai_geo.records.issues import issue_row

_METRES: Final = 400.0
"""Larger numbers are no degrees."""
_SAME_M: Final = 2.0
_SHOWN: Final = 3
_USUAL: Final = "EPSG:32749"


def choose_crs(
    shapes: Geometries,
    own: Any,
    given: Any,
    *,
    name: str,
    option: str | None = None,
    near: Sequence[Box] = (),
    alone: bool = True,
    rows: bool = False,
) -> tuple[CRS, list[dict[str, Any]]]:
    """
    Choose the CRS of shapes: the user's where it is given and can be true, else the file's own.

    Parameters
    ----------
    shapes
        As they stand in the file.
    own, given
        CRS of the file, CRS given by the user; None where there is none.
    name
        Name of the file for messages.
    option
        Command-line option that gives a CRS, for messages; None where there is none.
    near
        Boxes around the sites, in degrees: they tell which of the likely CRSs to propose.
    alone
        Whether the user's CRS is meant for this file only; one for several files does not overrule a CRS that can be
        true.
    rows
        Whether the shapes are rows of a list: a row in the wrong place is then reported by itself, and the list is only
        refused if metres are taken for degrees, or the reverse.

    Returns
    -------
    crs, issues
        And what to tell the user of the choice.

    Raises
    ------
    CRSError
        If no CRS is known, none can be true, or those of file and user contradict each other.
    """
    file_crs = _computable(own)
    user_crs = None if given is None else read_crs(given, name)
    if user_crs is not None and _computable(user_crs) is None:
        text = _("{name}: PROJ tidak dapat menghitung dengan CRS {crs}. Sebutkan CRS lain ({option}).")
        raise CRSError(text.format(name=name, crs=crs_name(user_crs), option=option or "crs="))
    layer = _Coordinates(shapes, name, option, tuple(near), rows)
    crs = file_crs or user_crs
    if crs is None:
        raise layer.without_crs(own)
    issues: list[dict[str, Any]] = []
    if file_crs is not None and user_crs is not None and not layer.same(file_crs, user_crs):
        crs, issues = layer.of_two(file_crs, user_crs, alone=alone)
    fault = layer.fault(crs)
    if fault is not None and (not rows or fault in ("metres", "degrees")):
        raise layer.refused(crs, fault, by_user=crs is user_crs)
    if fault is not None:
        issues += layer.doubts(crs, fault)
    return crs, issues


def _computable(crs: Any) -> CRS | None:
    """CRS as PROJ object; None for none, for one of another planet or a local one, and for an unknown projection."""
    if crs is None:
        return None
    try:
        known = CRS.from_user_input(crs)
        to_degrees(np.zeros((1, 2)), known)
    except ProjError:
        return None
    return known


class _Coordinates:
    """Coordinates of a file, tried in CRSs."""

    def __init__(self, shapes: Geometries, name: str, option: str | None, near: tuple[Box, ...], rows: bool) -> None:
        self.name, self.option, self.near, self.rows = name, option, near, rows
        self.xy = centres(shapes)
        bounds = shapely.bounds(shapes)
        bounds = bounds[in_some_crs(bounds)]
        self.far = bool(len(bounds)) and bool((np.abs(bounds) > _METRES).any(axis=1).all())
        self.whole: Floats = (
            np.append(bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)) if len(bounds) else np.empty(0)
        )

    def same(self, one: CRS, other: CRS) -> bool:
        """Whether both CRSs mean the same places."""
        if one == other or not len(self.xy):
            return True
        places = to_degrees(self.xy[:1], one), to_degrees(self.xy[:1], other)
        return bool(np.isfinite(places).all()) and float(geodesic_m(*places)[0]) < _SAME_M

    def fault(self, crs: CRS) -> str | None:
        """Why the coordinates can't be in a CRS: ``metres, degrees, swapped, elsewhere``; None where they can."""
        if not len(self.xy):
            return None
        west, south, east, north = INDONESIA
        swapped = in_boxes(self.xy[:, ::-1], [INDONESIA]).all()
        if crs.is_geographic and self.far:
            return "metres"
        if crs.is_projected and (in_boxes(self.xy, [INDONESIA]).all() or swapped):
            return "degrees"
        if crs.is_geographic and swapped:
            return "swapped"
        x, y = self.whole[[0, 2, 2, 0]], self.whole[[1, 1, 3, 3]]
        corners = to_degrees(np.vstack([np.column_stack([x, y]), self.xy]), crs)
        corners = corners[np.isfinite(corners).all(axis=1)]
        if not len(corners):
            return "elsewhere"
        (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
        return None if left <= east and right >= west and bottom <= north and top >= south else "elsewhere"

    def of_two(self, file_crs: CRS, user_crs: CRS, *, alone: bool) -> tuple[CRS, list[dict[str, Any]]]:
        """CRS to use where file and user name different ones, with an issue that says so."""
        names = {"name": self.name, "own": crs_name(file_crs), "given": crs_name(user_crs)}
        if self.fault(user_crs) is not None and self.fault(file_crs) is None:
            text = _(
                "{name}: CRS {given} yang disebut tidak mungkin untuk angka di berkas ini; dipakai CRS-nya, {own}."
            )
            severity = "warning" if alone else "info"
            return file_crs, [issue_row("crs_not_used", text.format(**names), severity=severity, source=self.name)]
        if self.fault(file_crs) is None and not alone:
            text = _(
                "{name}: CRS berkas {own}, tetapi yang disebut {given}, dan keduanya mungkin. Baca berkas ini sendiri "
                "bila CRS-nya keliru, atau hapus {option} bila benar."
            )
            raise CRSError(text.format(option=self.option or "crs=", **names))
        text = _("{name}: dibaca dalam CRS {given} yang disebut, bukan CRS berkas {own}.")
        hint = _("Pastikan letaknya di peta; bila CRS berkas yang benar, ulangi tanpa menyebut CRS.")
        return user_crs, [issue_row("crs_overridden", text.format(**names), source=self.name, suggestion=hint)]

    def without_crs(self, own: Any) -> CRSError:
        """Error of a file without CRS, or with one that PROJ can't compute with."""
        if own is None:
            text = _("{name}: berkas tidak membawa CRS (misalnya .prj tidak ada).").format(name=self.name)
        else:
            text = _("{name}: CRS berkas ({crs}) tidak dikenal PROJ, lokal, atau bukan CRS bumi.")
            text = text.format(name=self.name, crs=crs_name(own))
        return CRSError(text + " " + self._remedy(None))

    def refused(self, crs: CRS, fault: str, *, by_user: bool) -> CRSError:
        """Error of a CRS that can't be true."""
        return CRSError(self._why(crs, fault, by_user=by_user) + " " + self._remedy(crs))

    def doubts(self, crs: CRS, fault: str) -> list[dict[str, Any]]:
        """Issue of a list all of whose rows lie elsewhere, where another CRS or order would bring them to Indonesia."""
        if not likely_crs(self.xy, self.near, like=crs):
            return []
        text = self._why(crs, fault, by_user=False)
        return [issue_row("crs_doubtful", text, source=self.name, suggestion=self._remedy(crs, named=False))]

    def _why(self, crs: CRS, fault: str, *, by_user: bool) -> str:
        x, y = (f"{value:.10g}" for value in self.xy[0])
        whose = _("CRS yang disebut") if by_user else _("CRS berkas")
        if fault == "metres":
            text = _("{name}: {whose} {crs}, tetapi angka koordinatnya meter (misalnya {x}, {y}).")
        elif fault == "degrees":
            text = _("{name}: {whose} {crs}, tetapi angka koordinatnya derajat (misalnya {x}, {y}).")
        elif fault == "swapped":
            text = _("{name}: lintang dan bujur tertukar (misalnya {x}, {y}); {whose} {crs}.")
        else:
            text = _("{name}: {whose} {crs} menaruhnya jauh di luar Indonesia{place} (misalnya {x}, {y}).")
        lonlat = to_degrees(self.xy[:1], crs)[0]
        place = ", " + _("di {place}").format(place=coordinates(*lonlat.tolist())) if np.isfinite(lonlat).all() else ""
        return text.format(name=self.name, whose=whose, crs=crs_name(crs), x=x, y=y, place=place)

    def _remedy(self, claimed: CRS | None, *, named: bool = True) -> str:
        """Say what to do: the likely CRSs, and the option that names one unless it is not to be named."""
        likely = likely_crs(self.xy, self.near, like=claimed)
        if likely and all(landing.swapped for landing in likely):
            text = _("Simpan ulang dengan urutan bujur, lintang (X, Y); di sana letaknya {place}.")
            return text.format(place=extent(likely[0].bounds))
        likely = [landing for landing in likely if not landing.swapped]
        names = [landing.crs for landing in likely]
        example = _USUAL if not names or (_USUAL in names and len(names) > _SHOWN) else names[0]
        fix = (
            _("Sebutkan CRS-nya, misalnya crs='{example}' ({option} {example}).")
            if self.option and named
            else _("Sebutkan CRS-nya, misalnya {example}.")
            if self.option
            else _("Simpan ulang dengan CRS yang benar, misalnya {example} (di QGIS: Ekspor, Simpan Fitur Sebagai).")
        )
        fix = fix.format(example=example, option=self.option)
        return _("Angkanya cocok dengan {likely}.").format(likely=likely_text(likely)) + " " + fix if likely else fix


def likely_text(landings: Sequence[Landing]) -> str:
    """Likely CRSs in words: a few with the place where the layer would lie, many as families of grids."""
    if len(landings) <= _SHOWN:
        text = _("{crs} ({place})")
        return _("; atau ").join(text.format(crs=one.crs, place=extent(one.bounds)) for one in landings)
    families = {
        _("UTM belahan selatan"): [one.crs for one in landings if one.crs.startswith("EPSG:327")],
        _("UTM belahan utara"): [one.crs for one in landings if one.crs.startswith("EPSG:326")],
        _("TM-3"): [one.crs for one in landings if one.crs.startswith("EPSG:238")],
    }
    text = _("{family} ({first} sampai {last}, menurut zonanya)")
    parts = [
        text.format(family=family, first=min(codes), last=max(codes)) for family, codes in families.items() if codes
    ]
    parts += [one.crs for one in landings if grid_area(one.crs) is None]
    return _("; atau ").join(parts)
