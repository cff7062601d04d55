"""RFC 8785: its published vectors, for the library and for the verifier's own writer."""

import json
import math
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from stream.record import verify
from stream.record.canonical import canonical, leaf_of, salt_of

WRITERS = [
    pytest.param(canonical, id="library"),
    pytest.param(verify.canonical, id="verifier"),
]

# RFC 8785, appendix B: IEEE 754 bits and the text of the number.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}

# RFC 8785, 3.2.2 and 3.2.3.
SAMPLE = r"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
SAMPLE_HEX = (
    "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b33333333"
    "33333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e6722"
    "3a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"
)
SORTED = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\U0001f600": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
}
ORDER = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji:", "Hebrew"]

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_the_published_numbers(write, bits, text):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))

    assert write(number).decode() == text


@pytest.mark.parametrize("write", WRITERS)
def test_the_published_object(write):
    assert write(json.loads(SAMPLE)).hex() == SAMPLE_HEX


@pytest.mark.parametrize("write", WRITERS)
def test_the_published_order_of_keys(write):
    order = list(json.loads(write(SORTED)).values())

    assert [name.split()[0] for name in order] == ORDER


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**53, -(2**53)])
def test_what_json_cannot_keep_is_refused(write, value):
    with pytest.raises((rfc8785.CanonicalizationError, verify.UnreadableError)):
        write({"value": value})


@given(plain)
def test_the_verifier_writes_what_the_library_writes(value):
    assert verify.canonical(value) == canonical(value)


def test_a_salt_is_of_one_key_and_one_place():
    salts = {salt_of(key, n) for key in (b"a" * 32, b"b" * 32) for n in range(50)}

    assert len(salts) == 100
    assert leaf_of(b"x", b"y") == verify.leaf_of(b"x", b"y") != leaf_of(b"", b"xy z")
