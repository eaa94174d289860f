"""Passkeys (WebAuthn level 2), of which the browser proves that the device holds the secret half.

A passkey belongs to the portal's host name: under another name it is not asked for.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.accounts.models import Account, Passkey

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_CHALLENGE = "passkey_challenge"
_MOST_BYTES = 20_000
"""Of what a browser answers; those of today's devices have some hundreds."""


class NotTaken(Exception):
    """What the browser answered proves nothing."""


def ask_to_make(request: HttpRequest, account: Account) -> str:
    """What the browser needs to make a passkey, as JSON; the challenge is kept in the session."""
    options, state = _server(request).register_begin(
        PublicKeyCredentialUserEntity(
            id=str(account.pk).encode(), name=account.email, display_name=account.get_short_name()
        ),
        _credentials_of(account),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[_CHALLENGE] = state
    return json.dumps(dict(options))


def read_made(request: HttpRequest, answer: str) -> tuple[bytes, int]:
    """The credential that the browser has made, and its count. Raises NotTaken."""
    state = _take_challenge(request)
    made = _verified(lambda: _server(request).register_complete(state, _parsed(answer)))
    assert made.credential_data is not None
    return bytes(made.credential_data), made.counter


def ask_to_sign(request: HttpRequest, account: Account) -> str:
    """What the browser needs to prove that it holds a passkey of the account, as JSON."""
    options, state = _server(request).authenticate_begin(
        _credentials_of(account), user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[_CHALLENGE] = state
    return json.dumps(dict(options))


def take_signature(request: HttpRequest, account: Account, answer: str) -> Passkey:
    """The passkey that the browser has proved to hold. Raises NotTaken.

    A challenge is answered once. A passkey whose count goes back was copied, and is not taken.
    """
    state = _take_challenge(request)
    known = {_credential(each).credential_id: each for each in Passkey.objects.filter(account=account)}

    def verify() -> tuple[Passkey, int]:
        content = _parsed(answer)
        used = _server(request).authenticate_complete(state, [*map(_credential, known.values())], content)
        return known[used.credential_id], AuthenticationResponse.from_dict(content).response.authenticator_data.counter

    passkey, count = _verified(verify)
    has_counted = Q(sign_count__lt=count) if count else Q(sign_count=0)
    if not Passkey.objects.filter(has_counted, pk=passkey.pk).update(sign_count=count, used_at=timezone.now()):
        log.warning("a passkey of account %s was not taken: its count went back", account.pk)
        raise NotTaken
    return passkey


def _server(request: HttpRequest) -> Fido2Server:
    own = urlsplit(request.build_absolute_uri("/"))
    origin = f"{own.scheme}://{own.netloc}"
    entity = PublicKeyCredentialRpEntity(id=own.hostname, name="Rollcall")
    return Fido2Server(entity, verify_origin=lambda claimed: claimed == origin)


def _credentials_of(account: Account) -> list[AttestedCredentialData]:
    return [_credential(each) for each in Passkey.objects.filter(account=account)]


def _credential(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(passkey.credential))


def _take_challenge(request: HttpRequest) -> Any:
    state = request.session.pop(_CHALLENGE, None)
    if state is None:
        raise NotTaken
    return state


def _parsed(answer: str) -> Any:
    if len(answer) > _MOST_BYTES:
        raise ValueError("too long")
    return json.loads(answer)


def _verified(verify: Callable[[], Answer]) -> Answer:
    """What it returns. Raises NotTaken for whatever is wrong with what a browser sent: the library has many errors."""
    try:
        return verify()
    except Exception as error:
        log.info("a passkey was not taken: %s", type(error).__name__)
        raise NotTaken from error
