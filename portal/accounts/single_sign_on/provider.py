"""Speaks to the provider: the authorization code flow, with state, nonce and PKCE.

Authlib does the work, and verifies the ID token.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from joserfc.errors import JoseError
from requests import RequestException

from portal.web.single_sign_on import SingleSignOn

log = logging.getLogger(__name__)

Claims = dict[str, Any]

_TIMEOUT_SECONDS = 10
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""By which a token may be signed: by a key that the provider alone has."""


class ProviderFails(Exception):
    """The provider does not answer, or its answer is not to be believed."""


class NotSignedIn(Exception):
    """Nobody was signed in there, or the answer is not to a question that this browser has asked."""


def ask(request: HttpRequest, provider: SingleSignOn, back: str) -> HttpResponse:
    """Send the browser to the provider. back: the address to which it sends it back. Raises ProviderFails."""
    try:
        with _failures():
            answer: HttpResponse = _client(provider).authorize_redirect(request, back)
    except OAuthError as error:
        raise ProviderFails(str(error)) from error
    return answer


def take_answer(request: HttpRequest, provider: SingleSignOn) -> Claims:
    """What the provider says of who has signed in there. Raises ProviderFails, or NotSignedIn."""
    try:
        with _failures():
            client = _client(provider)
            token = client.authorize_access_token(request)
            claims = dict(token.get("userinfo") or {})
            if not claims.get("sub"):
                raise ProviderFails("its answer holds no ID token")
            if not {"email", provider.groups_claim} <= claims.keys() and "userinfo_endpoint" in client.server_metadata:
                claims = _with_more(claims, dict(client.userinfo(token=token)))
    except MismatchingStateError as error:
        raise NotSignedIn from error
    except OAuthError as error:
        if "error" in request.GET:
            raise NotSignedIn from error
        raise ProviderFails(str(error)) from error
    return claims


def _with_more(claims: Claims, more: Claims) -> Claims:
    """What is signed comes first; what else it says has to be of the same person."""
    if more.get("sub") != claims["sub"]:
        raise ProviderFails("its user information is of somebody else")
    return more | claims


def _client(provider: SingleSignOn) -> Any:
    """The client with what the provider says of itself; it is asked once a process."""
    client = _make_client(provider)
    described = client.load_server_metadata()
    if described.get("issuer") != provider.issuer:
        raise ProviderFails(f"it calls itself {described.get('issuer')!r}")
    if not settings.PLAIN_HTTP and any(urlsplit(described.get(name, "")).scheme != "https" for name in _ENDPOINTS):
        raise ProviderFails("one of its addresses does not begin with https://")
    offered = described.get("id_token_signing_alg_values_supported") or ["RS256"]
    described["id_token_signing_alg_values_supported"] = [each for each in offered if each in _ALGORITHMS]
    return client


@cache
def _make_client(provider: SingleSignOn) -> Any:
    return OAuth().register(
        "provider",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=provider.issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": provider.scopes,
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT_SECONDS,
        },
    )


@contextmanager
def _failures() -> Iterator[None]:
    """Whatever goes wrong between the portal and the provider is a ProviderFails, but for what OAuth has words for."""
    try:
        yield
    except (OAuthError, ProviderFails):
        raise
    except (RequestException, JoseError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ProviderFails(f"{type(error).__name__}: {error}") from error
