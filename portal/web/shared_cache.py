"""The cache that all of the portal's processes share: the server that ROLLCALL_CACHE_URL names.

It keeps what can be made anew, so that everything is right without it; while the server is away it is not asked.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

WAITS_SECONDS = 0.5
"""For an answer: nobody waits for a cache for longer than what it keeps takes to be made."""

ASKED_AGAIN_SECONDS = 30.0
"""How long a server that has not answered is left alone."""


class JsonSerializer:
    """Stands for Django's pickles, with which whoever can write to the server could run programs as the portal."""

    def dumps(self, value: object) -> str:
        return json.dumps(value)

    def loads(self, text: bytes) -> Any:
        return json.loads(text)


class SharedCache(RedisCache):
    """A cache on a Redis or Valkey server, which is empty while the server is away or says what cannot be read.

    It keeps what JSON can say, and has what the portal calls: ``get``, ``set``, ``get_many`` and ``set_many``.
    """

    asked_again_at = 0.0
    """Of this process, whichever thread has found that the server is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        waits = {"socket_connect_timeout": WAITS_SECONDS, "socket_timeout": WAITS_SECONDS}
        options = {"serializer": JsonSerializer, "retry": Retry(NoBackoff(), 0), **waits}
        super().__init__(server, params | {"OPTIONS": options})

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return _unless_away(lambda: super(SharedCache, self).get(key, default, version), default)

    def set(self, key: str, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        _unless_away(lambda: super(SharedCache, self).set(key, value, timeout, version), None)

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        found: dict[str, Any] = _unless_away(lambda: super(SharedCache, self).get_many(keys, version), {})
        return found

    def set_many(self, data: dict[str, Any], timeout: Any = 300, version: int | None = None) -> list[str]:
        """Returns the keys that were not kept."""
        failed: list[str] = _unless_away(lambda: super(SharedCache, self).set_many(data, timeout, version), list(data))
        return failed


def _unless_away(ask: Callable[[], Any], otherwise: Any) -> Any:
    """What the server says; else the other, and a line in the log each time that it was asked in vain."""
    if time.monotonic() < SharedCache.asked_again_at:
        return otherwise
    try:
        return ask()
    except (RedisError, ValueError) as error:
        SharedCache.asked_again_at = time.monotonic() + ASKED_AGAIN_SECONDS
        log.warning("the cache server does not answer, pages do without: %s", type(error).__name__)
        return otherwise
