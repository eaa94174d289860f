"""What ``recognizer gallery`` does with what lessons taught: count it, forget it, and let it follow a student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from recognizer.bootstrap.learning import build_sample_store
from recognizer.commands.output import print_beside
from recognizer.config.configuration import Config
from recognizer.domain.learning.keeping import keep_enrolled
from recognizer.domain.learning.sample import LessonSample
from recognizer.domain.learning.teaching import fingerprints_of, of_taught_students
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.register.numbers import fold_number
from recognizer.errors import GalleryError


def count_learned(config: Config, gallery: Gallery) -> dict[str, int]:
    """By the gallery's numbers, how many learned references each student has. Raises GalleryError."""
    samples = build_sample_store(config).load()
    taught = of_taught_students(keep_enrolled(samples, fingerprints_of(gallery, (each.number for each in samples))))
    counts = Counter(fold_number(each.number) for each in taught)
    return {number: counts[folded] for number in gallery.students if (folded := fold_number(number)) in counts}


@contextmanager
def held_samples(config: Config) -> Iterator[Callable[[str, str | None], int]]:
    """Keep the recognizer from writing what lessons taught until the block ends. Raises GalleryError.

    What is given forgets a student, or renames one where a new number is given too; it tells how many samples that
    were. A file that cannot be used, which may hold the student, is deleted.
    """
    store = build_sample_store(config)
    if not store.is_there():
        yield lambda number, new_number: 0
        return

    def change(number: str, new_number: str | None) -> int:
        try:
            before = store.load()
        except GalleryError as error:
            print_beside(f"{error}: it is deleted.")
            before = []
        after = _renamed(before, number, new_number)
        if after != before or not before:
            store.save(after)
        return len([each for each in before if each not in after])

    with store.held(on_wait=lambda: print_beside("Waiting for the recognizer …")):
        yield change


def forget_learned(config: Config) -> int:
    """Forget all that lessons taught; how many samples that were. Raises GalleryError."""
    store = build_sample_store(config)
    if not store.is_there():
        return 0
    with store.held(on_wait=lambda: print_beside("Waiting for the recognizer …")):
        try:
            count = len(store.load())
        except GalleryError as error:
            print_beside(f"{error}: it is deleted.")
            count = 0
        store.forget()
    return count


def _renamed(samples: Sequence[LessonSample], number: str, new_number: str | None) -> list[LessonSample]:
    folded = fold_number(number)
    is_it = [fold_number(each.number) == folded for each in samples]
    if new_number is None:
        return [each for each, is_theirs in zip(samples, is_it, strict=True) if not is_theirs]
    return [
        replace(each, number=new_number) if is_theirs else each for each, is_theirs in zip(samples, is_it, strict=True)
    ]
