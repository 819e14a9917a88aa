"""
Maps and index drawn in a second process, while the first one screens the list and writes the other files.

Either process writes the parts of `store.RESULT_PARTS`, whichever has time first; for a very long list the first one.

The second process begins with its imports while the first one reads the list. It gets the forest layer as soon as that
is read, and the screening when it is done. Only the standard library is imported at the top.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import pickle
import shutil
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from gerai_geo.core.steps.counting import tell_count
from gerai_geo.core.steps.memory import give_back_memory, limit_memory_pools
from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.i18n.translate import current_language, use_language

if TYPE_CHECKING:
    import numpy as np
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

    from gerai_geo.outputs.index_page.page_extras import PageExtras
    from gerai_geo.outputs.map_page.forest_drawing import ForestDrawing
    from gerai_geo.records.models import Screening

LEAST_BYTES: Final = 50_000
"""Size of the lists from which on a second process takes less time than it costs."""

_MOST_SITES: Final = 20_000
"""Sites above which the second process draws pages only: it would need as much memory again as the first one."""

_LOOK_S: Final = 0.5
_log = logging.getLogger("gerai_geo")


class MapProcess:
    """
    The second process; see `map_process`.

    Whatever it fails to do for want of memory, say, is done in the first one.
    """

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        self._pool.submit(_get_ready, gc.get_threshold(), current_language())
        self._known: list[str] = []
        self._layer: Future[None] | None = None
        self._pages: Future[dict[str, Any] | None] | None = None
        self._folder: Path | None = None
        self._shared: Path | None = None
        self._held = ExitStack()
        self._count = 0

    def foresee(self, forest: GeoDataFrame, sites: GeoDataFrame, rows: NDArray[np.int64], key: str) -> None:
        """
        Simplify the layer and draw it for the maps, before the sites are screened.

        Parameters
        ----------
        forest
            Polygons that the screening will probably keep for drawing; if it keeps others, this was in vain.
        sites
            All sites, whether they lie on the layer or not.
        rows
            Positions of the polygons in the layer.
        key
            Key of the layer's arcs in the cache; empty for a small layer.
        """
        give_back_memory()
        self._known = forest.index.tolist()
        columns = [c for c in ("regency", "regency_code") if c in sites]
        if key:  # the arcs are in the cache: to send the polygons takes as long as to draw several maps
            nothing = [None] * len(forest)
            forest = forest.set_geometry(type(forest.geometry)(nothing, forest.index, crs=forest.crs))
        try:
            self._layer = self._pool.submit(_simplify, forest, key, rows)
            self._pool.submit(_draw_forest, sites[[*columns, sites.geometry.name]])
        except BrokenProcessPool:
            self._layer = None

    def wait_for_layer(self) -> None:
        """Wait until the simplified layer is in the cache."""
        if self._layer is not None:
            self._layer.exception()

    def draw(self, screening: Screening, output: Path, extras: PageExtras, *, last: bool = False) -> None:
        """
        Begin to draw the maps and the index of a screening, beside the folder of the result.

        After the `last` one the process ends as soon as all is written, and its memory is free.
        """
        from gerai_geo.outputs.index_page.page_extras import boundaries_of

        self._forget()
        give_back_memory()  # what screening took
        known = screening.forest is not None and screening.forest.index.tolist() == self._known
        place = output.resolve()
        self._folder = self._held.enter_context(scratch_folder(place.parent, place.stem))
        self._shared = self._held.enter_context(scratch_folder(place.parent, place.stem))
        tables = self._shared / "tables"
        shared = len(screening.findings) <= _MOST_SITES
        self._count = screening.findings["regency"].nunique(dropna=False)
        if extras.boundaries is not None:
            extras = replace(extras, boundaries=boundaries_of(screening.findings, extras.boundaries))
        if extras.previous is not None:  # its layers are not drawn
            extras = replace(extras, previous=replace(extras.previous, forest=None, extra=()))
        try:
            sent = replace(screening, forest=None) if known else screening
            with tables.open("wb") as file:  # sent through a pipe, a long list is in memory twice more
                pickle.dump(extras, file, protocol=pickle.HIGHEST_PROTOCOL)
                pickle.dump(sent, file, protocol=pickle.HIGHEST_PROTOCOL)
            del sent
            give_back_memory()
            self._pages = self._pool.submit(_draw_pages, current_language(), tables, known, self._folder, shared)
            if last:
                self._pool.shutdown(wait=False)
        except (BrokenProcessPool, OSError) as error:
            _log.warning("%s", error)
            self._pages = None

    def leaves(self, part: str) -> bool:
        """Whether a part of `store.RESULT_PARTS` is left to the first process, as the second one has not begun it."""
        return self._pages is None or self._shared is None or _take(self._shared, part)

    def put_pages(self, folder: Path) -> dict[str, Any] | None:
        """
        Move the pages into a folder when they are drawn, and what else the process has written.

        Returns
        -------
        written
            What the functions of `store.RESULT_PARTS` returned, by part; None if nothing was drawn.
        """
        if self._pages is None or self._folder is None:
            return None
        try:
            while not wait([self._pages], _LOOK_S).done:
                tell_count(sum(1 for _file in self._folder.glob("maps/*")), self._count)
            if (written := self._pages.result()) is None:
                return None
        except BrokenProcessPool as error:
            _log.warning("%s", error)
            return None
        for part in self._folder.iterdir():
            shutil.move(part, folder / part.name)
        self._forget()
        return written

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._forget()

    def _forget(self) -> None:
        """Remove the folder of the pages; the next screening gets one of its own."""
        self._held.close()
        self._folder = self._shared = self._pages = None


@contextmanager
def map_process(lists: Iterable[Path]) -> Iterator[MapProcess | None]:
    """Yield a second process for the pages; None for short lists of sites, and where there is one core."""
    if _cores() < 2 or sum(file.stat().st_size for file in lists if file.is_file()) < LEAST_BYTES:
        yield None
        return
    process = MapProcess()
    try:
        yield process
    finally:
        process.close()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class _Memory:
    """What the second process keeps between its tasks."""

    forest: Any = None
    drawn: dict[bytes, ForestDrawing] | None = None


_MEMORY: Final = _Memory()


def _get_ready(collect: tuple[int, int, int], lang: str) -> None:
    Thread(target=_end_with_the_first, daemon=True).start()
    gc.set_threshold(*collect)  # as in the first process
    limit_memory_pools()
    atexit.register(gc.freeze)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends at once, without a word
    logging.captureWarnings(True)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    from gerai_geo.outputs.maps import warm_up

    with use_language(lang):
        warm_up()
    gc.freeze()


def _end_with_the_first() -> None:
    """End this process when the first one is gone, killed perhaps: nobody would end it."""
    first = parent_process()
    if first is not None:
        connection.wait([first.sentinel])
        os._exit(1)


def _simplify(forest: GeoDataFrame, key: str, rows: NDArray[np.int64]) -> None:
    from gerai_geo.engine.drawing_levels import draw_from_cache, levels_of
    from gerai_geo.records.store import DISPLAY_TOLERANCE_M

    if key and not draw_from_cache(forest, key, rows):
        return
    _MEMORY.forest = forest
    levels_of(forest, forest.geometry.to_numpy()).kept(DISPLAY_TOLERANCE_M)
    give_back_memory()


def _draw_forest(sites: GeoDataFrame) -> None:
    from gerai_geo.outputs.maps import draw_forest_of_maps

    if _MEMORY.forest is not None:
        _MEMORY.drawn = draw_forest_of_maps(_MEMORY.forest, sites)
        give_back_memory()


def _draw_pages(lang: str, tables: Path, known: bool, folder: Path, shared: bool) -> dict[str, Any] | None:
    from gerai_geo.outputs.maps import draw_pages
    from gerai_geo.records.store import RESULT_PARTS

    if known and _MEMORY.forest is None:
        return None
    with use_language(lang), tables.open("rb") as file:
        extras = pickle.load(file)
        begin = file.tell()
        draw_pages(_screening(file, known), folder, extras, _MEMORY.drawn if known else None)
        give_back_memory()  # before the first process writes a long list
        written = {}
        for part, write in RESULT_PARTS.items():
            if shared and _take(tables.parent, part):
                file.seek(begin)
                written[part] = write(_screening(file, known), folder)
                give_back_memory()
    return written


def _take(shared: Path, part: str) -> bool:
    """Take a part of the work, unless the other process has."""
    try:
        (shared / part).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _screening(file: BinaryIO, known: bool) -> Screening:
    """Return what the first process sent; whoever draws it is the only one to hold its tables."""
    screening: Screening = pickle.load(file)
    return replace(screening, forest=_MEMORY.forest) if known else screening
