"""Pages of a download, kept on disk until it is complete, so that a cut download can be resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.services.json_body import host_of

MAX_FEATURES: Final = 10_000_000
"""Features of one download; a server that promises or gives more has no end."""
_STATE: Final = "state.json"
Progress = Callable[[int, int | None], object]
"""Called with the features received and their expected number, if known."""
Page = dict[str, Any]


class Pages:
    """
    Pages of one download in a folder.

    Parameters
    ----------
    folder
        Created if missing. Pages of another download in it (another layer, filter or count) are removed.
    state
        Identity of the download, as JSON.
    resume
        Whether to use pages of an earlier run.
    """

    def __init__(self, folder: Path, state: dict[str, Any], *, resume: bool = True) -> None:
        self.folder = folder
        try:
            if folder.is_dir() and not (resume and _read(folder / _STATE) == state):
                self.clear()
            folder.mkdir(parents=True, exist_ok=True)
            self._write(_STATE, state)
        except OSError as error:
            raise self._failed(error) from error

    def get(self, name: str, request: Callable[[], Page], check: Callable[[Page], object]) -> Page:
        """
        Page of this name, from disk if a sound one is there, else requested and saved.

        Parameters
        ----------
        request
            Requests the page.
        check
            Raises InputError for a page that cannot be used, which is not saved.
        """
        saved = _read(self.folder / f"{name}.json")
        if saved is not None:
            try:
                check(saved)
                return saved
            except InputError:
                self.drop(name)
        page = request()
        check(page)
        try:
            self._write(f"{name}.json", page)
        except OSError as error:
            raise self._failed(error) from error
        return page

    def read(self, names: list[str]) -> Iterator[Page]:
        """Iterate over saved pages."""
        for name in names:
            yield json.loads((self.folder / f"{name}.json").read_bytes())

    def drop(self, name: str) -> None:
        """Remove a page that contradicts the others, so that a later run requests it again."""
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the pages and their folder; fails if the folder holds anything else."""
        for page in (*self.folder.glob("*.json"), *self.folder.glob("*.json.new")):
            page.unlink()
        self.folder.rmdir()

    def _write(self, name: str, content: dict[str, Any]) -> None:
        """Write a file in one step, so that every page on disk is complete."""
        temporary = self.folder / f"{name}.new"
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(self.folder / name)

    def _failed(self, error: OSError) -> OutputError:
        text = _("{folder}: unduhan tidak dapat disimpan ({why}). Kosongkan ruang lalu ulangi.")
        return OutputError(text.format(folder=self.folder, why=error.strerror or error))


def _read(file: Path) -> dict[str, Any] | None:
    """JSON object in a file; None if missing or damaged."""
    try:
        page = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return page if isinstance(page, dict) else None


def count_in(answer: dict[str, Any], key: str, url: str) -> int | None:
    """
    Feature count that a server gives; None if it gives none.

    Raises
    ------
    InputError
        If it is over `MAX_FEATURES`.
    """
    n = answer.get(key)
    if not isinstance(n, int) or isinstance(n, bool) or n < 0:
        return None
    if n > MAX_FEATURES:
        raise too_many(url)
    return n


def too_many(url: str) -> InputError:
    """Error of a server that promises or gives more features than any layer has."""
    text = _("{host}: server menyebut atau memberi lebih dari {n} fitur. Perkecil permintaan (--where, --bbox).")
    return InputError(text.format(host=host_of(url), n=MAX_FEATURES))


def incomplete(url: str, expected: int | None, received: int) -> InputError:
    """Error of a download that does not have the expected number of features."""
    text = _(
        "{host}: server menyebut {promised} fitur tetapi memberi {got}; berkas tidak ditulis. Coba lagi nanti, "
        "atau perkecil permintaan (--where, --bbox)."
    )
    return InputError(text.format(host=host_of(url), promised="?" if expected is None else expected, got=received))


def repeated(url: str) -> InputError:
    """Error of a server that gives features again that it gave before."""
    text = _("{host}: halamannya berputar (fitur yang sama datang lagi); berkas tidak ditulis. Coba lagi nanti.")
    return InputError(text.format(host=host_of(url)))


def changed(url: str, before: int | None, now: int) -> InputError:
    """Error of a layer that changed during the download; its pages do not belong together."""
    text = _("{host}: data di server berubah selama diunduh ({a} fitur, lalu {b}). Ulangi.")
    return InputError(text.format(host=host_of(url), a=before, b=now))
