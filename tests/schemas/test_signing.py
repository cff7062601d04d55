"""Who signed a record, and every way in which a signature does not count."""

import base64

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.signing import (
    Right,
    SignatureRefusedError,
    Signed,
    Trust,
    TrustedKey,
    load_trust,
    sign,
    signers,
)

KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode() * 32) for name in "abd"}


def trusted(name, signer, *rights):
    raw = KEYS[name].public_key().public_bytes_raw()
    return TrustedKey(
        key_id=name, signer=signer, public_key=base64.b64encode(raw).decode(), rights=rights
    )


TRUST = Trust(
    keys=(
        trusted("a", "author", Right.CONTROL),
        trusted("b", "approver", Right.CONTROL),
        trusted("d", "desk", Right.ACTION),
    )
)


def signed_by(*names, payload="{}"):
    return Signed(
        payload=payload,
        signatures=tuple(sign(payload, key_id=name, key=KEYS[name]) for name in names),
    )


def test_both_signers_are_told():
    found = signers(signed_by("a", "b"), trust=TRUST, right=Right.CONTROL)

    assert found == {"author", "approver"}


def test_one_person_who_signs_twice_is_one():
    assert signers(signed_by("a", "a"), trust=TRUST, right=Right.CONTROL) == {"author"}


def with_signature(text):
    return msgspec.structs.replace(
        signed_by("a"),
        signatures=(msgspec.structs.replace(signed_by("a").signatures[0], signature=text),),
    )


@pytest.mark.parametrize(
    ("signed", "says"),
    [
        pytest.param(signed_by(), "expected a signature, got none", id="unsigned"),
        pytest.param(
            msgspec.structs.replace(signed_by("a"), payload="{ }"),
            "does not fit the payload",
            id="a byte changed",
        ),
        pytest.param(signed_by("d"), "may not sign `control` records", id="another right"),
        pytest.param(with_signature("???"), "does not fit", id="no base64"),
        pytest.param(with_signature("AAAA"), "does not fit", id="too short"),
        pytest.param(
            msgspec.structs.replace(
                signed_by("a", "b"),
                signatures=signed_by("a").signatures + signed_by("b", payload="other").signatures,
            ),
            "key `b` does not fit",
            id="one of two is false",
        ),
    ],
)
def test_a_signature_that_does_not_count_is_refused(signed, says):
    with pytest.raises(SignatureRefusedError, match=says):
        signers(signed, trust=TRUST, right=Right.CONTROL)


def test_an_unknown_key_is_named():
    with pytest.raises(SignatureRefusedError, match="unknown key `a`"):
        signers(signed_by("a"), trust=Trust(), right=Right.CONTROL)


def test_the_trust_file_is_read_back():
    assert load_trust(msgspec.json.encode(TRUST)) == TRUST
