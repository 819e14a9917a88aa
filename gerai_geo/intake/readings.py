"""What is said of a reading or a refusal of `coordinates`, in words."""

from __future__ import annotations

from gerai_geo.intake.blocks import Remark
from gerai_geo.intake.coordinates import Reading, Refusal
from gerai_geo.language import translator


def remarks(
    row: int, answer: Reading | Refusal, columns: tuple[str | None, str | None], value: str | None, lang: str
) -> list[Remark]:
    """
    Remarks on one row: none for a plain reading.

    Parameters
    ----------
    row, columns, value
        Place of the row in its table, names of its columns of coordinates, the coordinates as given.
    """
    _ = translator(lang)
    if isinstance(answer, Reading):
        return []
    return [
        Remark(
            row,
            "bad_coordinates",
            _("Koordinat tidak terbaca."),
            column=" / ".join(c for c in columns if c),
            value=value,
        )
    ]
