"""Keys for a trial: made once, readable by their owner alone, and usable."""

import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from schemas.signing import Right, Signed, sign, signers
from stream.sources.keys import (
    APPROVER,
    AUTHOR,
    COMPLIANCE,
    DESK,
    SECOND,
    KeysError,
    make_trial_keys,
    read_signing_key,
    read_trust,
    trial_signers,
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def trust_file(folder):
    return folder / "trust.json"


def test_a_trial_has_its_signers_the_records_key_and_a_key_for_tokens(folder, trust_file):
    made = make_trial_keys(folder, trust_file)

    assert {path.name for path in made} == {
        f"{AUTHOR}.pem",
        f"{APPROVER}.pem",
        f"{DESK}.pem",
        f"{SECOND}.pem",
        f"{COMPLIANCE}.pem",
        "record.pem",
        "tokens-1.key",
        "trust.json",
    }
    rights = {key.key_id: key.rights for key in read_trust(trust_file).keys}
    assert rights == {
        AUTHOR: (Right.CONTROL,),
        APPROVER: (Right.CONTROL,),
        DESK: (Right.ACTION, Right.DESK),
        SECOND: (Right.ACTION,),
        COMPLIANCE: (Right.COMPLIANCE,),
    }


def test_private_keys_are_readable_by_their_owner_alone(folder, trust_file):
    made = make_trial_keys(folder, trust_file)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made if path != trust_file}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_the_trial_keys_sign_counts(folder, trust_file):
    make_trial_keys(folder, trust_file)
    trust = read_trust(trust_file)
    signatures = tuple(
        sign("text", key_id=key.key_id, key=key.private) for key in trial_signers(folder, trust)
    )

    signed = Signed(payload="text", signatures=signatures)
    assert signers(signed, trust=trust, right=Right.CONTROL) == {AUTHOR, APPROVER}


def test_a_second_time_makes_nothing_and_changes_nothing(folder, trust_file):
    made = make_trial_keys(folder, trust_file)
    before = {path: path.read_bytes() for path in made}

    assert make_trial_keys(folder, trust_file) == []
    assert {path: path.read_bytes() for path in made} == before


@pytest.mark.parametrize("left", [f"{AUTHOR}.pem", f"{DESK}.pem", "tokens-1.key", "trust.json"])
def test_nothing_is_mixed_with_what_is_there(folder, trust_file, left):
    made = make_trial_keys(folder, trust_file)
    for path in made:
        if path.name != left:
            path.unlink()

    with pytest.raises(KeysError, match="all keys of a trial or none, found"):
        make_trial_keys(folder, trust_file)
    assert [path.name for path in folder.iterdir()] == [left]


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "No such file", id="no file"),
        pytest.param(b"nonsense", "expected a private key .PEM, no password.", id="no key"),
        pytest.param(pem(generate_private_key(SECP256R1())), "another kind", id="another kind"),
    ],
)
def test_what_is_no_key_is_said(folder, trust_file, content, says):
    make_trial_keys(folder, trust_file)
    path = folder / "mine.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(KeysError, match=says):
        read_signing_key(path, read_trust(trust_file))


def test_a_key_that_nobody_trusts_is_said(folder, trust_file, tmp_path):
    make_trial_keys(folder, trust_file)
    make_trial_keys(tmp_path / "others", tmp_path / "others.json")

    with pytest.raises(KeysError, match="whose public half is in the trust file"):
        read_signing_key(tmp_path / "others" / f"{AUTHOR}.pem", read_trust(trust_file))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "`loanwatch keys init` makes those of a trial", id="no file"),
        pytest.param(b"[]", "expected a trust file", id="another file"),
    ],
)
def test_a_trust_file_that_is_none_is_said(trust_file, tmp_path, content, says):
    path = tmp_path / "trust.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(KeysError, match=says):
        read_trust(path)
