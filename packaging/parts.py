"""What a folder of installed packages consists of: packages, native libraries, Python itself, and their licences."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path

HERE = Path(__file__).parent
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.I)


@dataclass(frozen=True)
class Part:
    """A package or library: name, version, licence (SPDX, or as its authors say), home, licence texts by file."""

    name: str
    version: str
    licence: str
    home: str = ""
    kind: str = "package"
    texts: dict[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


def parts(site: Path, python: Path, python_version: str) -> list[Part]:
    """
    Everything below a ``site-packages`` and beside its Python, by name.

    Parameters
    ----------
    site
        Folder of packages.
    python
        Folder of the Python that goes with it.

    Raises
    ------
    SystemExit
        If a package states no licence or carries no text of it, or a native library is unknown.
    """
    found = [_python(python, python_version)]
    for distribution in distributions(path=[str(site)]):
        found.append(_package(distribution, site))
    beside = [p for p in python.glob("lib/*.so*") if not p.name.startswith("libpython")]
    found += native(sorted([*site.glob("*.libs/*"), *beside]))
    missing = [p.name for p in found if not p.licence or not p.texts]
    if missing:
        raise SystemExit(f"no licence, or no text of it: {', '.join(missing)}")
    return sorted(found, key=lambda p: (p.kind, p.name.lower()))


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace").strip()


def _python(folder: Path, version: str) -> Part:
    files = [*folder.glob("LICENSE*"), *folder.glob("lib/python3*/LICENSE*")]
    home, texts = "https://www.python.org", {"LICENSE": _read(files[0])} if files else {}
    return Part("Python", version, "PSF-2.0", home, "python", texts)


def _package(distribution: Distribution, site: Path) -> Part:
    """Describe a package, with the licences inside it of what it took from others."""
    texts = {}
    for file in distribution.files or []:
        path = site / str(file)
        if LICENCE_FILE.match(path.name) and path.suffix not in (".py", ".pyc", ".pyi") and path.is_file():
            texts[str(file).replace("\\", "/")] = _read(path)
    return Part(distribution.name, distribution.version, _licence(distribution), _home(distribution), "package", texts)


def _licence(distribution: Distribution) -> str:
    """Licence as the package states it: an expression, its field of one line, or its classifiers."""
    metadata = distribution.metadata
    stated = metadata.get("License-Expression") or metadata.get("License") or ""
    if stated and "\n" not in stated.strip():
        return str(stated).strip()
    classifiers = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    return "; ".join(c.rpartition(" :: ")[2] for c in classifiers)


def _home(distribution: Distribution) -> str:
    urls = [u.partition(",")[2].strip() for u in distribution.metadata.get_all("Project-URL") or []]
    return str(distribution.metadata.get("Home-page") or next(iter(urls), ""))


def native(files: list[Path]) -> Iterator[Part]:
    """Libraries by their files, as `native_libraries.toml` describes them."""
    known = tomllib.loads((HERE / "native_libraries.toml").read_text(encoding="utf-8"))["library"]
    held: dict[str, list[Path]] = {}
    for file in files:
        names = [k["name"] for k in known if re.match(rf"(lib)?{k['files']}[-.]", file.name, re.I)]
        if not names:
            raise SystemExit(f"{file.name}: unknown library, add it to packaging/native_libraries.toml")
        held.setdefault(names[0], []).append(file)
    for entry in known:
        if entry["name"] in held:
            text = {entry["text"]: _read(HERE / "native_licences" / entry["text"])}
            yield Part(entry["name"], "", entry["licence"], entry["home"], "library", text, tuple(held[entry["name"]]))


def licences(found: list[Part]) -> str:
    """One text with the licences of all parts; a text that several parts share stands once."""
    width = max(len(f"{p.name} {p.version}") for p in found)
    lines = [
        "LICENCES OF EVERYTHING IN THIS FOLDER",
        "",
        "Made from what is here by packaging/bundle.py. Libraries linked into a package are named in the texts",
        "of that package, or in the folder sboms of its .dist-info.",
        "",
    ]
    lines += [f"{f'{p.name} {p.version}'.strip():<{width}}  {p.licence}" for p in found]
    shown: dict[str, str] = {}
    for part in found:
        title = f"{part.name} {part.version}".strip()
        lines += ["", "=" * 100, title, f"{part.licence}    {part.home}".strip()]
        if part.files:
            lines += [f"files: {', '.join(sorted(f.name for f in part.files))}"]
        for name, text in sorted(part.texts.items()):
            lines += ["", f"--- {name}", ""]
            lines += [f"The same text as under {shown[text]}."] if text in shown else [text]
            shown.setdefault(text, title)
    return "\n".join(lines) + "\n"
