"""Sealing: what holds faces is encrypted on disk, so that whoever takes the disk without the key reads nothing.

A sealed file has a clear head, which says of what form it is and which key opens it, and then the encrypted content.
A machine's own files are sealed by AES-256-GCM under a key derived from its secret. A file for another machine is
sealed by HPKE (RFC 9180) to that machine's public key. The head is authenticated with the content.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_OWN, _SENT = b"rollcall sealed\x01", b"rollcall sealed\x02"
FORM_BYTES = 16
FORMS = (_OWN, _SENT)
"""With one of them a sealed file begins."""

_ID_BYTES, _NONCE_BYTES, _KEY_BYTES = 8, 12, 32
HEAD_BYTES = FORM_BYTES + _ID_BYTES
_TO_ANOTHER = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class OtherKey(Exception):
    """Another key opens the file."""


class Broken(Exception):
    """The file was cut short or changed."""


class NoPublicKey(Exception):
    """What was given is no public key of a machine."""


@dataclass(frozen=True)
class Key:
    """A machine's key, and what is derived from it. secret: 32 bytes or more that nobody can guess."""

    secret: bytes = field(repr=False)

    @cached_property
    def public(self) -> str:
        """64 hexadecimal digits. Who has them can seal for this machine, and open nothing."""
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @property
    def id(self) -> str:
        """16 hexadecimal digits by which a sealed file names the key."""
        return _id_of(bytes.fromhex(self.public)).hex()

    def shared_with(self, public: str) -> Key:
        """The key that this machine and that of the public key can derive, and nobody else. Raises NoPublicKey."""
        try:
            return Key(_derive(self._private.exchange(_read_public(public)), b"shared"))
        except ValueError:
            raise NoPublicKey from None

    def seal(self, content: bytes) -> bytes:
        """The bytes of a file that this key alone opens."""
        head, nonce = self._head, os.urandom(_NONCE_BYTES)
        return b"".join((head, nonce, self._cipher.encrypt(nonce, content, head)))

    def has_sealed(self, head: bytes) -> bool:
        """Whether a file that begins with these HEAD_BYTES was sealed with this key."""
        return head == self._head

    def open(self, form: bytes, rest: memoryview) -> bytes:
        """What was sealed with this key, or for it. rest: the bytes after the form. Raises OtherKey or Broken."""
        head, sealed = form + bytes(rest[:_ID_BYTES]), rest[_ID_BYTES:]
        if head[FORM_BYTES:].hex() != self.id:
            raise OtherKey
        try:
            if form == _SENT:
                return _TO_ANOTHER.decrypt(bytes(sealed), self._private, info=head)
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], head)
        except (InvalidTag, ValueError):
            raise Broken from None

    @cached_property
    def _head(self) -> bytes:
        return _OWN + bytes.fromhex(self.id)

    @cached_property
    def _private(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(_derive(self.secret, b"exchange"))

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(_derive(self.secret, b"sealing"))


@dataclass(frozen=True)
class KeyRing:
    """A machine's keys: the one in use, and older ones that files may still be sealed with. keys: the newest first."""

    keys: tuple[Key, ...]

    @property
    def in_use(self) -> Key:
        """The key that seals."""
        return self.keys[0]

    def open(self, form: bytes, rest: memoryview) -> bytes:
        """As ``Key.open``, with whichever key opens it."""
        for key in self.keys:
            with suppress(OtherKey):
                return key.open(form, rest)
        raise OtherKey


def seal_for(public: str, content: bytes) -> bytes:
    """The bytes of a file that only the machine of that public key opens. Raises NoPublicKey."""
    key = _read_public(public)
    head = _SENT + _id_of(bytes.fromhex(public))
    try:
        return head + _TO_ANOTHER.encrypt(content, key, info=head)
    except ValueError:
        raise NoPublicKey from None


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"rollcall " + purpose).derive(secret)


def _id_of(public: bytes) -> bytes:
    return sha256(public).digest()[:_ID_BYTES]


def _read_public(public: str) -> X25519PublicKey:
    try:
        return X25519PublicKey.from_public_bytes(bytes.fromhex(public))
    except ValueError:
        raise NoPublicKey from None
