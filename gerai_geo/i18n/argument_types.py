"""Arguments of public functions compared with their annotations: a sentence in place of an error from deep inside."""

from __future__ import annotations

import collections.abc
import inspect
import numbers
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from gerai_geo.errors import WrongTypeError
from gerai_geo.i18n.translate import _, use_language

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C")

_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "str": str, "bool": bool, "int": numbers.Integral, "float": numbers.Real, "date": date, "None": type(None),
    "Path": os.PathLike, "PathLike": os.PathLike,
    "Mapping": Mapping, "dict": dict, "Sequence": Sequence, "Iterable": Iterable, "tuple": tuple,
    "Collection": Collection,
}  # fmt: skip
_FREE: Final = {"Any", "object"}
_MOST: Final = 100
"""Values of a sequence that are looked at."""


def typed(function: Callable[P, R]) -> Callable[P, R]:
    """
    Decorate a public function to refuse arguments of another type than its annotations name.

    Raises
    ------
    WrongTypeError
        From the decorated function: it names the argument, what was given, what is wanted and where that comes from.
    """
    signature = inspect.signature(function)
    names = inspect.unwrap(function).__globals__
    wanted = {
        name: _alternatives(str(p.annotation), names)
        for name, p in signature.parameters.items()
        if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.annotation is not p.empty
    }

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        arguments = signature.bind(*args, **kwargs).arguments
        for name, value in arguments.items():
            if name in wanted and not _fits(value, wanted[name]):
                lang = arguments.get("lang")
                with use_language(lang if lang in ("id", "en") else None):
                    raise WrongTypeError(_sentence(name, value, wanted[name]))
        return function(*args, **kwargs)

    return call


def typed_fields(cls: type[C]) -> type[C]:
    """Decorate a public dataclass to refuse values of another type than its fields have, like `typed`."""
    cls.__init__ = typed(cls.__init__)  # type: ignore[method-assign]
    return cls


def _alternatives(annotation: str, names: Mapping[str, Any]) -> tuple[str, ...]:
    """Types of an annotation, one by one, with aliases resolved."""
    found: list[str] = []
    for part in _split(annotation, "|"):
        alias = names.get(part)
        if alias is not None and not isinstance(alias, type) and part not in _KINDS and part not in _FREE:
            found += _alternatives(re.sub(r"<class '([^']+)'>", r"\1", str(alias)), names)
        else:
            base, _bracket, inner = part.partition("[")
            if inner and base.rpartition(".")[2] in _KINDS:
                values = (_alternatives(value, names) for value in _split(inner.removesuffix("]"), ","))
                part = f"{base}[{', '.join(' | '.join(kinds) for kinds in values)}]"
            found.append(part)
    return tuple(dict.fromkeys(found))


def _split(text: str, mark: str) -> list[str]:
    """Parts of a text between marks that stand in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == mark and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [p.strip() for p in parts]


def _fits(value: object, kinds: Sequence[str]) -> bool:
    return any(_is_of(value, kind) for kind in kinds)


def _is_of(value: object, kind: str) -> bool:
    base, _bracket, inner = kind.partition("[")
    base = base.rpartition(".")[2]
    if base in _FREE:
        return True
    if base == "Callable":
        return callable(value)
    known = _KINDS.get(base) or getattr(collections.abc, base, None)
    if known is None:  # by its name, so that nothing is imported for it
        return any(c.__name__ in (base, f"Base{base}") for c in type(value).__mro__)
    if not isinstance(value, known):
        return False
    if base in ("int", "float"):
        return not isinstance(value, bool)
    if base in ("Sequence", "Iterable", "Collection") and isinstance(value, str | bytes):
        return False
    return not inner or _values_fit(value, _split(inner.removesuffix("]"), ","))


def _values_fit(value: object, inner: list[str]) -> bool:
    """Whether the values of a list, tuple or mapping are of the types in its brackets; others are not looked into."""
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_MOST]
        return len(inner) < 2 or all(
            _fits(k, _split(inner[0], "|")) and _fits(v, _split(inner[1], "|")) for k, v in pairs
        )
    if isinstance(value, list | tuple | set | frozenset):
        return all(_fits(v, _split(inner[0], "|")) for v in list(value)[:_MOST])
    return True


def _sentence(name: str, value: object, kinds: Sequence[str]) -> str:
    shown = repr(value) if isinstance(value, str | numbers.Number | type(None)) else ""
    given = type(value).__name__ + (f" ({shown})" if shown and len(shown) <= 60 and value is not None else "")
    if isinstance(value, list | tuple) and value:
        given += " [" + ", ".join(dict.fromkeys(type(v).__name__ for v in value[:_MOST])) + "]"
    if value is None:
        given = "None"
    names = [_plain(k) for k in kinds if k != "None"] + ["None"] * ("None" in kinds)
    wanted = ", ".join(dict.fromkeys(names[:-1])) + (_(" atau ") if len(set(names)) > 1 else "") + names[-1]
    hints = [h for n, h in _sources().items() if n in {_plain(k) for k in kinds}]
    text = _("{name}: diberi {given}, yang diminta {wanted}.").format(name=name, given=given, wanted=wanted)
    return " ".join([text, *hints[:1]])


def _plain(kind: str) -> str:
    """Type as it is written in a sentence."""
    return re.sub(r"\b(?:os|pd|shapely|folium|collections\.abc)\.", "", kind).replace("PathLike[str]", "Path")


def _sources() -> dict[str, str]:
    return {
        "Screening": _("Didapat dari result = screen(sites, forest), atau result = read_screening('hasil')."),
        "Forest": _("Baca dulu: forest = read_forest('layer.shp')."),
        "ExtraLayer": _("Baca dulu: layer = read_extra('layer.shp')."),
        "Sequence[ExtraLayer]": _("Baca dulu: layer = read_extra('layer.shp')."),
        "Comparison": _("Didapat dari changes = compare(old, new)."),
        "Reconciliation": _("Didapat dari recorded = reconcile(sites, export)."),
        "Followup": _("Didapat dari followup = read_followup(result, 'daftar.xlsx')."),
        "GeoDataFrame": _(
            "Baca dulu: sites, issues = read_sites('titik.xlsx'), atau batas = read_boundaries('batas.shp')."
        ),
    }
