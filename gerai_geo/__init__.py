"""
Which candidate gerai sites lie in kawasan hutan, how surely, and what follows.

The public names below load their modules when first used: importing the package does no work.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gerai_geo.intake.extra import read_extra as read_extra
    from gerai_geo.intake.forest import read_forest as read_forest
    from gerai_geo.intake.sample import sample_paths as sample_paths
    from gerai_geo.intake.services import fetch as fetch
    from gerai_geo.intake.sites import read_boundaries as read_boundaries
    from gerai_geo.intake.sites import read_sites as read_sites
    from gerai_geo.outputs.compare import compare as compare
    from gerai_geo.outputs.dossier import dossier_pdf as dossier_pdf
    from gerai_geo.outputs.dossier import write_dossiers as write_dossiers
    from gerai_geo.outputs.explain import explain as explain
    from gerai_geo.outputs.followup import carry_followup as carry_followup
    from gerai_geo.outputs.followup import read_followup as read_followup
    from gerai_geo.outputs.lists import write_list as write_list
    from gerai_geo.outputs.maps import map_regency as map_regency
    from gerai_geo.outputs.maps import write_maps as write_maps
    from gerai_geo.outputs.reconcile import reconcile as reconcile
    from gerai_geo.record import ExtraLayer as ExtraLayer
    from gerai_geo.record import Forest as Forest
    from gerai_geo.record import Screening as Screening
    from gerai_geo.record import read_screening as read_screening
    from gerai_geo.record import write_screening as write_screening
    from gerai_geo.screening.chunks import screen_file as screen_file
    from gerai_geo.screening.criteria import check_criteria as check_criteria
    from gerai_geo.screening.editions import add_editions as add_editions
    from gerai_geo.screening.editions import edition_table as edition_table
    from gerai_geo.screening.editions import screen_editions as screen_editions
    from gerai_geo.screening.evidence import add_evidence as add_evidence
    from gerai_geo.screening.rasters import Raster as Raster
    from gerai_geo.screening.relocation import Avoid as Avoid
    from gerai_geo.screening.relocation import find_clear_ground as find_clear_ground
    from gerai_geo.screening.routes import find_routes as find_routes
    from gerai_geo.screening.screen import screen as screen

_HOMES = {
    "Avoid": "gerai_geo.screening.relocation",
    "carry_followup": "gerai_geo.outputs.followup",
    "compare": "gerai_geo.outputs.compare",
    "Raster": "gerai_geo.screening.rasters",
    "add_editions": "gerai_geo.screening.editions",
    "add_evidence": "gerai_geo.screening.evidence",
    "edition_table": "gerai_geo.screening.editions",
    "find_clear_ground": "gerai_geo.screening.relocation",
    "read_followup": "gerai_geo.outputs.followup",
    "reconcile": "gerai_geo.outputs.reconcile",
    "screen_editions": "gerai_geo.screening.editions",
    "ExtraLayer": "gerai_geo.record",
    "Forest": "gerai_geo.record",
    "Screening": "gerai_geo.record",
    "dossier_pdf": "gerai_geo.outputs.dossier",
    "check_criteria": "gerai_geo.screening.criteria",
    "explain": "gerai_geo.outputs.explain",
    "fetch": "gerai_geo.intake.services",
    "find_routes": "gerai_geo.screening.routes",
    "map_regency": "gerai_geo.outputs.maps",
    "read_boundaries": "gerai_geo.intake.sites",
    "read_extra": "gerai_geo.intake.extra",
    "read_forest": "gerai_geo.intake.forest",
    "read_screening": "gerai_geo.record",
    "read_sites": "gerai_geo.intake.sites",
    "sample_paths": "gerai_geo.intake.sample",
    "screen": "gerai_geo.screening.screen",
    "screen_file": "gerai_geo.screening.chunks",
    "write_dossiers": "gerai_geo.outputs.dossier",
    "write_list": "gerai_geo.outputs.lists",
    "write_maps": "gerai_geo.outputs.maps",
    "write_screening": "gerai_geo.record",
}

__version__ = _version("gerai-geo")
__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gerai_geo' has no attribute {name!r}; it has {sorted(_HOMES)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
