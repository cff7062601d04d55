"""Time stamps of heads (RFC 3161): what an authority is asked, and whether its answer is one.

What is stamped is the canonical text of a head's body, the same that the key of the log signs.
"""

import contextlib
from collections.abc import Sequence

import orjson
from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from stream.record.canonical import canonical
from stream.record.verify import UncheckedError, stamped_at


class StampRefusedError(ValueError):
    """An authority's answer that is no time stamp of what it was asked about."""


def stamped_text(head: bytes) -> bytes:
    """Return what is stamped of a head, as it stands on its topic."""
    return canonical(orjson.loads(head)["body"])


def asked(text: bytes) -> TimeStampRequest:
    """Return a request for a time stamp: with a nonce, and for the authority's certificates."""
    return TimestampRequestBuilder(text, HashAlgorithm.SHA256).build()


def token_of(
    answer: bytes, request: TimeStampRequest, text: bytes, roots: Sequence[Certificate]
) -> bytes:
    """Return the token in an answer, once it holds: nonce, digest, signature, chain to a root.

    Args:
        answer: What the authority said.
        request: What it was asked.
        text: What was to be stamped.
        roots: Certificates to one of which the authority's must lead; one at least.

    Raises:
        StampRefusedError: If it does not hold; says why.
    """
    try:
        response = decode_timestamp_response(answer)
        verifier = VerifierBuilder.from_request(request)
        for root in roots:
            verifier = verifier.add_root_certificate(root)
        verifier.build().verify_message(response, text)
        token = response.time_stamp_token()
        with contextlib.suppress(UncheckedError):  # the library knows more kinds of signatures
            stamped_at(token, text, roots)  # and does not look which certificate it names
    except (ValueError, VerificationError) as error:
        raise StampRefusedError(f"expected a time stamp: {error}") from error
    return token
