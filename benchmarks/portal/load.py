"""People who open a page every two seconds, and somebody who exports."""

from __future__ import annotations

import gzip
import http.client
import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

EVERY_SECONDS = 2.0
LEAST_BYTES = 1000
"""A page has more; what has less is an error or leads elsewhere."""


@dataclass
class Opened:
    """How long pages took to arrive whole, by their kind."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[float]:
        return [each for some in self.seconds.values() for each in some]


def open_pages(port: int, people: list[dict[str, Any]], seconds: float) -> Opened:
    """Everybody at once, each at a time of their own within the two seconds, page after page."""
    opened, start = Opened(), time.monotonic()

    def person(place: int) -> None:
        me, chance = people[place], random.Random(place)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        next_at, page = start + chance.random() * EVERY_SECONDS, chance.randrange(len(me["pages"]))
        while next_at < start + seconds:
            time.sleep(max(next_at - time.monotonic(), 0))
            kind, address = me["pages"][page % len(me["pages"])]
            begun = time.monotonic()
            fault = _open(connection, address, me["session"])
            opened.seconds[kind].append(time.monotonic() - begun)
            if fault:
                opened.faults.append(f"{address}: {fault}")
            # Whoever waits for longer does not open two at once.
            next_at, page = max(next_at + EVERY_SECONDS, time.monotonic()), page + 1

    threads = [threading.Thread(target=person, args=(place,)) for place in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return opened


def _open(connection: http.client.HTTPConnection, address: str, session: str) -> str:
    """What is wrong with the answer; "" where nothing is."""
    headers = {"Cookie": f"sessionid={session}", "Accept-Encoding": "gzip"}
    connection.request("GET", quote(address, safe="/?=&"), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        return f"status {answer.status}"
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return "" if len(body) > LEAST_BYTES else f"{len(body)} bytes"


@dataclass(frozen=True)
class Export:
    """Seconds to its first byte and to its end, and how many rows it had."""

    first_byte_seconds: float
    seconds: float
    rows: int


def export(port: int, address: str, session: str) -> Export:
    """Read an export to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    begun = time.monotonic()
    connection.request("GET", address, headers={"Cookie": f"sessionid={session}"})
    answer = connection.getresponse()
    rows, first = answer.read(1).count(b"\n"), time.monotonic() - begun
    if answer.status != 200:
        raise SystemExit(f"{address} answers {answer.status}.")
    while part := answer.read(1 << 16):
        rows += part.count(b"\n")
    # Header and ending.
    return Export(first, time.monotonic() - begun, rows - 2)
