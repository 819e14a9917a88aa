"""The former place of `gerai_geo.screening.large.distributed`, kept for one release."""

import warnings
from importlib import import_module
from typing import Any

_PLACE = "gerai_geo.screening.large.distributed"


def __getattr__(name: str) -> Any:
    value = getattr(import_module(_PLACE), name)
    if not name.startswith("_"):
        warnings.warn(f"{__name__} has moved to {_PLACE}", DeprecationWarning, stacklevel=2)
    return value
