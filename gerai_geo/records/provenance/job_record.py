"""Words of the record of a job in a manifest, which the command line writes and a verification reads."""

from __future__ import annotations

from typing import Final

JOB: Final = "job"
"""Key in a manifest of the job that the command line did: files as they were named, options."""
SAMPLE: Final = "sample"
"""Key in a job that was done on the bundled sample, whose files every installation has."""
LEFT_OUT: Final = "left_out_rows"
"""Key in a manifest, and attribute of a list: rows of the list that were not to be screened, as ``--regency`` says."""
RASTER_KINDS: Final = ("value", "classes", "count", "slope")
"""What is read from a raster, named before its file: ``slope:dem.tif``."""


def split_kind(file: str) -> tuple[str, str]:
    """
    Parts of the name of a raster: what is read from it with its colon, and its file.

    Examples
    --------
    >>> split_kind("slope:dem.tif"), split_kind("dem.tif"), split_kind("C:/dem.tif")
    (('slope:', 'dem.tif'), ('', 'dem.tif'), ('', 'C:/dem.tif'))
    """
    kind, colon, rest = file.partition(":")
    return (kind + colon, rest) if rest and kind in RASTER_KINDS else ("", file)
