"""Signing in with the institution's own account, by OpenID Connect."""

from __future__ import annotations

from django.conf import settings

from portal.web.single_sign_on import SingleSignOn


def chosen() -> SingleSignOn | None:
    """The provider, where the institution has chosen one."""
    found: SingleSignOn | None = settings.SINGLE_SIGN_ON
    return found


def takes_passwords() -> bool:
    """Whether people may sign in with a password of Rollcall's own."""
    provider = chosen()
    return provider is None or not provider.is_only_way
