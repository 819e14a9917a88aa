"""Issues on parsed coordinates, with their messages, from `messages.toml`."""

from __future__ import annotations

from typing import Final

from gerai_geo.i18n.labels import distance
from gerai_geo.i18n.text_tables import text_tables
from gerai_geo.i18n.translate import _
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position
from gerai_geo.records.issues import Issue

_FILE: Final = ("intake/coordinates", "messages.toml")


def parse_issues(
    row: int, result: ParseResult, columns: tuple[str | None, str | None], value: str | None
) -> list[Issue]:
    """
    Issues on the coordinates of one row; none for a plain position.

    Parameters
    ----------
    row, columns, value
        Position of the row in its table, names of its columns of coordinates, the coordinates as given.
    """
    column = " / ".join(c for c in columns if c)
    if isinstance(result, Position):
        notes = dict.fromkeys(result.notes)
        return [Issue(row, f"read_{note}", _note_message(note, result), "warning", column, value) for note in notes]
    message, suggestion = _error_message(result)
    code = "no_coordinates" if result.code in ("blank", "half") else "bad_coordinates"
    candidates = tuple((r.lon, r.lat, r.crs) for r in result.readings)
    return [Issue(row, code, message, "error", column, value, suggestion, candidates)]


def _place(position: Position) -> str:
    return _("lintang {lat}, bujur {lon}").format(lat=f"{position.lat:.7g}", lon=f"{position.lon:.9g}")


def _note_message(note: str, position: Position) -> str:
    """Message for a note on how a position was read."""
    text = _text("notes", note)
    extra = {"distance": distance(position.ce90_m or 0.0)} if note == "map_centre" else {}
    return text.format(place=_place(position), **extra)


def _error_message(error: ParseError) -> tuple[str, str]:
    """Message and suggestion for coordinates that could not be read."""
    if error.code == "ambiguous":
        listed = _(" atau ").join(map(_place, error.readings[:3]))
        text = _("Koordinat dapat dibaca lebih dari satu cara: {readings}.")
        if len(error.readings) == 1:
            text = _("Koordinat tidak tertulis jelas; mungkin maksudnya {readings}.")
        return text.format(readings=listed), _text("suggestions", "rewrite")
    own = error.code in text_tables(*_FILE)["suggestions"]
    return _text("errors", error.code), _text("suggestions", error.code if own else "rewrite")


def _text(table: str, key: str) -> str:
    return _(text_tables(*_FILE)[table][key])
