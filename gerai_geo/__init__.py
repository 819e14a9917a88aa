"""
Screening of candidate gerai sites against kawasan hutan: status, certainty and legal routes.

Public names load their modules on first use, so that importing the package is fast.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gerai_geo.intake.boundaries import read_boundaries as read_boundaries
    from gerai_geo.intake.fetch import fetch as fetch
    from gerai_geo.intake.forest import read_forest as read_forest
    from gerai_geo.intake.overlays import read_extra as read_extra
    from gerai_geo.intake.sample import sample_paths as sample_paths
    from gerai_geo.intake.sites import read_sites as read_sites
    from gerai_geo.intake.targets import read_targets as read_targets
    from gerai_geo.outputs.dossier import dossier_pdf as dossier_pdf
    from gerai_geo.outputs.dossier import write_dossiers as write_dossiers
    from gerai_geo.outputs.explain import explain as explain
    from gerai_geo.outputs.lists import write_list as write_list
    from gerai_geo.outputs.maps import map_regency as map_regency
    from gerai_geo.outputs.maps import write_maps as write_maps
    from gerai_geo.outputs.progress_report import write_progress as write_progress
    from gerai_geo.records.models import ExtraLayer as ExtraLayer
    from gerai_geo.records.models import Forest as Forest
    from gerai_geo.records.models import Screening as Screening
    from gerai_geo.records.store import read_screening as read_screening
    from gerai_geo.records.store import write_screening as write_screening
    from gerai_geo.review.compare import compare as compare
    from gerai_geo.review.followup import carry_followup as carry_followup
    from gerai_geo.review.followup import read_followup as read_followup
    from gerai_geo.review.programme.targets import add_targets as add_targets
    from gerai_geo.review.reconcile import reconcile as reconcile
    from gerai_geo.screening.clear_ground.find import Avoid as Avoid
    from gerai_geo.screening.clear_ground.find import find_clear_ground as find_clear_ground
    from gerai_geo.screening.criteria import check_criteria as check_criteria
    from gerai_geo.screening.editions import add_editions as add_editions
    from gerai_geo.screening.editions import edition_table as edition_table
    from gerai_geo.screening.editions import screen_editions as screen_editions
    from gerai_geo.screening.large.screen_file import screen_file as screen_file
    from gerai_geo.screening.programme.villages import add_villages as add_villages
    from gerai_geo.screening.rasters.evidence import add_evidence as add_evidence
    from gerai_geo.screening.rasters.raster import Raster as Raster
    from gerai_geo.screening.routes import find_routes as find_routes
    from gerai_geo.screening.screen import screen as screen
    from gerai_geo.workflow.point import check_point as check_point
    from gerai_geo.workflow.verify.verify import verify as verify

_NAMES = {
    "intake.boundaries": "read_boundaries",
    "intake.fetch": "fetch",
    "intake.forest": "read_forest",
    "intake.overlays": "read_extra",
    "intake.sample": "sample_paths",
    "intake.sites": "read_sites",
    "intake.targets": "read_targets",
    "outputs.dossier": "dossier_pdf write_dossiers",
    "outputs.explain": "explain",
    "outputs.lists": "write_list",
    "outputs.maps": "map_regency write_maps",
    "outputs.progress_report": "write_progress",
    "records.models": "ExtraLayer Forest Screening",
    "records.store": "read_screening write_screening",
    "review.compare": "compare",
    "review.followup": "carry_followup read_followup",
    "review.programme.targets": "add_targets",
    "review.reconcile": "reconcile",
    "screening.clear_ground.find": "Avoid find_clear_ground",
    "screening.criteria": "check_criteria",
    "screening.editions": "add_editions edition_table screen_editions",
    "screening.large.screen_file": "screen_file",
    "screening.programme.villages": "add_villages",
    "screening.rasters.evidence": "add_evidence",
    "screening.rasters.raster": "Raster",
    "screening.routes": "find_routes",
    "screening.screen": "screen",
    "workflow.point": "check_point",
    "workflow.verify.verify": "verify",
}
_HOMES = {name: f"gerai_geo.{module}" for module, names in _NAMES.items() for name in names.split()}

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
