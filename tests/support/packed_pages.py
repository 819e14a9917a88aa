"""Records of the sites that a page carries packed, unpacked by hand, column by column."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any


def content_of(packed: str) -> dict[str, Any]:
    """Return the number of sites and their columns, as they were written."""
    content: dict[str, Any] = json.loads(zlib.decompress(base64.a85decode(packed.replace("v", "<"))))
    return content


def unpacked_sites(packed: str) -> list[dict[str, Any]]:
    """Return the records, without what the page puts back into them."""
    content = content_of(packed)
    sites: list[dict[str, Any]] = [{} for _site in range(content["count"])]
    for key, column in content["columns"].items():
        for site, value in zip(sites, column_of(column, len(sites)), strict=True):
            if value is not None:
                site[key] = value
    return sites


def column_of(column: Any, count: int) -> list[Any]:
    """Return the values of a column, None where a site has none."""
    if isinstance(column, list):
        return column
    numbers = [whole_number(column["numbers"][row::count]) for row in range(count)]
    if "before" in column:
        ends = [column["first"]]
        for step in numbers[1:]:
            ends.append(ends[-1] + step + column["least"])
        return [f"{column['before']}{end:0{column['width']}}" for end in ends]
    if "least" in column:
        whole = [n - 1 + column["least"] if n else None for n in numbers]
        return whole if column["per"] == 1 else [n if n is None else n / column["per"] for n in whole]
    values: list[Any] = [column["values"][n - 1] if n else None for n in numbers]
    if "digits" in column:
        digits = list(column["digits"])
        values = [v and "".join(digits.pop(0) if sign == "0" else sign for sign in v) for v in values]
    return values


def whole_number(text: str) -> int:
    """Return the number that a text is in base 64, the last digit first, ``?`` for 0."""
    return sum((ord(sign) - ord("?")) * 64**place for place, sign in enumerate(text))
