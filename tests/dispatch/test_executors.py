"""The file of executors: whose a token is, and what is refused."""

import json
from hashlib import sha256

import pytest

from stream.dispatch.executors import ExecutorsError, read_executors

DIGEST = sha256(b"a token").hexdigest()
ONE = {"name": "dialler-1", "channels": ["CALL"], "token_sha256": DIGEST}
TWO = {"name": "sms", "channels": ["MESSAGE"], "token_sha256": sha256(b"b").hexdigest()}


def file(*executors):
    return json.dumps({"executors": executors}).encode()


def test_a_token_is_one_executors():
    executors = read_executors(file(ONE, TWO))

    assert executors.of_token("a token").name == "dialler-1"
    assert executors.of_token("b").name == "sms"
    assert executors.of_token("") is executors.of_token(DIGEST) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(b"{", "expected a file of executors", id="no JSON"),
        pytest.param(file(ONE | {"token": "a token"}), "unknown field `token`", id="a secret"),
        pytest.param(file(ONE | {"channels": []}), r"channels", id="no channel"),
        pytest.param(file(ONE | {"token_sha256": "abc"}), r"token_sha256", id="no digest"),
        pytest.param(file(ONE, TWO | {"name": "dialler-1"}), "different `name`", id="one name"),
        pytest.param(file(ONE, ONE | {"name": "x"}), "different `token_sha256`", id="one token"),
        pytest.param(
            file(ONE | {"webhook": {"url": "http://user:pw@host/", "secret_file": "x"}}),
            r"webhook\.url",
            id="a password in an address",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_place(text, says):
    with pytest.raises(ExecutorsError, match=says):
        read_executors(text)
