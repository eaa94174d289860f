"""``recognizer gallery export`` and ``import``: take a gallery to another machine."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from recognizer.bootstrap.gallery import build_exported_gallery, build_gallery_store
from recognizer.bootstrap.keys import build_machine_keys
from recognizer.commands.learned import held_samples
from recognizer.commands.output import print_beside
from recognizer.config.configuration import Config
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.register.numbers import fold_number
from recognizer.errors import GalleryError, RecognizerError
from recognizer.ops.wording import count_of, enumerate_some


def export_gallery(arguments: argparse.Namespace, config: Config) -> int:
    """Write the gallery into a new file, for another machine or whoever has this one's key. Raises RecognizerError."""
    file: Path = arguments.file
    send_to: str = arguments.to
    gallery = build_gallery_store(config).load()
    if not gallery.students:
        raise GalleryError(f"nobody is enrolled in {config.gallery.path}; run `recognizer encode PHOTOS`")
    build_exported_gallery(config, file).save(gallery, send_to)
    public = build_machine_keys(config).load().in_use.public
    if arguments.json:
        _print_json({"exported": str(file), "from": public if send_to else None} | _counts(gallery))
    else:
        there = f" --from {public}" if send_to else ""
        advice = "" if send_to else " Only this machine, or one with a copy of its key, can open it: else use --to."
        sys.stdout.write(
            f"Exported {_told(gallery)} into {file}.{advice} There:\n  recognizer gallery import {file.name}{there}\n"
        )
    return 0


def import_gallery(arguments: argparse.Namespace, config: Config) -> int:
    """Take the exported gallery in the place of this machine's, sealed with this machine's key. Raises RecognizerError.

    Students who are enrolled here alone are kept from being forgotten unawares: they need ``--replace``.
    """
    file: Path = arguments.file
    gallery = build_exported_gallery(config, file).load(arguments.sender)
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
