"""Versions of what answers depend on, as manifests have them."""

from __future__ import annotations

import platform
from functools import cache
from typing import Final

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely

from gerai_geo import __version__
from gerai_geo.reference.criteria import criteria_version
from gerai_geo.reference.functions import functions_version
from gerai_geo.reference.land_papers.vocabulary import land_papers_version
from gerai_geo.reference.overlays import overlays_version

_LIBRARIES: Final = (geopandas, shapely, pyproj, pd, np)


@cache
def package_versions() -> dict[str, str]:
    """Versions of Python, this package, the libraries that change answers, and the GEOS and PROJ in two of them."""
    engines = {"geos": shapely.geos_version_string, "proj": str(pyproj.proj_version_str)}
    libraries = {library.__name__: str(library.__version__) for library in _LIBRARIES}
    return {"python": platform.python_version(), "gerai-geo": __version__} | libraries | engines


@cache
def rule_versions() -> dict[str, str]:
    """Versions of the package's own tables of facts, without the routes."""
    return {
        "functions": functions_version(),
        "criteria": criteria_version(),
        "land_papers": land_papers_version(),
        "overlays": overlays_version(),
    }
