"""A PNG as a PDF takes it. The library for PDFs leaves this to another one, without which the portal is installed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

GREY, COLOURS, PALETTE, GREY_ALPHA, COLOURS_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, COLOURS: 3, PALETTE: 1, GREY_ALPHA: 2, COLOURS_ALPHA: 4}
SPACES = {
    GREY: "DeviceGray",
    COLOURS: "DeviceRGB",
    PALETTE: "Indexed",
    GREY_ALPHA: "DeviceGray",
    COLOURS_ALPHA: "DeviceRGB",
}
LARGEST = 4_000_000
"""Bytes of a picture that is taken apart for its transparency: a second's work."""


class Unusual(ValueError):
    """A PNG of a kind that is not read here: with 16 bits a channel, interlaced, or large."""


@lru_cache(maxsize=1)
def read_png(content: bytes) -> dict[str, Any]:
    """Size, colours, pixels, and ``smask`` where some are transparent. Raises Unusual, or another error if broken."""
    chunks: dict[bytes, bytes] = {}
    for name, data in _chunks(content):
        chunks[name] = chunks.get(name, b"") + data
    width, height, bits, kind, _method, _filters, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    is_clear = kind in (GREY_ALPHA, COLOURS_ALPHA) or b"tRNS" in chunks
    if interlaced or bits > 8 or (is_clear and bits < 8 and kind != PALETTE) or (b"tRNS" in chunks and kind != PALETTE):
        raise Unusual
    found = {"w": width, "h": height, "bpc": bits, "f": "FlateDecode", "cs": SPACES[kind], "data": chunks[b"IDAT"]}
    found["pal"] = chunks.get(b"PLTE", b"")
    colours = CHANNELS[kind]
    if is_clear:
        if width * height * colours > LARGEST:
            raise Unusual
        rows = list(_rows(zlib.decompress(chunks[b"IDAT"]), -(-width * colours * bits // 8), colours))
        if kind == PALETTE:
            opacity = chunks[b"tRNS"].ljust(256, b"\xff")
            opaque = [_spread(row, bits)[:width] for row in rows]
            alpha, found["bpc"] = [row.translate(opacity) for row in opaque], 8
        else:
            colours -= 1
            alpha, opaque = [row[colours :: colours + 1] for row in rows], [_without(row, colours + 1) for row in rows]
        found["data"], found["smask"] = _packed(opaque), _packed(alpha)
    return found | {"dp": f"/Predictor 15 /Colors {colours} /Columns {width}"}


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        yield content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        at += length + 12


def _rows(data: bytes, length: int, step: int) -> Iterator[bytes]:
    """The rows without the filters that let them be packed; ``step`` bytes make a pixel."""
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        row, way = bytearray(data[start + 1 : start + 1 + length]), data[start]
        for at in range(length) if way else ():
            left = row[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            row[at] = (
                row[at] + (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))[way]
            ) & 255
        yield bytes(row)
        above = row


def _paeth(left: int, above: int, corner: int) -> int:
    """Whichever of the three is nearest to what the slope lets expect."""
    expected = left + above - corner
    return min((left, above, corner), key=lambda each: abs(expected - each))


def _spread(row: bytes, bits: int) -> bytes:
    """A byte for each pixel, of which there are several in one."""
    most = (1 << bits) - 1
    return bytes(byte >> shift & most for byte in row for shift in range(8 - bits, -1, -bits))


def _without(row: bytes, step: int) -> bytes:
    """The row without the last byte of each pixel."""
    found = bytearray(len(row) // step * (step - 1))
    for channel in range(step - 1):
        found[channel :: step - 1] = row[channel::step]
    return bytes(found)


def _packed(rows: list[bytes]) -> bytes:
    return zlib.compress(b"".join(b"\0" + row for row in rows))
