"""Column names made unique."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def unique_names(
    names: Iterable[str], taken: Iterable[str] = (), *, key: Callable[[str], str] = str, longest: int | None = None
) -> list[str]:
    """
    Make column names unique by numbering those that repeat.

    Parameters
    ----------
    names, taken
        The names, and those that none of them may have.
    key
        What has to differ: by default the name itself; ``str.casefold`` where case is ignored.
    longest
        Number of characters to which names are cut.

    Examples
    --------
    >>> unique_names(["Desa", "Luas", "Luas"]), unique_names(["geom", "Geom"], ["geom"], key=str.casefold)
    (['Desa', 'Luas', 'Luas_2'], ['geom_2', 'Geom_3'])
    >>> unique_names(["Catatan Kepala Desa", "Catatan Kepala Adat"], longest=10)
    ['Catatan Ke', 'Catatan _2']
    """
    used = dict.fromkeys(map(key, taken), 1)
    result = []
    for name in names:
        first = free = name[:longest]
        n = used.get(key(first), 1)
        while key(free) in used:
            n += 1
            ending = f"_{n}"
            free = f"{first if longest is None else first[: longest - len(ending)]}{ending}"
        used[key(first)] = n
        used.setdefault(key(free), 1)
        result.append(free)
    return result
