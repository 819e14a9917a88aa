"""Legend colours of the statuses, on maps, in lists and in QGIS; those of forest functions are in `functions.toml`."""

from __future__ import annotations

from typing import Final

STATUS_COLOURS: Final = {
    "inside": "#b3001b",
    "partly_inside": "#d95f02",
    "near_boundary": "#ffc20a",
    "outside": "#0b5fa5",
    "not_assessed": "#5b6470",
}
"""Colours of the statuses; they differ in lightness too, and shape and sign help colour-blind readers."""
