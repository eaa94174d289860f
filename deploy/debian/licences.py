"""licences.py FOLDER LOCK [TOC]: the licence of everything inside a package, and a file ``copyright`` that lists it.

LOCK names the distributions, which this Python must have installed. TOC is PyInstaller's list of what it collected; the
libraries in it that come from this machine's Debian packages bring the ``copyright`` of theirs.
"""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Rollcall
Comment: What Rollcall brings along is listed below, each with its own licence in the folder licences beside this file.
 The licences of what the pages in the folder html are made with lie in html/_static/licences.
{listed}

Files: *
Copyright: {holder}
License: Expat
{licence}
"""


def collect(folder: Path, lock: Path, toc: Path | None) -> None:
    """Write ``copyright`` and ``licences/`` into the folder. Raises SystemExit for what has no licence."""
    kept = folder / "licences"
    kept.mkdir(parents=True)
    names = re.findall(r"^([\w.-]+)==", lock.read_text("utf-8"), re.MULTILINE)
    listed = [each for name in sorted(set(names)) if (each := distribution(name, kept))]
    if toc is not None:
        listed += python(kept) + debian_packages(toc, kept)
    licence = (ROOT / "LICENSE").read_text("utf-8")
    (holder,) = re.findall(r"^Copyright (?:\(c\) )?(.*)$", licence, re.MULTILINE)
    shown = "\n".join(f" {line}" if line.strip() else " ." for line in licence.strip().splitlines())
    items = "\n".join(f" {each}" for each in listed)
    (folder / "copyright").write_text(HEAD.format(listed=items, holder=holder, licence=shown), "utf-8")


def distribution(name: str, kept: Path) -> str | None:
    """Its line; None for one that is for other systems."""
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    is_licence = re.compile(r"licen[cs]e|copying|notice|third.?party|authors", re.IGNORECASE)
    files = [file for file in found.files or () if is_licence.search(file.name) and file.suffix not in (".py", ".pyc")]
    for number, file in enumerate(files):
        source = Path(str(found.locate_file(file)))
        target = (
            kept
            / name
            / (file.name if file.name not in {other.name for other in files[:number]} else f"{number}-{file.name}")
        )
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)
    if not files:
        (kept / name).mkdir()
        (kept / name / "METADATA").write_text(str(found.metadata), "utf-8")
    return f"{name} {found.version}: {declared_licence(found.metadata) or 'see its licence'}"


def declared_licence(metadata: importlib.metadata.PackageMetadata) -> str:
    """What a distribution says of itself, in a line; "" where it says nothing."""
    declared = [value.rpartition(" :: ")[2] for value in metadata.get_all("Classifier", []) if "License ::" in value]
    written = metadata.get("License-Expression") or ", ".join(declared) or metadata.get("License") or ""
    return written.strip().partition("\n")[0]


def python(kept: Path) -> list[str]:
    """Python itself, whose library is in the bundle."""
    source = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if source.exists():
        (kept / "python").mkdir()
        shutil.copyfile(source, kept / "python" / "LICENSE.txt")
    return [f"python {sys.version.split()[0]}: PSF-2.0"]


def debian_packages(toc: Path, kept: Path) -> list[str]:
    """Those of ``debian_libraries``, each with its licence."""
    for package in (found := debian_libraries(toc)):
        (kept / package).mkdir()
        shutil.copyfile(f"/usr/share/doc/{package}/copyright", kept / package / "copyright")
    return [f"{package}: a library of Debian" for package in found]


def debian_libraries(toc: Path) -> list[str]:
    """The Debian packages that libraries in the bundle come from."""
    entries = [part for part in ast.literal_eval(toc.read_text("utf-8")) if isinstance(part, list)]
    sources = {Path(row[1]) for rows in entries for row in rows if isinstance(row, tuple) and row[2] == "BINARY"}
    found: list[str] = []
    for path in sorted(
        str(each.resolve()) for each in sources if each.is_relative_to("/usr") or each.is_relative_to("/lib")
    ):
        for spelt in (path, path.removeprefix("/usr")):
            asked = subprocess.run(["dpkg-query", "--search", spelt], capture_output=True, text=True, check=False)
            if asked.returncode == 0:
                package = asked.stdout.partition(":")[0]
                if package not in found:
                    found.append(package)
                break
    return found


if __name__ == "__main__":
    collect(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
