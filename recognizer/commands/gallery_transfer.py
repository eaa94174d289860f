"""``recognizer gallery export`` and ``import``: take a gallery to another machine."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from recognizer.bootstrap.gallery import build_exported_gallery, build_gallery_store
from recognizer.commands.learned import held_samples
from recognizer.commands.output import print_beside
from recognizer.config.configuration import Config
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.register.numbers import fold_number
from recognizer.errors import GalleryError, RecognizerError
from recognizer.ops.wording import count_of, enumerate_some


def export_gallery(file: Path, config: Config, *, as_json: bool) -> int:
    """Write the gallery into a new file, signed with its own key. Raises RecognizerError."""
    gallery = build_gallery_store(config).load()
    if not gallery.students:
        raise GalleryError(f"nobody is enrolled in {config.gallery.path}; run `recognizer encode PHOTOS`")
    build_exported_gallery(config, file).save(gallery)
    if as_json:
        _print_json({"exported": str(file)} | _counts(gallery))
    else:
        advice = "It holds faces: carry it as safely as photos, and delete it then."
        sys.stdout.write(f"Exported {_told(gallery)} into {file}. {advice}\n")
    return 0


def import_gallery(arguments: argparse.Namespace, config: Config) -> int:
    """Take the exported gallery in the place of this machine's, signed with this machine's key. Raises RecognizerError.

    Students who are enrolled here alone are kept from being forgotten unawares: they need ``--replace``.
    """
    file: Path = arguments.file
    gallery = build_exported_gallery(config, file, arguments.key_file).load()
    store = build_gallery_store(config)
    waiting = f"Waiting for an encode to end with {config.gallery.path} …"
    with store.held(on_wait=lambda: print_beside(waiting)), held_samples(config) as change_samples:
        kept = set(map(fold_number, gallery.students))
        lost = [number for number in store.load().students if fold_number(number) not in kept]
        if lost and not arguments.replace:
            raise RecognizerError(
                f"{enumerate_some(lost)} would be forgotten: {file} does not have them; to forget them, use --replace"
            )
        store.save(gallery)
        for number in lost:
            change_samples(number, None)
    if arguments.json:
        _print_json({"imported": str(file), "forgotten": lost} | _counts(gallery))
    else:
        forgotten = f"; {count_of(len(lost), 'student')} forgotten" if lost else ""
        sys.stdout.write(f"Imported {_told(gallery)} into {config.gallery.path}{forgotten}.\n")
    return 0


def _told(gallery: Gallery) -> str:
    return f"{count_of(len(gallery.students), 'student')} with {count_of(len(gallery.numbers), 'reference')}"


def _counts(gallery: Gallery) -> dict[str, int]:
    return {"students": len(gallery.students), "references": len(gallery.numbers)}


def _print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
