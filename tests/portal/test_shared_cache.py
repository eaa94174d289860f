"""The cache that all processes share, on a real server, and without it."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from portal.accounts.models import Account
from portal.web import configuration, shared_cache
from portal.web.shared_cache import SharedCache
from tests.fixtures.parts import program
from tests.fixtures.waiting import wait_for
from tests.portal.school import School, found_school

KEY = "the secret key of this portal"


@dataclass
class Server:
    """A cache server of the test's own, on a socket."""

    socket: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        command = [program("redis-server", "valkey-server"), "--port", "0", "--unixsocket", self.socket, "--save", ""]
        self.process = subprocess.Popen(command, cwd=self.socket.parent, stdout=subprocess.DEVNULL)
        wait_for(self.socket.exists, "the cache server")

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


@pytest.fixture
def server(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that the portal's cache is on."""
    found = Server(tmp_path / "cache")
    found.start()
    monkeypatch.setattr(SharedCache, "asked_again_at", 0.0)
    settings.CACHES = {"default": configuration.cache(found.url, KEY)}
    yield found
    found.stop()


def another_process(server: Server, key: str = KEY) -> SharedCache:
    """A cache with connections of its own."""
    return SharedCache(server.url, configuration.cache(server.url, key))


def test_what_one_process_keeps_another_finds_until_its_time_is_over(server: Server) -> None:
    cache = caches["default"]
    cache.set("one", [1, "ä", None], 60)
    cache.set_many({"two": {"a": 0.5}, "gone": True}, 60)
    cache.set("gone", True, 0)
    assert another_process(server).get("one") == [1, "ä", None]
    assert another_process(server).get_many(["one", "two", "gone"]) == {"one": [1, "ä", None], "two": {"a": 0.5}}


def test_two_portals_on_one_server_read_nothing_of_each_other(server: Server) -> None:
    caches["default"].set("strip:1", ["ours"], 60)
    assert another_process(server, "the key of a portal for trying things").get("strip:1") is None


def test_a_server_that_is_away_is_an_empty_cache_that_is_said_once_and_asked_again(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = caches["default"]
    cache.set("one", 1, 60)
    server.stop()
    with caplog.at_level(logging.WARNING, logger=shared_cache.__name__):
        for _ in range(5):
            assert cache.get("one", "nothing") == "nothing" and cache.get_many(["one"]) == {}
            cache.set("one", 2, 60)
            assert cache.set_many({"one": 2}, 60) == ["one"]
    assert [record.message for record in caplog.records] == [
        "the cache server does not answer, pages do without: ConnectionError"
    ]
    server.start()
    monkeypatch.setattr(SharedCache, "asked_again_at", 0.0)
    cache.set("one", 3, 60)
    assert cache.get("one") == 3


def test_what_somebody_else_wrote_into_the_server_is_read_as_nothing(server: Server) -> None:
    cache: Any = caches["default"]
    client = cache._cache.get_client()
    client.set(cache.make_key("one"), b"\x80\x04\x95\x00cposix\nsystem")
    assert cache.get("one") is None


@pytest.mark.parametrize("is_away", [False, True])
def test_a_page_is_the_same_with_the_server_and_while_it_is_away(db: None, server: Server, is_away: bool) -> None:
    school: School = found_school()
    staff = Client()
    staff.force_login(Account.objects.create_user("office@example.org", name="Office", is_staff=True))
    first = staff.get("/cameras/")
    if is_away:
        server.stop()
    again = staff.get("/cameras/")
    assert (first.status_code, again.status_code) == (200, 200)
    assert days_of(first, school) == days_of(again, school) != ""


def days_of(page: Any, school: School) -> str:
    """The bars of the school's room."""
    text: str = page.content.decode()
    return text[text.index(school.room.name) :].split("<svg")[-1].split("</svg>")[0]


@pytest.mark.parametrize("url", ["redis://", "http://cache:6379", "redis://cache:many", "unix://", "cache"])
def test_an_address_that_is_no_cache_servers_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^ROLLCALL_CACHE_URL is not .*redis://:password@host:6379/0"):
        configuration.cache(url, KEY)
