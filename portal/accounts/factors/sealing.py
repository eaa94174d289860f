"""Encrypts the secrets of authenticator apps: whoever reads the database alone can count no codes.

AES-256-GCM with a key that HKDF-SHA256 derives from the portal's secret key. The account's number is authenticated
along: a secret that somebody moves to another account opens nothing there.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12


def seal(text: str, account_id: int) -> str:
    """The text, encrypted with the present secret key."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(settings.SECRET_KEY).encrypt(nonce, text.encode(), _owner(account_id))
    return base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str, account_id: int) -> str | None:
    """The text that was sealed with the secret key or one of its fallbacks; None where none of them opens it."""
    for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        if (text := _open(sealed, key, account_id)) is not None:
            return text
    return None


def is_of_present_key(sealed: str, account_id: int) -> bool:
    """Whether it opens without the fallbacks."""
    return _open(sealed, settings.SECRET_KEY, account_id) is not None


def _open(sealed: str, key: str, account_id: int) -> str | None:
    content = base64.b64decode(sealed)
    try:
        return _cipher(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], _owner(account_id)).decode()
    except InvalidTag:
        return None


def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"rollcall: second factors").derive(key.encode()))


def _owner(account_id: int) -> bytes:
    return f"account {account_id}".encode()
