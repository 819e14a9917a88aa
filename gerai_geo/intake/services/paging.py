"""Pages of a download, kept beside its target until all are there, so that a cut download goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from gerai_geo.errors import OutputError
from gerai_geo.i18n.translate import _

_STATE: Final = "state.json"
Tell = Callable[[int, int | None], object]


class Pages:
    """
    Pages of one download in a folder.

    Parameters
    ----------
    folder
        Made where it is not there. Pages of another download in it (another layer, filter or count) are removed.
    state
        What the download is of; fit for JSON.
    resume
        Whether pages of an earlier run are used.
    """

    def __init__(self, folder: Path, state: dict[str, Any], *, resume: bool = True) -> None:
        self.folder = folder
        try:
            if folder.is_dir() and not (resume and _state(folder) == state):
                self.clear()
            folder.mkdir(parents=True, exist_ok=True)
            self._write(_STATE, state)
        except OSError as error:
            raise self._failed(error) from error

    def get(self, name: str, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Page of this name: the one kept, else the one asked for now, which is then kept."""
        kept = _read(self.folder / f"{name}.json")
        if kept is not None:
            return kept
        page = ask()
        try:
            self._write(f"{name}.json", page)
        except OSError as error:
            raise self._failed(error) from error
        return page

    def read(self, names: list[str]) -> Iterator[dict[str, Any]]:
        """Pages that were got, one after the other."""
        for name in names:
            yield json.loads((self.folder / f"{name}.json").read_bytes())

    def clear(self) -> None:
        """Remove the pages, and the folder; a folder that holds anything else is refused by the disk."""
        for page in (*self.folder.glob("*.json"), *self.folder.glob("*.json.new")):
            page.unlink()
        self.folder.rmdir()

    def _write(self, name: str, content: dict[str, Any]) -> None:
        """Write whole or not at all: a page that is there is complete."""
        unfinished = self.folder / f"{name}.new"
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        unfinished.replace(self.folder / name)

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(
            _("{folder}: unduhan tidak dapat disimpan ({why}). Kosongkan ruang lalu ulangi.").format(
                folder=self.folder, why=error.strerror or error
            )
        )


def _read(file: Path) -> dict[str, Any] | None:
    """JSON object in a file; None where there is none or it is damaged, and has to be got again."""
    try:
        page = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return page if isinstance(page, dict) else None


def _state(folder: Path) -> dict[str, Any] | None:
    return _read(folder / _STATE)
