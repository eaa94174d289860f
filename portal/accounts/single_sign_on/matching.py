"""Whose account it is, and which role the provider's groups give."""

from __future__ import annotations

import hashlib
import logging

from django.db import transaction
from django.db.models import QuerySet

from portal.accounts.administrators import is_last_administrator
from portal.accounts.models import Account, ProviderIdentity
from portal.accounts.models.trail import note_row
from portal.accounts.single_sign_on.provider import Claims
from portal.web.single_sign_on import SingleSignOn

log = logging.getLogger(__name__)

_FIELD = "single sign-on"


def find_account(provider: SingleSignOn, claims: Claims) -> Account | None:
    """The account of who has signed in at the provider, by the subject that it was connected with before.

    Where ``matches_email``, the first time by an e-mail address that the provider has verified. An account that is
    somebody's already is not given to a second subject: addresses of people who leave are given to others.
    """
    found = (
        ProviderIdentity.objects.filter(digest=_digest(provider, claims)).select_related("account__merged_into").first()
    )
    if found is not None:
        return found.account.person
    if not (provider.matches_email and claims.get("email_verified") is True and claims.get("email")):
        return None
    account = Account.objects.person_with(str(claims["email"]))
    return account if account is not None and connect(provider, claims, account) else None


def connect(provider: SingleSignOn, claims: Claims, account: Account) -> bool:
    """Let the subject sign in to the account; False where either is connected with another already."""
    digest = _digest(provider, claims)
    with transaction.atomic():
        # Locked: two subjects may come for one account at once.
        Account.objects.select_for_update().get(pk=account.pk)
        if identity_of(provider, account) or ProviderIdentity.objects.filter(digest=digest).exists():
            return False
        subject = str(claims["sub"])[:255]
        ProviderIdentity.objects.create(account=account, issuer=provider.issuer, subject=subject, digest=digest)
        note_row(account, _FIELD, new=f"connected with {subject}")
    return True


def disconnect(provider: SingleSignOn, account: Account) -> bool:
    """Let nobody sign in to the account by the provider; False where nobody could."""
    with transaction.atomic():
        found = list(_identities_of(provider, account))
        for identity in found:
            identity.delete()
            note_row(account, _FIELD, old=f"connected with {identity.subject}")
    return bool(found)


def identity_of(provider: SingleSignOn, account: Account) -> ProviderIdentity | None:
    """Who the account is to the provider; also by an account that was merged into it."""
    return _identities_of(provider, account).first()


def _identities_of(provider: SingleSignOn, account: Account) -> QuerySet[ProviderIdentity]:
    return ProviderIdentity.objects.filter(account__in=account.accounts, issuer=provider.issuer).order_by("pk")


def follow_groups(provider: SingleSignOn, claims: Claims, account: Account) -> None:
    """Give the role of the provider's groups, and take one that they do not give. A change stands in the trail.

    A role of which no groups are named is kept by hand in the portal, and the last administrator stays one.
    """
    groups = _groups(claims.get(provider.groups_claim))
    is_superuser = bool(groups & provider.administrator_groups)
    if not provider.administrator_groups:
        is_superuser = account.is_superuser
    is_staff = is_superuser or (
        bool(groups & provider.registrar_groups) if provider.registrar_groups else account.is_staff
    )
    if (is_staff, is_superuser) == (account.is_staff, account.is_superuser):
        return
    with transaction.atomic():
        if account.is_superuser and not is_superuser and is_last_administrator(account):
            log.warning("account %s is in no group of administrators, and stays one: there is no other", account.pk)
            return
        account.is_staff, account.is_superuser = is_staff, is_superuser
        account.save(update_fields=["is_staff", "is_superuser"])


def _groups(stated: object) -> set[str]:
    """The names that a claim lists, or the one that it is; none where it is something else, as a number."""
    if isinstance(stated, str):
        return {stated}
    return {each for each in stated if isinstance(each, str)} if isinstance(stated, list) else set()


def _digest(provider: SingleSignOn, claims: Claims) -> str:
    return hashlib.sha256(f"{provider.issuer}\n{claims['sub']}".encode()).hexdigest()
