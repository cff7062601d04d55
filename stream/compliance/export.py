"""The feed as files: entries with their salts, and what is signed of one day's file.

A salt follows from a key that only the checkpoint has. Of a subject whose key was destroyed there
is none, so the file has the leaf of its records and nothing else: enough to prove the others.
"""

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.compliance import FeedEntry, RecordKind
from stream.compliance.pseudonyms import pseudonym
from stream.compliance.state import State
from stream.record.canonical import canonical, salt_of

MANIFEST_CONTEXT: Final = b"loanwatch manifest v1\n"


def keys_of(state: State) -> dict[str, bytes]:
    """Return the keys that are left, by pseudonym; the feed's own under the empty text."""
    return {
        pseudonym(subject.key, borrower_id) if borrower_id else "": subject.key
        for borrower_id, subject in state.subjects.items()
    }


def line_of(entry: FeedEntry, keys: Mapping[str, bytes]) -> bytes:
    """Return the line of an entry, which says no more than its leaf if it was erased."""
    record = entry.record
    key = keys.get(record.subject)
    if key is None:
        return canonical({"leaf": entry.leaf, "log_index": record.log_index})
    salt = salt_of(key, record.log_index).hex()
    return canonical({"leaf": entry.leaf, "record": msgspec.to_builtins(record), "salt": salt})


def file_of(entries: Iterable[FeedEntry], keys: Mapping[str, bytes]) -> bytes:
    """Return the file of some entries."""
    return b"".join(line_of(entry, keys) + b"\n" for entry in entries)


def manifest_of(
    entries: Sequence[FeedEntry], text: bytes, *, tenant: str, day: str, key: Ed25519PrivateKey
) -> bytes:
    """Return the signed manifest of a day's file: which records, how many, their sums, its digest.

    Args:
        entries: Those of the file, at least one.
        text: The file.
        tenant: Whose feed it is.
        day: By `logged_at`, ISO 8601.
        key: The log's.
    """
    first = entries[0].record
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    body = {
        "schema": "manifest.v1",
        "tenant": tenant,
        "day": day,
        "first_index": first.log_index,
        "first_seq": first.seq,
        "last_seq": entries[-1].record.seq,
        "count": len(entries),
        "counts": dict(Counter(entry.record.kind.value for entry in entries)),
        "sums": _sums(entries),
        "digest": sha256(text).hexdigest(),
        "public_key": public,
    }
    raw = key.sign(MANIFEST_CONTEXT + canonical(body))
    signed = {"body": body, "signature": base64.b64encode(raw).decode()}
    return canonical(signed) + b"\n"


def _sums(entries: Iterable[FeedEntry]) -> dict[str, int]:
    """Return the loans and the exposure by currency of the snapshots, in minor units."""
    sums: Counter[str] = Counter()
    for entry in entries:
        if entry.record.kind is RecordKind.TIER_SNAPSHOT:
            sums["loans"] += entry.record.payload["loans"]
            for cell in entry.record.payload["cells"]:
                sums[f"exposure_minor/{cell['currency']}"] += cell["exposure_minor"]
    return dict(sums)


def seen_by(state: State) -> dict[str, Any]:
    """Return how far each reader has acknowledged the feed, and how far it goes."""
    return {"size": state.core.size, "acked": {of: each.seq for of, each in state.acked.items()}}
