"""Spoils good files in the ways that break readers."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence

INPUTS = int(os.environ.get("FUZZ_INPUTS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))

_NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
_LONGEST = 200_000


def spoilt(seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> Iterator[bytes]:
    """INPUTS of them. words: what means something in such files, and is put into them anywhere."""
    draw = random.Random(f"{SEED} {len(seeds)}")
    for number in range(INPUTS):
        content = bytearray(seeds[number % len(seeds)])
        for _ in range(draw.choice((1, 1, 2, 4, 16))):
            _spoil(content, seeds, words, draw)
        yield bytes(content[:_LONGEST])


def _spoil(content: bytearray, seeds: Sequence[bytes], words: Sequence[bytes], draw: random.Random) -> None:
    # Most of what steers a reader stands at the beginning.
    most = len(content) if draw.random() < 0.6 else min(len(content), 80)
    at = draw.randrange(most) if most else 0
    match draw.randrange(9):
        case 0 if content:
            content[at] ^= 1 << draw.randrange(8)
        case 1 if content:
            content[at] = draw.randrange(256)
        case 2:
            del content[at:]
        case 3:
            del content[at : at + draw.randrange(1, 64)]
        case 4:
            content[at:at] = draw.randbytes(draw.randrange(1, 32))
        case 5:
            size = draw.choice((1, 2, 4, 8))
            number = draw.choice(_NUMBERS) % 256**size
            content[at : at + size] = number.to_bytes(size, draw.choice(("big", "little")))
        case 6:
            other = draw.choice(seeds)
            start = draw.randrange(len(other)) if other else 0
            content[at:at] = other[start : start + draw.randrange(1, 400)]
        case 7 if content:
            content[at:at] = bytes(content[at : at + draw.randrange(1, 16)]) * draw.choice((2, 50, 1000))
        case _ if words:
            content[at:at] = draw.choice(words)
