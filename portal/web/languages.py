"""The language that somebody reads the portal in.

Who is signed in chooses it in the profile, who is not in the foot of a page. Else it is what the browser asks for, and
the institution's where it asks for none of ours. Log lines, commands and what stands in the database are English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

if TYPE_CHECKING:
    from portal.accounts.models import Account

Answer = Callable[[HttpRequest], HttpResponse]


def later(words: str) -> str:
    """The words in the language of whoever reads them, looked up when they are printed: for tables of a module.

    It is what gettext_lazy returns, under the type that it passes for. Where a text itself is needed, as by join or to
    be stored, str() makes one.
    """
    return cast(str, gettext_lazy(words))


def in_every_language(words: str) -> list[str]:
    """The words as they are in each language that the portal speaks."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(str(words))
    return found


def in_sentence(noun: str) -> str:
    """A noun that heads a list, as it stands within a sentence: German keeps its capital."""
    return str(noun) if translation.get_language() == "de" else str(noun).lower()


def is_language(code: str) -> bool:
    """Whether the portal speaks it."""
    return code in dict(settings.LANGUAGES)


def browser_language(request: HttpRequest) -> str:
    """What was chosen in this browser, else the first of its languages that the portal speaks."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if is_language(chosen):
        return chosen
    for wanted, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return str(settings.INSTITUTION_LANGUAGE)


def reading_language(request: HttpRequest, account: Account | None) -> str:
    """In which somebody reads pages: the account's own language, else the browser's."""
    own = account.language if account else ""
    return own if is_language(own) else browser_language(request)


def language_of(account: Account | None) -> str:
    """The language of what is sent to somebody: the account's own, else the institution's."""
    own = account.language if account else ""
    return own if is_language(own) else str(settings.INSTITUTION_LANGUAGE)


def speaking_to(account: Account | None) -> AbstractContextManager[None]:
    """While it lasts, words are in the language of that person; of who has no account, in the institution's."""
    return translation.override(language_of(account))


def written_down() -> AbstractContextManager[None]:
    """While it lasts, words are English: for what the database keeps, whoever is at work."""
    return translation.override(settings.LANGUAGE_CODE)


class LanguageMiddleware:
    """Answers in the reader's language."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = reading_language(request, request.user if request.user.is_authenticated else None)
        with translation.override(language):
            response = self.get_response(request)
        if response.streaming and not isinstance(response, FileResponse):
            streamed = cast(StreamingHttpResponse, response)
            streamed.streaming_content = _spoken(cast(Iterator[bytes], streamed.streaming_content), language)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def _spoken(content: Iterator[bytes], language: str) -> Iterator[bytes]:
    """What is written while it is sent is written after the view has returned."""
    chunks = iter(content)
    while True:
        with translation.override(language):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk
