"""Tokens of the streams become tokens of this feed, so that nobody can join the two.

Every token of a record is keyed again with the key of the borrower that it is about: readers of
the feed can follow one borrower and its loans, and cannot find them elsewhere. With the key
destroyed nobody can, the lender included. What names no borrower is keyed with the feed's own.
What stands for a token (`sub_`, `xln_`) is no token, so it is never keyed twice.
"""

import hmac
import re
from typing import Any, Final

SUBJECT: Final = "sub"
_DIGITS: Final = 24
"""Hex digits of a pseudonym: 96 bits, as many as two borrowers never share."""
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9])(brw|ln|acc|mer|trm|pyr|cp|prd|man)_[A-Za-z0-9]{1,64}")


def pseudonym(key: bytes, token: str) -> str:
    """Return what stands for a token in the feed.

    Examples:
        >>> pseudonym(b"k" * 32, "brw_31c")[:6], pseudonym(b"k" * 32, "ln_31c")[:6]
        ('sub_4c', 'xln_c1')
    """
    prefix, _, _ = token.partition("_")
    digits = hmac.digest(key, b"loanwatch pseudonym v1\n" + token.encode(), "sha256").hex()
    return f"{SUBJECT if prefix == 'brw' else 'x' + prefix}_{digits[:_DIGITS]}"


def rekeyed(key: bytes, value: Any) -> Any:
    """Return plain data with every token in every text, names of fields included, replaced."""
    if isinstance(value, str):
        return _TOKEN.sub(lambda found: pseudonym(key, found[0]), value)
    if isinstance(value, dict):
        return {rekeyed(key, name): rekeyed(key, each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [rekeyed(key, each) for each in value]
    return value
