"""Extension for mkdocstrings: our "Returns" sections list names, their types are in the annotations."""

from __future__ import annotations

import re
from typing import Any

import griffe

RETURNS = re.compile(r"(?<=^Returns\n-------\n).*?(?=^[^\s][^\n]*\n-{3,}$|\Z)", flags=re.M | re.S)


class NamedReturns(griffe.Extension):
    """Mark the entries of the section as names rather than types."""

    def on_function_instance(self, *, func: griffe.Function, **_kwargs: Any) -> None:
        """Rewrite the section of one function."""
        if func.docstring:
            func.docstring.value = RETURNS.sub(
                lambda section: re.sub(r"^(\w+)$", r"\1 :", section[0], flags=re.M), func.docstring.value
            )
