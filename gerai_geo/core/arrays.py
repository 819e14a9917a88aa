"""Types of the arrays that modules hand to each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ids = NDArray[np.int32]
SmallInts = NDArray[np.int8]
Rows = NDArray[np.intp]
"""Positions in another array, as `numpy.flatnonzero` gives them."""
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]
Geometries = NDArray[np.object_]
PlanePositions = NDArray[np.complex128]
"""Positions in a local plane: metres east and, as the imaginary part, north."""
