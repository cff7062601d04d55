"""A small log to tamper with: entries, heads and what a witness saw, as the files hold them."""

import copy
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.instants import wire
from stream.record.canonical import canonical, leaf_of, salt_of
from stream.record.heads import HeadSigner, digest_of
from stream.record.merkle import Frontier

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
START_MS = 1_770_000_000_000


def records(count, subjects=5):
    """The records of a log, their chains not yet set."""
    return [
        {
            "log_index": n,
            "logged_at": wire(START_MS + n * 1000),
            "subject": f"sub_{n % subjects}",
            "prev_hash": "",
            "kind": "TIER_CHANGE",
            "payload": {"n": n, "score": n / 7, "to": "severe", "名": "额"},
        }
        for n in range(count)
    ]


def written(of, *, every=8, key=KEY):
    """Write records as the log does: (lines, heads); everything in them fits."""
    signer, frontier = HeadSigner(key, "test"), Frontier()
    lines, heads, pending, previous, last = [], [], [], "", {}
    for n, each in enumerate(of):
        record = each | {"prev_hash": last.get(each["subject"], ""), "log_index": n}
        salt = salt_of(sha256(record["subject"].encode()).digest(), n)
        leaf = leaf_of(salt, canonical(record))
        last[record["subject"]] = leaf.hex()
        lines.append({"record": record, "salt": salt.hex(), "leaf": leaf.hex()})
        frontier.append(leaf)
        pending.append(leaf.hex())
        if frontier.size % every == 0 or n == len(of) - 1:
            head = signer.sign(
                tree_size=frontier.size,
                root=frontier.root,
                at=record["logged_at"],
                previous=previous,
                leaves=tuple(pending),
            )
            previous, pending = digest_of(head.body), []
            heads.append(msgspec.to_builtins(head))
    return lines, heads


def encoded(lines):
    return [canonical(line) for line in lines]


def without_leaves(heads):
    return [copy.deepcopy(head) | {"leaves": []} for head in heads]


def refit(line, salt=None):
    """Make a tampered line fit itself again: its leaf is that of its record."""
    salt = bytes.fromhex(line["salt"]) if salt is None else salt
    line["leaf"] = leaf_of(salt, canonical(line["record"])).hex()
    return line
