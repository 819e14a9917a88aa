"""Versions of what answers depend on, as manifests have them."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from typing import Final

import pyproj
import shapely

from gerai_geo.reference.criteria import criteria_version
from gerai_geo.reference.functions import functions_version
from gerai_geo.reference.land_papers.vocabulary import land_papers_version
from gerai_geo.reference.overlays import overlays_version

_PACKAGES: Final = ("gerai-geo", "geopandas", "shapely", "pyproj", "pandas", "numpy")


@cache
def package_versions() -> dict[str, str]:
    """Versions of Python, this package, the libraries that change answers, and the GEOS and PROJ in two of them."""
    engines = {"geos": shapely.geos_version_string, "proj": str(pyproj.proj_version_str)}
    return {"python": platform.python_version()} | {p: version(p) for p in _PACKAGES} | engines


@cache
def rule_versions() -> dict[str, str]:
    """Versions of the package's own tables of facts, without the routes."""
    return {
        "functions": functions_version(),
        "criteria": criteria_version(),
        "land_papers": land_papers_version(),
        "overlays": overlays_version(),
    }
