"""Files of the cache: what damages them is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gerai_geo.engine import index_cache


def stored(folder: Path) -> tuple[Path, np.ndarray]:
    values = np.arange(40_000, dtype=np.float64)
    path = index_cache.store("one-5", {"a": values, "b": values[::-1]}, {"n": 1}, folder)
    assert path is not None
    return path, values


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    _path, values = stored(tmp_path)
    found = index_cache.load("one-5", tmp_path)
    assert found is not None
    assert (found[0]["a"] == values).all()
    assert (found[0]["b"] == values[::-1]).all()
    assert found[1] == {"n": 1}


@pytest.mark.parametrize(
    ("length", "first", "second"),
    [(8, 20_000, 20_008), (8, 20_000, 120_000), (512, 40_960, 41_472), (512, 40_960, 204_800), (4096, 81_920, 90_112)],
    ids=["words side by side", "words", "sectors side by side", "sectors", "pages"],
)
def test_exchanged_pieces_are_seen(tmp_path: Path, length: int, first: int, second: int) -> None:
    path, _values = stored(tmp_path)
    content = bytearray(path.read_bytes())
    one, two = content[first : first + length], content[second : second + length]
    assert one != two
    content[first : first + length], content[second : second + length] = two, one
    path.write_bytes(content)
    assert index_cache.load("one-5", tmp_path) is None


def test_any_changed_bit_or_cut_is_seen(tmp_path: Path) -> None:
    path, _values = stored(tmp_path)
    content = path.read_bytes()
    used = set(range(0, len(content), 9_973)) | set(range(0, 400, 7))
    for i in sorted(used):
        path.write_bytes(content[:i] + bytes([content[i] ^ 4]) + content[i + 1 :])
        found = index_cache.load("one-5", tmp_path)
        assert found is None or (found[1] == {"n": 1} and (found[0]["a"] == np.arange(40_000)).all()), i
    for length in (0, 7, 48, 500, len(content) - 1):
        path.write_bytes(content[:length])
        assert index_cache.load("one-5", tmp_path) is None
    path.write_bytes(content + b"\0")
    assert index_cache.load("one-5", tmp_path) is None
