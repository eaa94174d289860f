"""A person makes one export at a time: many at once would keep everybody else waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from portal.web.named_lock import release_lock, take_lock

View = Callable[..., HttpResponseBase]


def one_export_at_a_time(back: str, *back_by: str) -> Callable[[View], View]:
    """A view that exports for whoever is signed in. While another is made: 429, and a link to the page named ``back``.

    back_by: those of the view's arguments that the page's address takes.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def alone(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
            lock = f"export.{request.user.pk}"
            if not take_lock(lock):
                page = reverse(back, kwargs={name: options[name] for name in back_by})
                return render(request, "export_busy.html", {"back": page}, status=429)
            try:
                answer = view(request, *arguments, **options)
                if answer.streaming:
                    streamed = cast(StreamingHttpResponse, answer)
                    streamed.streaming_content = _Held(cast(Iterator[bytes], streamed.streaming_content), lock)
                    return answer
            except BaseException:
                release_lock(lock)
                raise
            release_lock(lock)
            return answer

        return alone

    return decorate


class _Held:
    """What is sent while a lock is held. It is given back when the answer is closed, also unread."""

    def __init__(self, content: Iterator[bytes], lock: str) -> None:
        self.content, self.lock = content, lock

    def __iter__(self) -> Iterator[bytes]:
        return self.content

    def close(self) -> None:
        release_lock(self.lock)
