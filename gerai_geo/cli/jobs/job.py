"""The job behind several commands: what to screen against what, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gerai_geo.records.models import ExtraLayer

Pair = tuple[str, str]


@dataclass(frozen=True)
class GroundOptions:
    """Values of `ground_options.GROUND_OPTIONS`, by their names."""

    rasters: Sequence[Pair] = ()
    legends: Sequence[Pair] = ()
    ring_m: float = 500.0
    clear: bool = True
    plot_m2: float = 1_000.0
    within_m: float = 5_000.0
    avoid: Sequence[tuple[str, str, dict[str, Any]]] = ()
    roads: Path | None = None
    road_m: float = 500.0
    editions: Sequence[Pair] = ()


@dataclass(frozen=True)
class Job:
    """
    What to screen against what, and how; `intake` and `layer` are arguments of `read_sites` and `read_forest`.

    `on` is the day for which rules hold, by default today; `record` the job as plain data, made before its files are
    read, for the manifest.
    """

    sites: Sequence[Path]
    forest: Path
    intake: dict[str, Any]
    layer: dict[str, Any]
    tolerance_m: float | None = None
    regencies: Sequence[str] = ()
    extra: Sequence[tuple[str | None, str, str | None] | ExtraLayer] = ()
    extra_crs: str | None = None
    rules: Path | None = None
    building: str | None = None
    acquirer: str | None = None
    psn: str | None = None
    map_class: int = 3
    ground: GroundOptions = field(default_factory=GroundOptions)
    recorded: Path | None = None
    previous: Path | None = None
    targets: Path | None = None
    target_columns: dict[str, str] = field(default_factory=dict)
    paper: str = "a4"
    on: str | None = None
    sample: bool = False
    record: dict[str, Any] | None = None

    @property
    def accept_incomplete(self) -> bool:
        """Whether layers and boundaries of which a part is missing may be read."""
        return bool(self.intake.get("accept_incomplete"))
