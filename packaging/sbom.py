"""
A list of all parts and their versions (SBOM, CycloneDX 1.6).

    python packaging/sbom.py dist/gerai_geo-0.1.0-py3-none-any.whl      # beside a wheel: what it needs, as locked

A bundle has its own, of what lies in it.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import zipfile
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from parts import Part
from targets import LOCKS, entries


def bom(name: str, version: str, components: list[Component]) -> str:
    """Return the list as JSON; the same parts give the same text, the date is that of ``SOURCE_DATE_EPOCH``."""
    made = Bom(components=components)
    root = Component(name=name, version=version, type=ComponentType.APPLICATION, bom_ref=f"{name}@{version}")
    root.licenses.add(LicenseFactory().make_from_string("Apache-2.0"))
    made.metadata.component = root
    made.metadata.timestamp = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600")), UTC)
    made.register_dependency(root, components)
    text = "\n".join(sorted(f"{c.name} {c.version} {[h.content for h in c.hashes]}" for c in components))
    made.serial_number = uuid5(NAMESPACE_URL, f"{name} {version} {text}")
    return JsonV1Dot6(made).output_as_string(indent=1) + "\n"


def component(part: Part, archives: dict[str, tuple[str, str]]) -> Component:
    """
    Return the entry of a part of a bundle.

    Parameters
    ----------
    archives
        File name and SHA-256 of the wheel of each package, by its name.
    """
    is_package = part.kind == "package"
    made = Component(
        name=part.name,
        version=part.version or None,
        type=ComponentType.LIBRARY,
        bom_ref=f"{part.kind}:{part.name}@{part.version}",
        purl=PackageURL("pypi", name=normal(part.name), version=part.version) if is_package else None,
    )
    made.licenses.add(LicenseFactory().make_from_string(part.licence))
    if re.match(r"https?://\S+$", part.home):
        made.external_references.add(ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(part.home)))
    if is_package and normal(part.name) in archives:
        made.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=archives[normal(part.name)][1]))
    for file in part.files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        inner = Component(name=file.name, type=ComponentType.FILE, bom_ref=f"file:{file.parent.name}/{file.name}")
        inner.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest))
        made.components.add(inner)
    return made


def normal(name: str) -> str:
    """Name of a package as registries write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def of_wheel(wheel: Path) -> str:
    """Return the list for a wheel: what it needs with the extra ``app``, as `locks/bundle.txt` has it."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    components = []
    for requirement, _hashes in entries(LOCKS / "bundle.txt"):
        version = next(iter(requirement.specifier)).version
        purl = PackageURL("pypi", name=normal(requirement.name), version=version)
        made = Component(
            name=requirement.name, version=version, type=ComponentType.LIBRARY, purl=purl, bom_ref=str(purl)
        )
        if requirement.marker:
            made.description = f"where {requirement.marker}"
        components.append(made)
    return bom(metadata["Name"], metadata["Version"], components)


def main() -> None:
    """Write the list beside each wheel."""
    for wheel in map(Path, sys.argv[1:]):
        out = wheel.with_name(f"{wheel.stem}.cdx.json")
        out.write_text(of_wheel(wheel), encoding="utf-8", newline="\n")
        print(out)


if __name__ == "__main__":
    main()
