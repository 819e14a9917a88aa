"""Records of the package: `Forest`, `ExtraLayer` and `Screening`."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pandas as pd
from geopandas import GeoDataFrame
from shapely.geometry.base import BaseGeometry

from gerai_geo import schema
from gerai_geo.core.arrays import Geometries
from gerai_geo.i18n.argument_types import typed, typed_fields
from gerai_geo.i18n.translate import localised_as_result
from gerai_geo.records.decisions.layer_decisions import shown_screening
from gerai_geo.records.issues import closing_notes, head_notes, issues_table
from gerai_geo.records.notebook.plots import explore_sites, plot_sites
from gerai_geo.records.notebook.view import screening_view
from gerai_geo.records.progress.groups import needs_followup
from gerai_geo.records.progress.table import progress_table

if TYPE_CHECKING:
    import folium
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class ReadShapes:
    """
    Geometries of a layer as they were read, and a key that stands for them.

    Parameters
    ----------
    key
        Digest of the file and of all that decides how its geometries are read.
    shapes
        The geometries, which can't be changed.
    """

    key: str
    shapes: Geometries

    def are(self, shapes: Geometries) -> bool:
        """Whether a layer still has these very geometries in this order."""
        return len(shapes) == len(self.shapes) and all(map(operator.is_, shapes, self.shapes))

    def __reduce__(self) -> tuple[Any, ...]:
        return ReadShapes, (self.key, self.shapes[:0])  # in another process they are other objects


@typed_fields
@dataclass(frozen=True)
class Forest:
    """
    A kawasan hutan layer with valid geometries.

    Parameters
    ----------
    table
        The `schema.FOREST` table in EPSG:4326, one row a polygon.
    source
        File (and layer) it was read from, as text for people.
    sha256
        Of the file; empty for a table in memory.
    scale
        Scale number of the map, e.g. 250000.
    edition
        Edition or date of the layer, as text; empty where not known.
    covers
        Meaning of ground under no polygon: ``"polygons"`` (not known), or the name of the area that the layer covers
        according to the user (there it is not kawasan hutan).
    defects
        Counts of geometry defects found on reading, by kind.
    issues
        The `schema.ISSUES` table of the layer itself.
    window
        Area in which the layer was read; None where it was read whole.
    features
        Number of features in its file; 0 where not known.
    crs
        Name of the CRS that its file was read in; empty where not known.
    bounds
        West, south, east, north of its whole file in degrees; None where not known.
    read_shapes
        Geometries of the table as they were read, by which the index is found again; None where not known.
    """

    table: GeoDataFrame
    source: str = ""
    sha256: str = ""
    scale: int = 250_000
    edition: str = ""
    covers: str = "polygons"
    defects: dict[str, int] = field(default_factory=dict)
    issues: pd.DataFrame = field(default_factory=issues_table)
    window: BaseGeometry | None = None
    features: int = 0
    crs: str = ""
    bounds: tuple[float, float, float, float] | None = None
    read_shapes: ReadShapes | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        functions = ", ".join(f"{n} {k}" for k, n in self.table["function"].value_counts().items())
        return f"<Forest {self.source!r}: {len(self.table)} polygons ({functions}), 1:{self.scale:,}>"


@typed_fields
@dataclass(frozen=True)
class ExtraLayer:
    """
    An overlay layer: permits, PIPPIB, PPTPKH, social or customary forest, concessions.

    Parameters
    ----------
    name
        Its name in the findings, e.g. ``PIPPIB 2026``.
    kind
        Key of `reference/overlays.toml`.
    table
        The `schema.EXTRA` table in EPSG:4326, all geometries valid.
    source, sha256
        File it was read from, for people, and its digest; empty for a table in memory.
    edition
        Edition or decree, as text; empty where not known.
    issues
        The `schema.ISSUES` table of the layer itself.
    crs
        Name of the CRS that its file was read in; empty where not known.
    """

    name: str
    kind: str
    table: GeoDataFrame
    source: str = ""
    sha256: str = ""
    edition: str = ""
    issues: pd.DataFrame = field(default_factory=issues_table)
    crs: str = ""

    def __repr__(self) -> str:
        return f"<ExtraLayer {self.name!r} ({self.kind}): {len(self.table)} polygons>"


@typed_fields
@dataclass(frozen=True)
class Screening:
    """
    Result of a screening: findings, issues, and the inputs and settings they were made with.

    Parameters
    ----------
    findings
        One row a site, in the sites' order: the sites' columns, then `schema.FINDINGS`; EPSG:4326. The status is the
        computed one; counts, like all outputs, follow a decision that the layer does not hold at a site.
    overlaps
        The `schema.OVERLAPS` table: one row a site and function.
    issues
        The `schema.ISSUES` table: of the lists, of the layer, of their overlay.
    manifest
        Inputs, edition, scale, tolerance, versions, counts and language.
    forest
        Polygons around the sites, for drawing only (`schema.FOREST`); None where there are none.
    followup
        Follow-up by people (`schema.FOLLOWUP`): index ``site_id``, rows only for sites that have some.
    extra
        The overlay layers, cut to the sites' surroundings, for drawing only.
    targets
        The `schema.TARGETS` table of `add_targets`; empty where none were given.
    villages
        The `schema.VILLAGES` table of `add_villages`; empty where no boundaries of villages were given.
    """

    findings: GeoDataFrame
    overlaps: pd.DataFrame
    issues: pd.DataFrame
    manifest: dict[str, Any]
    forest: GeoDataFrame | None = None
    followup: pd.DataFrame = field(default_factory=schema.followup_table)
    extra: tuple[ExtraLayer, ...] = ()
    targets: pd.DataFrame = field(default_factory=partial(schema.empty_table, "targets"))
    villages: pd.DataFrame = field(default_factory=partial(schema.empty_table, "villages"))

    @property
    def progress(self) -> pd.DataFrame:
        """The `schema.PROGRESS` table: numbers of each regency and of the province; what was not given is missing."""
        return self._progress.copy()

    @cached_property
    def _progress(self) -> pd.DataFrame:
        only_there = (self.manifest.get("recorded") or {}).get("unlisted")
        unlisted = None if only_there is None else pd.DataFrame(only_there, columns=["regency", "stage", "rows"])
        return progress_table(self._shown, self.followup, self.targets, unlisted)

    @cached_property
    def _shown(self) -> GeoDataFrame:
        """Findings with the decided status where the layer does not hold."""
        return shown_screening(self).findings

    @property
    def flagged(self) -> GeoDataFrame:
        """Findings, as shown, that need follow-up: their action is not ``none`` or their land papers are unsettled."""
        return self._shown[self.is_flagged]

    @cached_property
    def is_flagged(self) -> pd.Series:
        """Whether each site is `flagged`."""
        return needs_followup(self._shown)

    def summary(self) -> pd.DataFrame:
        """
        Count sites by regency and status, as shown.

        Returns
        -------
        summary
            One row a regency, by name, sites without one last (index missing). Columns: ``total``, those of
            `schema.STATUSES`, and ``flagged`` (see `Screening.flagged`).
        """
        findings = self._shown
        regency = schema.column_of(findings, "regency")
        counts = pd.DataFrame({"total": True}, index=findings.index)
        for status in schema.STATUSES:
            counts[status] = findings["status"] == status
        counts["flagged"] = needs_followup(findings)
        return counts.groupby(regency.rename("regency"), dropna=False).sum().astype("int64")

    @localised_as_result
    def _repr_html_(self) -> str:
        return screening_view(self.summary(), self._shown, [*head_notes(self), *closing_notes(self.manifest)])

    @typed
    @localised_as_result
    def plot(self, ax: Axes | None = None, *, column: str | None = None, **options: Any) -> Axes:
        """
        Draw the sites by status over the forest around them, as `geopandas.GeoDataFrame.plot` does.

        Parameters
        ----------
        ax
            Axes to draw on; by default new ones.
        column
            Column that colours the sites; by default ``status``.
        options
            Passed to `geopandas.GeoDataFrame.plot` for the sites, e.g. ``markersize``.

        Returns
        -------
        ax
            Axes in degrees (EPSG:4326), with the legend and the sentence that this is no legal ruling.

        Raises
        ------
        InputError
            If there is no such column.
        ImportError
            If matplotlib is missing.
        """
        return plot_sites(
            self._shown, self.forest, [*head_notes(self), *closing_notes(self.manifest)], ax, column, options
        )

    @typed
    @localised_as_result
    def explore(
        self,
        column: str | None = None,
        *,
        color: str | None = None,
        tooltip: bool | str | Sequence[str] = True,
        popup: bool | str | Sequence[str] = False,
        tiles: str | folium.TileLayer | None = "OpenStreetMap",
        m: folium.Map | None = None,
        **options: Any,
    ) -> folium.Map:
        """
        Draw the sites by status, or by another column, on a map to move, as `geopandas.GeoDataFrame.explore` does.

        It loads folium's scripts and the basemap from the network; `map_regency` draws without one.

        Parameters
        ----------
        column
            Column that colours the sites; by default ``status``.
        color
            One colour for all of them, as CSS names it.
        tooltip, popup
            Columns told of a site under the pointer, or on a click; True for the usual ones, or all, False for none.
        options
            There are no others; each gets a sentence.
        tiles
            Basemap as `folium.Map` takes it; None for none.
        m
            Map to draw on, which keeps its basemap; by default a new one.

        Returns
        -------
        map
            Sites without a geometry are not on it.

        Raises
        ------
        InputError
            If there is no such column, or no such option.
        """
        return explore_sites(
            self._shown, tiles, m, column=column, color=color, tooltip=tooltip, popup=popup, options=options
        )

    def __repr__(self) -> str:
        counts = self._shown["status"].value_counts()
        texts = ", ".join(f"{counts[s]} {s}" for s in schema.STATUSES if s in counts)
        return f"<Screening of {len(self.findings)} sites: {texts}>"
