"""What a passkey proves, and what forged, repeated and copied answers do not. The device is made up; its key is not."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from portal.accounts.models import Account, Passkey

PASSWORD = "correct horse battery"
SECOND_STEP, NEW = "/account/sign-in/code/", "/account/factors/passkey/"
ORIGIN = "http://testserver"

pytestmark = pytest.mark.django_db


@dataclass
class Device:
    """Keeps one passkey."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    count: int = 1

    def make(self, options: Any, origin: str = ORIGIN) -> str:
        credential = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(sha256(b"testserver"), 0x41, self.count, bytes(credential))
        attestation = AttestationObject.create("none", data, {})
        told = CollectedClientData.create("webauthn.create", options["challenge"], origin)
        return self._answer(clientDataJSON=bytes(told), attestationObject=bytes(attestation))

    def sign(self, options: Any, origin: str = ORIGIN) -> str:
        self.count += 1
        data = AuthenticatorData.create(sha256(b"testserver"), 0x01, self.count)
        told = CollectedClientData.create("webauthn.get", options["challenge"], origin)
        signature = self.key.sign(data + told.hash, ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=bytes(told), authenticatorData=bytes(data), signature=signature)

    def _answer(self, **parts: bytes) -> str:
        name = websafe_encode(self.id)
        response = {part: websafe_encode(value) for part, value in parts.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def lecturer_named(name: str) -> Account:
    return Account.objects.create_user(f"{name}@example.org", PASSWORD, name=name)


def options_in(client: Client, address: str) -> Any:
    """What the page asks of the device."""
    page = client.get(address).text
    content = json.loads(unescape(page.partition('data-options="')[2].partition('"')[0]))["publicKey"]
    assert len(websafe_decode(content["challenge"])) >= 32
    return content


def at_second_step(account: Account) -> Client:
    client = Client()
    client.post("/account/sign-in/", {"username": account.email, "password": PASSWORD})
    return client


def with_passkey(account: Account) -> Device:
    client, device = at_second_step(account), Device()
    page = client.post(NEW, {"name": "key", "credential": device.make(options_in(client, NEW))})
    assert "Your recovery codes" in page.text
    return device


def is_let_in(client: Client, answer: str) -> bool:
    client.post(SECOND_STEP, {"credential": answer})
    return client.get("/account/profile/").status_code == 200


def test_a_passkey_lets_in_and_its_answer_counts_once() -> None:
    account = lecturer_named("emmy")
    device = with_passkey(account)
    client = at_second_step(account)
    answer = device.sign(options_in(client, SECOND_STEP))
    assert is_let_in(client, answer)
    again = at_second_step(account)
    assert not is_let_in(again, answer), "without a challenge"
    options_in(again, SECOND_STEP)
    assert not is_let_in(again, answer), "to another challenge"
    assert Passkey.objects.get().sign_count == 2


@pytest.mark.parametrize("forged", ["origin", "key", "somebody else's", "copied"])
def test_a_forged_answer_is_not_taken(forged: str) -> None:
    account = lecturer_named("emmy")
    device = with_passkey(account)
    client = at_second_step(account)
    origin = ORIGIN
    if forged == "origin":
        origin = "http://testserver.evil.example"
    elif forged == "key":
        device.key = ec.generate_private_key(ec.SECP256R1())
    elif forged == "copied":
        device.count = 0
        Passkey.objects.update(sign_count=1)
    else:
        device = with_passkey(lecturer_named("other"))
    assert not is_let_in(client, device.sign(options_in(client, SECOND_STEP), origin))


@pytest.mark.parametrize("origin", ["https://testserver", "http://testserver:8080", "http://a.testserver"])
def test_a_passkey_that_another_page_has_made_is_not_kept(origin: str) -> None:
    client = at_second_step(lecturer_named("emmy"))
    made = Device().make(options_in(client, NEW), origin)
    assert "No passkey was made" in client.post(NEW, {"name": "key", "credential": made}).text
    assert not Passkey.objects.exists()
