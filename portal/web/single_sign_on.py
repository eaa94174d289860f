"""Reads from the environment how people sign in with their institution's account."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from portal.web.configuration import listed, read, switch


@dataclass(frozen=True)
class SingleSignOn:
    """A provider of OpenID Connect, and what the portal believes of what it says."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    scopes: str
    groups_claim: str
    registrar_groups: frozenset[str]
    administrator_groups: frozenset[str]
    matches_email: bool
    is_only_way: bool


def single_sign_on(*, may_be_plain: bool, environ: Mapping[str, str] = os.environ) -> SingleSignOn | None:
    """The provider that the environment names; None without one.

    Raises ImproperlyConfigured for half of one, and for an issuer without https unless ``may_be_plain``.
    """
    issuer = read("ROLLCALL_OIDC_ISSUER", "", environ)
    is_only_way = switch("ROLLCALL_OIDC_ONLY", environ)
    if not issuer:
        if is_only_way:
            raise ImproperlyConfigured("ROLLCALL_OIDC_ONLY is 1, and ROLLCALL_OIDC_ISSUER names no provider.")
        return None
    parts = urlsplit(issuer)
    if not parts.netloc or parts.scheme not in ("https", *(["http"] if may_be_plain else [])):
        raise ImproperlyConfigured("ROLLCALL_OIDC_ISSUER is no address that begins with https://.")
    client_id = read("ROLLCALL_OIDC_CLIENT_ID", "", environ)
    client_secret = read("ROLLCALL_OIDC_CLIENT_SECRET", "", environ)
    if not (client_id and client_secret):
        raise ImproperlyConfigured(
            "ROLLCALL_OIDC_ISSUER needs ROLLCALL_OIDC_CLIENT_ID and ROLLCALL_OIDC_CLIENT_SECRET."
        )
    return SingleSignOn(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        name=read("ROLLCALL_OIDC_NAME", "your institution’s account", environ),
        scopes=read("ROLLCALL_OIDC_SCOPES", "openid email profile", environ),
        groups_claim=read("ROLLCALL_OIDC_GROUPS_CLAIM", "groups", environ),
        registrar_groups=frozenset(listed("ROLLCALL_OIDC_REGISTRAR_GROUPS", "", environ)),
        administrator_groups=frozenset(listed("ROLLCALL_OIDC_ADMINISTRATOR_GROUPS", "", environ)),
        matches_email=switch("ROLLCALL_OIDC_MATCH_EMAIL", environ),
        is_only_way=is_only_way,
    )
