"""sbom.py FILE PACKAGE VERSION LOCK LIBRARIES [TOC]: all that is inside a package, as CycloneDX 1.6 in JSON.

LOCK names the distributions, which lie in the folder LIBRARIES. TOC is PyInstaller's list of what it collected, with
the libraries that come from this machine's Debian packages. The same input makes the same bytes.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from licences import debian_libraries, declared_licence
from packageurl import PackageURL

Distributions = dict[str, importlib.metadata.Distribution]


def describe(package: str, version: str, lock: Path, libraries: Path, toc: Path | None) -> str:
    """The document."""
    made_at = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    itself = _component(package, version, "generic", "MIT", ComponentType.APPLICATION)
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"{package} {version} {made_at}"),
        metadata=BomMetaData(component=itself, timestamp=made_at),
    )
    found = _distributions(lock, libraries)
    parts = {
        name: _component(each.metadata["Name"], each.version, "pypi", declared_licence(each.metadata))
        for name, each in found.items()
    }
    others = []
    if toc is not None:
        python = sys.version.split()[0]
        others = [_component("cpython", python, "generic", "PSF-2.0")]
        others += [_component(name, _debian_version(name), "deb", "") for name in debian_libraries(toc)]
    for part in (*parts.values(), *others):
        bom.components.add(part)
    for name, part in parts.items():
        bom.register_dependency(part, [parts[needed] for needed in _needs(found[name]) if needed in parts])
    bom.register_dependency(itself, [*parts.values(), *others])
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _distributions(lock: Path, libraries: Path) -> Distributions:
    """Those of the lock that are there: others are for other systems."""
    wanted = {_folded(name) for name in re.findall(r"^([\w.-]+)==", lock.read_text("utf-8"), re.MULTILINE)}
    there = {_folded(each.metadata["Name"]): each for each in importlib.metadata.distributions(path=[str(libraries)])}
    return {name: there[name] for name in sorted(wanted & there.keys())}


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _needs(distribution: importlib.metadata.Distribution) -> Iterable[str]:
    needed = (each for each in distribution.requires or () if "extra ==" not in each)
    return sorted({_folded(found[0]) for each in needed if (found := re.match(r"[\w.-]+", each))})


def _component(
    name: str, version: str, kind: str, licence: str, type_: ComponentType = ComponentType.LIBRARY
) -> Component:
    address = PackageURL(kind, "debian" if kind == "deb" else None, name, version)
    made = LicenseFactory().make_from_string
    licences = [made(licence, license_acknowledgement=LicenseAcknowledgement.DECLARED)] if licence else []
    return Component(
        name=name, version=version, type=type_, purl=address, bom_ref=address.to_string(), licenses=licences
    )


def _debian_version(package: str) -> str:
    asked = ["dpkg-query", "--show", "--showformat=${Version}\\n", package]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split("\n")[0]


if __name__ == "__main__":
    file, package, version, lock, libraries, *toc = sys.argv[1:]
    document = describe(package, version, Path(lock), Path(libraries), Path(toc[0]) if toc else None)
    Path(file).write_text(document, "utf-8")
