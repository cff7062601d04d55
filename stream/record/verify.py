"""The auditor's verifier: one file, to be run far away from the system that it judges.

    python verify.py ENTRIES --head HEADS [--witness FILE [--authority PEM]] [--manifest FILE]
        [--key BASE64]

Needs Python 3.11 and `cryptography`, and imports nothing of loanwatch: it has its own canonical
JSON (RFC 8785) and its own Merkle tree (RFC 6962), and a test holds them to the library's. What
the files hold is described in docs/record.md. It reads, computes and says what it found; a
finding names the place in the log, what was done there, and how that is known.

Exit code 0: nothing found. 1: findings. 2: a file that cannot be read.
"""

import argparse
import base64
import binascii
import json
import math
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID

HEAD_CONTEXT = b"loanwatch tree head v1\n"
MANIFEST_CONTEXT = b"loanwatch manifest v1\n"
MOST_SAFE = 2**53 - 1
MOST_SHOWN = 50
MOST_DIGITS, MOST_ZEROS = 21, 6
"""ECMAScript writes an exponent beyond so many digits, or zeros behind the point."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""So much the authority's clock and the lender's may differ."""
STAMPED_WITHIN = timedelta(days=1)
"""A head that the authority saw later than that may have been written later than it says."""


class UnreadableError(ValueError):
    """A file that is not what it should be: nothing can be said of the log."""


class Finding(NamedTuple):
    """One thing that is wrong: where in the log, what, and how that is known."""

    place: int
    what: str
    detail: str


@dataclass
class Report:
    """What was found, and what could be looked at.

    `proved` counts the entries that heads cover: entries behind the last head are not proved yet.
    `stamps` counts the time stamps that hold; the last of them says that `stamped` entries were
    there at `stamped_at`. `unchecked` says of others why nothing is known of them.
    """

    entries: int = 0
    erased: int = 0
    heads: int = 0
    witnessed: int = 0
    proved: int = 0
    stamps: int = 0
    stamped: int = 0
    stamped_at: str = ""
    unchecked: list[str] = field(default_factory=list)
    key: str = ""
    findings: list[Finding] = field(default_factory=list)

    def find(self, place: int, what: str, detail: str) -> None:
        """Note something that is wrong."""
        self.findings.append(Finding(place, what, detail))


# --- canonical JSON (RFC 8785)


def canonical(value: Any) -> bytes:
    """Return the canonical JSON of plain data.

    Raises:
        UnreadableError: For what has none.
    """
    parts: list[str] = []
    _write(value, parts.append)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError as error:
        raise UnreadableError("expected text, got half of a surrogate pair") from error


_quoted: Callable[[str], str] = json.JSONEncoder(ensure_ascii=False).encode


def _write(value: Any, out: Callable[[str], None]) -> None:
    if isinstance(value, str):
        out(_quoted(value))
    elif value is None or isinstance(value, bool):
        out({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, int):
        if abs(value) > MOST_SAFE:
            raise UnreadableError(f"expected an integer within 2^53 - 1, got {value}")
        out(str(value))
    elif isinstance(value, float):
        out(_number(value))
    elif isinstance(value, dict):
        _write_object(value, out)
    else:
        _write_array(value, out)


def _write_object(value: dict[str, Any], out: Callable[[str], None]) -> None:
    separator = "{"
    for key in sorted(value, key=None if "".join(value).isascii() else _units):
        out(separator + _quoted(key) + ":")
        _write(value[key], out)
        separator = ","
    out("}" if value else "{}")


def _write_array(value: Sequence[Any], out: Callable[[str], None]) -> None:
    separator = "["
    for each in value:
        out(separator)
        _write(each, out)
        separator = ","
    out("]" if value else "[]")


def _units(key: str) -> bytes:
    """Order by UTF-16 code units; of ASCII alone that is the order of the characters."""
    return key.encode("utf-16-be", "surrogatepass")


def _number(value: float) -> str:
    """Write a number as ECMAScript does: the shortest digits that give it back."""
    if not math.isfinite(value):
        raise UnreadableError(f"expected a number, got {value}")
    if value == 0:
        return "0"
    sign, text = ("-", repr(-value)) if value < 0 else ("", repr(value))
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """Put the decimal point behind so many digits (ECMA-262, Number::toString)."""
    count = len(digits)
    if count <= point <= MOST_DIGITS:
        return digits + "0" * (point - count)
    if 0 < point <= MOST_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if -MOST_ZEROS < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{'+' if power > 0 else '-'}{abs(power)}"


# --- the Merkle tree (RFC 6962)


def leaf_of(salt: bytes, text: bytes) -> bytes:
    """Return the leaf of a record."""
    return sha256(b"\x00" + salt + text).digest()


class Tree:
    """A growing tree that knows its root."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf."""
        full = self.size
        while full & 1:
            leaf = sha256(b"\x01" + self._roots.pop() + leaf).digest()
            full >>= 1
        self._roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self._roots:
            return sha256(b"").digest()
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        return root


# --- what was signed


class Head(NamedTuple):
    """A signed head; `leaves` are those since the head before it, or some, or none."""

    size: int
    root: bytes
    at: str
    previous: str
    digest: str
    key: str
    is_signed: bool
    leaves: list[bytes]


def read_head(value: dict[str, Any]) -> Head:
    """Read a head, as the log or a witness hands it out.

    Raises:
        UnreadableError: If it is none.
    """
    try:
        value = value.get("head", value)
        body = value["body"]
        text = canonical(body)
        return Head(
            size=int(body["tree_size"]),
            root=bytes.fromhex(body["root"]),
            at=str(body["at"]),
            previous=str(body["previous"]),
            digest=sha256(text).hexdigest(),
            key=str(body["public_key"]),
            is_signed=fits(body["public_key"], value["signature"], HEAD_CONTEXT + text),
            leaves=[bytes.fromhex(each) for each in value.get("leaves", ())],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError(f"expected a signed head: {error!r}") from error


def fits(public_key: str, signature: str, text: bytes) -> bool:
    """Whether a signature (base64) of a key (raw, base64) fits a text."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        public.verify(base64.b64decode(signature, validate=True), text)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


class Told(NamedTuple):
    """What a chain of heads says: its leaves as far as they add up, and the roots by size."""

    leaves: list[bytes]
    heads: list[Head]


def check_heads(heads: Sequence[Head], report: Report) -> Told:
    """Follow the log's own heads: signatures, order, and that their leaves add up."""
    good: list[Head] = []
    tree, leaves, adds_up = Tree(), [], True
    for head in heads:
        before = good[-1] if good else None
        if fault := _fault(head, before, report.key):
            report.find(head.size - 1, "head", fault)
            continue
        good.append(head)
        if adds_up and len(head.leaves) == head.size - tree.size:
            for leaf in head.leaves:
                tree.append(leaf)
            adds_up = tree.root() == head.root
            leaves += head.leaves if adds_up else []
            if not adds_up:
                report.find(head.size - 1, "head", "its leaves do not add up to the root it signs")
        else:
            adds_up = False
    return Told(leaves, good)


def _fault(head: Head, before: Head | None, key: str) -> str:
    if not head.is_signed:
        return f"the signature of the head of {head.size} entries does not fit"
    if head.key != key:
        return f"the head of {head.size} entries is signed with another key: {head.key}"
    if head.previous != (before.digest if before else ""):
        return f"the head of {head.size} entries does not follow the one before it"
    if before and (head.size <= before.size or head.at < before.at):
        return f"the head of {head.size} entries goes back in size or time"
    return ""


def check_witness(seen: Sequence[Head], told: Told, report: Report) -> Told:
    """Return what is true of the log: what the witness saw, and behind that what heads say."""
    tree, good = Tree(), list[Head]()
    leaves: list[bytes] = []
    of_size = {head.size: head for head in told.heads}
    for head in sorted(seen, key=lambda each: each.size):
        if not head.is_signed or head.key != report.key:
            report.find(
                head.size - 1, "witness", "the witness holds a head that the key did not sign"
            )
            continue
        good.append(head)
        ours = of_size.get(head.size)
        if ours is not None and ours.root != head.root:
            detail = f"two signed heads of {head.size} entries differ: the log was written anew"
            report.find(head.size - 1, "witness", detail)
        _extend(leaves, tree, head, told.leaves)
    return _joined(Told(leaves, good), told)


def _extend(leaves: list[bytes], tree: Tree, head: Head, filling: list[bytes]) -> None:
    """Go on to a witnessed head, if its own leaves or those of the log add up to its root."""
    if len(leaves) != tree.size:
        return  # an earlier stretch is not known
    start = head.size - len(head.leaves)
    if start <= tree.size:
        more = head.leaves[tree.size - start :]
    else:
        more = filling[tree.size : start] + head.leaves
    for leaf in more:
        tree.append(leaf)
    if tree.size == head.size and tree.root() == head.root:
        leaves += more


def _joined(witnessed: Told, told: Told) -> Told:
    """Put behind what was witnessed what the heads say, if they go on from the same."""
    count = len(witnessed.leaves)
    if not witnessed.heads:
        return told
    is_known = witnessed.heads[-1].size == count
    if is_known and told.leaves[:count] == witnessed.leaves[: len(told.leaves)]:
        longer = max(witnessed.leaves, told.leaves, key=len)
        return Told(longer, _by_size(witnessed.heads, told.heads))
    return Told(witnessed.leaves, witnessed.heads)


def _by_size(first: Iterable[Head], second: Iterable[Head]) -> list[Head]:
    """Return the heads of both by size; where both have one, the first's."""
    heads = {head.size: head for head in second} | {head.size: head for head in first}
    return [heads[size] for size in sorted(heads)]


# --- time stamps (RFC 3161)

CONTENT_TYPE, MESSAGE_DIGEST = "2a864886f70d010903", "2a864886f70d010904"
SIGNING_CERTIFICATE = "2a864886f70d010910022f"
SIGNED_DATA, STAMP_INFO = "2a864886f70d010702", "2a864886f70d0109100104"
DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "608648016503040201": hashes.SHA256,
    "608648016503040202": hashes.SHA384,
    "608648016503040203": hashes.SHA512,
}
RSA = "2a864886f70d010101"
SIGNATURES: dict[str, type[hashes.HashAlgorithm]] = {
    "2a864886f70d01010b": hashes.SHA256,
    "2a864886f70d01010c": hashes.SHA384,
    "2a864886f70d01010d": hashes.SHA512,
    "2a8648ce3d040302": hashes.SHA256,
    "2a8648ce3d040303": hashes.SHA384,
    "2a8648ce3d040304": hashes.SHA512,
}
"""Object identifiers as DER has them, in hex: RSA (PKCS #1 v1.5) and ECDSA with SHA-2."""

OCTETS, SEQUENCE, SET, CONTEXT_0 = 0x04, 0x30, 0x31, 0xA0
LONGEST_CHAIN = 6


class UncheckedError(Exception):
    """A time stamp that this file cannot check: it may be right or wrong."""


class Der(NamedTuple):
    """One element of DER: its tag, what is in it, and all of it."""

    tag: int
    body: bytes
    whole: bytes

    def parts(self) -> list["Der"]:
        """Return the elements inside."""
        return elements(self.body)


def elements(data: bytes) -> list[Der]:
    """Read elements one behind the other.

    Raises:
        ValueError: If they are none.
    """
    found, at = [], 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length > 0x7F:  # noqa: PLR2004 - the length is in so many bytes
            count = length & 0x7F
            length, start = int.from_bytes(data[start : start + count], "big"), start + count
        if start + length > len(data):
            raise ValueError("cut short")
        found.append(Der(tag, data[start : start + length], data[at : start + length]))
        at = start + length
    return found


class Stamp(NamedTuple):
    """What a token says: that this digest was there at that time; and who signed it, with what."""

    digest: bytes
    at: datetime
    info: bytes
    signer: Der
    certificates: list[x509.Certificate]


def read_stamp(token: bytes) -> Stamp:
    """Read a token: CMS signed data around what the authority says.

    Raises:
        ValueError: If it is none.
        UncheckedError: If its digest is of a kind that is not known here.
    """
    (outer,) = elements(token)
    kind, content = outer.parts()
    (signed,) = content.parts()
    parts = signed.parts()
    info_kind, info = parts[2].parts()
    if kind.body.hex() != SIGNED_DATA or info_kind.body.hex() != STAMP_INFO:
        raise ValueError("no time stamp")
    (text,) = info.parts()
    _, _, imprint, _, at, *_ = elements(text.body)[0].parts()
    algorithm, digest = imprint.parts()
    if algorithm.parts()[0].body.hex() not in DIGESTS:
        raise UncheckedError("its digest is of a kind that is not known here")
    found = next((part.parts() for part in parts[3:] if part.tag == CONTEXT_0), [])
    (signer,) = parts[-1].parts()
    certificates = [x509.load_der_x509_certificate(each.whole) for each in found]
    return Stamp(digest.body, _time_of(at.body), text.body, signer, certificates)


def _time_of(text: bytes) -> datetime:
    """Return the instant of a `GeneralizedTime`."""
    whole, _, fraction = text.decode().removesuffix("Z").partition(".")
    at = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return at + timedelta(seconds=float(f"0.{fraction}")) if fraction else at


def stamped_at(token: bytes, text: bytes, roots: Sequence[x509.Certificate]) -> datetime:
    """Return when an authority saw a text, if its token holds and its chain ends at a root.

    Raises:
        ValueError: If it does not hold; says why.
        UncheckedError: If that cannot be told here.
    """
    stamp = read_stamp(token)
    algorithm = elements(stamp.info)[0].parts()[2].parts()[0].parts()[0].body.hex()
    if _digest(DIGESTS[algorithm], text) != stamp.digest:
        raise ValueError("it is of another head")
    certificate = _check_signature(stamp)
    _check_purpose(certificate)
    _check_chain(certificate, stamp, roots)
    return stamp.at


def _digest(kind: type[hashes.HashAlgorithm], text: bytes) -> bytes:
    digest = hashes.Hash(kind())
    digest.update(text)
    return digest.finalize()


def _check_signature(stamp: Stamp) -> x509.Certificate:
    """Return the certificate whose key has signed what the token says."""
    _, who, digest_kind, attributes, signature_kind, signature, *_ = stamp.signer.parts()
    if who.tag != SEQUENCE or attributes.tag != CONTEXT_0:
        raise UncheckedError("its signer is named in a way that is not known here")
    issuer, serial = who.parts()
    certificate = next(
        (
            each
            for each in stamp.certificates
            if each.issuer.public_bytes() == issuer.whole
            and each.serial_number == int.from_bytes(serial.body, "big")
        ),
        None,
    )
    if certificate is None:
        raise UncheckedError("its certificate is not in it")
    digest = DIGESTS.get(digest_kind.parts()[0].body.hex())
    name = signature_kind.parts()[0].body.hex()
    hashed = digest if name == RSA else SIGNATURES.get(name)
    if digest is None or hashed is None:
        raise UncheckedError("its signature is of a kind that is not known here")
    told = {each.parts()[0].body.hex(): each.parts()[1].parts()[0] for each in attributes.parts()}
    if told[CONTENT_TYPE].body.hex() != STAMP_INFO:
        raise ValueError("it signs something else")
    if told[MESSAGE_DIGEST].body != _digest(digest, stamp.info):
        raise ValueError("what it says was changed")
    if SIGNING_CERTIFICATE in told and not _names(told[SIGNING_CERTIFICATE], certificate):
        raise ValueError("its certificate is not the one that it names")
    text = bytes([SET]) + attributes.whole[1:]
    _check_key(certificate, signature.body, text, hashed())
    return certificate


def _names(attribute: Der, certificate: x509.Certificate) -> bool:
    """Whether a signing-certificate attribute (RFC 5816) names the certificate first."""
    (first, *_) = attribute.parts()[0].parts()
    kind, *rest = first.parts()
    if kind.tag == OCTETS:
        return certificate.fingerprint(hashes.SHA256()) == kind.body
    name = kind.parts()[0].body.hex()
    if name not in DIGESTS:
        raise UncheckedError("its certificate is named in a way that is not known here")
    return certificate.fingerprint(DIGESTS[name]()) == rest[0].body


def _check_key(
    certificate: x509.Certificate, signature: bytes, text: bytes, hashed: hashes.HashAlgorithm
) -> None:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), hashed)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, text, ec.ECDSA(hashed))
        else:
            raise UncheckedError("its key is of a kind that is not known here")
    except InvalidSignature:
        raise ValueError("its signature does not fit") from None


def _check_purpose(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise ValueError("its certificate is not for time stamps") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise ValueError("its certificate is not for time stamps alone")


def _check_chain(
    certificate: x509.Certificate, stamp: Stamp, roots: Sequence[x509.Certificate]
) -> None:
    """Follow the certificates that the token brings up to a root; all valid at its time."""
    for _ in range(LONGEST_CHAIN):
        if any(_is_issued(certificate, root, stamp.at) for root in roots):
            return
        above = [each for each in stamp.certificates if _is_authority(each)]
        found = next((each for each in above if _is_issued(certificate, each, stamp.at)), None)
        if found is None or found == certificate:
            break
        certificate = found
    raise ValueError("its certificate does not lead to the authority's root")


def _is_issued(certificate: x509.Certificate, by: x509.Certificate, at: datetime) -> bool:
    is_valid = all(
        each.not_valid_before_utc <= at <= each.not_valid_after_utc for each in (certificate, by)
    )
    try:
        certificate.verify_directly_issued_by(by)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return is_valid


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def check_stamps(
    witnessed: Sequence[dict[str, Any]], roots: Sequence[x509.Certificate], report: Report
) -> list[Head]:
    """Return the heads that a witness holds, without those whose time stamp is wrong."""
    good = []
    for value in witnessed:
        head = read_head(value)
        fault = _stamp_fault(value, head, roots, report) if "token" in value else ""
        if fault:
            report.find(head.size - 1, "time stamp", f"of {head.size} entries: {fault}")
        else:
            good.append(head)
    return good


def _stamp_fault(
    value: dict[str, Any], head: Head, roots: Sequence[x509.Certificate], report: Report
) -> str:
    """Say what is wrong with the time stamp of a head, and count it if it holds."""
    if not roots:
        report.unchecked.append("no certificate of the authority was given")
        return ""
    try:
        token = base64.b64decode(str(value["token"]), validate=True)
        text = canonical(value.get("head", value)["body"])
        at = stamped_at(token, text, roots)
        says = datetime.fromisoformat(head.at)
    except UncheckedError as error:
        report.unchecked.append(str(error))
        return ""
    except (ValueError, TypeError, IndexError, KeyError) as error:
        return str(error) if type(error) is ValueError else f"no time stamp: {error!r}"
    if at < says - CLOCKS_DIFFER:
        return f"the authority saw it at {at:%FT%TZ}, and it says that it is of {head.at}"
    if at > says + STAMPED_WITHIN:
        return f"it says that it is of {head.at}, and the authority saw it at {at:%FT%TZ} only"
    report.stamps += 1
    if head.size > report.stamped:
        report.stamped, report.stamped_at = head.size, f"{at:%FT%TZ}"
    return ""


# --- what is in the file


class Entry(NamedTuple):
    """One line: the leaf that follows from it, and what the record says of itself."""

    leaf: bytes
    claimed: str
    place: int
    logged_at: str
    subject: str
    previous: str
    is_erased: bool


def read_entry(line: bytes) -> Entry:
    """Read one line of an export, which must be the one text of what it says.

    Raises:
        UnreadableError: If it is no entry.
    """
    try:
        value = json.loads(line)
        claimed = str(value["leaf"])
        record = value.get("record")
        if record is None:
            leaf, place = bytes.fromhex(claimed), int(value["log_index"])
            text = canonical({"leaf": leaf.hex(), "log_index": place})
            entry = Entry(leaf, claimed, place, "", "", "", is_erased=True)
        else:
            salt, body = bytes.fromhex(value["salt"]), canonical(record)
            text = entry_text(claimed, body, salt)
            entry = Entry(
                leaf=leaf_of(salt, body),
                claimed=claimed,
                place=int(record["log_index"]),
                logged_at=str(record["logged_at"]),
                subject=str(record.get("subject", "")),
                previous=str(record.get("prev_hash", "")),
                is_erased=False,
            )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UnreadableError(f"expected an entry of the log: {error!r}") from error
    if line != text:
        raise UnreadableError(f"expected the canonical text of entry {entry.place}")
    return entry


def entry_text(leaf: str, body: bytes, salt: bytes) -> bytes:
    """Return the line of an entry, given the canonical text of its record."""
    return b'{"leaf":"%b","record":%b,"salt":"%b"}' % (leaf.encode(), body, salt.hex().encode())


def compare(entries: Sequence[Entry], truth: Sequence[bytes], first: int, report: Report) -> None:
    """Say of each place what was done to it, where its true leaf is known.

    Args:
        entries: Those of the file.
        truth: The leaves that they should have.
        first: The place of the first of them.
        report: Gets the findings.
    """
    if [entry.leaf for entry in entries] == list(truth):
        return
    place = {leaf: number for number, leaf in enumerate(truth)}
    known = [(line, place[entry.leaf]) for line, entry in enumerate(entries) if entry.leaf in place]
    in_order = _longest_rising(known)
    for moved, place_of_it in sorted(set(known) - set(in_order)):
        where = f"stands at line {moved + 1}, and belongs at {first + place_of_it}"
        report.find(first + place_of_it, "re-ordered", where)
    before, end = (-1, -1), (len(entries), len(truth))
    lines, numbers = {line for line, _ in known}, {number for _, number in known}
    for after in [*in_order, end]:
        strange = [n for n in range(before[0] + 1, after[0]) if n not in lines]
        missing = [first + n for n in range(before[1] + 1, after[1]) if n not in numbers]
        for line, number in _paired(strange, missing, entries):
            _tell(line, number, first + before[1] + 1, report)
        before = after


def _tell(line: int | None, number: int | None, gap: int, report: Report) -> None:
    """Say of a strange line, a missing entry, or one in the place of the other."""
    if number is None:
        report.find(gap, "inserted", f"line {(line or 0) + 1} is not in the log")
    elif line is None:
        report.find(number, "removed", "the log has an entry here, the file has none")
    else:
        report.find(number, "edited", f"line {line + 1} is not what was logged")


def _paired(
    strange: Sequence[int], missing: Sequence[int], entries: Sequence[Entry]
) -> Iterator[tuple[int | None, int | None]]:
    """Pair a strange line with the missing place that it claims; then those left over, in order."""
    rest = dict.fromkeys(missing)
    unclaimed = []
    for line in strange:
        place = entries[line].place
        if place in rest:
            del rest[place]
            yield line, place
        else:
            unclaimed.append(line)
    left = iter(rest)
    for line in unclaimed:
        yield line, next(left, None)
    yield from ((None, number) for number in left)


def _longest_rising(known: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of `known` whose places rise: what was not moved."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (_, number) in enumerate(known):
        depth = bisect_left(tails, number)
        before.append(ends[depth - 1] if depth else -1)
        if depth == len(tails):
            tails.append(number)
            ends.append(at)
        else:
            tails[depth], ends[depth] = number, at
    chosen = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chosen.append(known[at])
        at = before[at]
    return chosen[::-1]


def check_stretches(
    entries: Sequence[Entry], heads: Sequence[Head], from_size: int, report: Report
) -> None:
    """Where only roots are known, say between which two of them something was changed."""
    tree, last = Tree(), from_size
    of_size = {head.size: head for head in heads if head.size > from_size}
    for entry in entries:
        tree.append(entry.leaf)
        head = of_size.get(tree.size)
        if head is None:
            continue
        if head.root != tree.root():
            detail = (
                f"something between entry {last} and entry {head.size - 1} is not what was signed"
            )
            report.find(last, "changed", detail)
            return
        last = head.size
    if of_size and max(of_size) > len(entries):
        detail = f"a head signs {max(of_size)} entries, the file ends after {len(entries)}"
        report.find(len(entries), "removed", detail)


def check_entries(
    entries: Sequence[Entry], heads: Sequence[Head], first: int, report: Report
) -> None:
    """Look at what each record says of itself: its place, its time, the one before it."""
    found = {finding.place for finding in report.findings if finding.what != "head"}
    bounds = _Bounds(heads)
    latest, leaf_of_subject = "", dict[str, bytes]()
    for place, entry in enumerate(entries, first):
        if entry.claimed != entry.leaf.hex() and place not in found:
            report.find(place, "edited", "the record does not fit the leaf beside it")
        if entry.is_erased:
            continue
        if entry.place != place and place not in found and not report.findings:
            report.find(place, "re-ordered", f"the record says that it is entry {entry.place}")
        earliest = max(latest, bounds.before(place))
        if entry.logged_at < earliest:
            report.find(place, "back-dated", f"says {entry.logged_at}, and follows {earliest}")
        elif entry.logged_at > (end := bounds.after(place)):
            report.find(place, "back-dated", f"says {entry.logged_at}, and was signed for at {end}")
        else:
            latest = entry.logged_at
        if entry.subject:
            known = leaf_of_subject.get(entry.subject)
            if known and entry.previous and known.hex() != entry.previous and not found:
                report.find(place, "chain", "names another record before it of its subject")
            leaf_of_subject[entry.subject] = entry.leaf


class _Bounds:
    """Between which two heads' times a record was logged."""

    def __init__(self, heads: Sequence[Head]) -> None:
        self._sizes = [head.size for head in heads]
        self._times = [head.at for head in heads]

    def before(self, place: int) -> str:
        """Return the time of the last head without this place."""
        at = bisect_left(self._sizes, place + 1)
        return self._times[at - 1] if at else ""

    def after(self, place: int) -> str:
        """Return the time of the first head with it."""
        at = bisect_left(self._sizes, place + 1)
        return self._times[at] if at < len(self._times) else "~"


# --- all of it


def verify(
    lines: Iterable[bytes],
    heads: Iterable[dict[str, Any]],
    witnessed: Iterable[dict[str, Any]] = (),
    *,
    key: str = "",
    first: int = 0,
    count: int | None = None,
    roots: Sequence[x509.Certificate] = (),
) -> Report:
    """Verify a file of entries against signed heads and what a witness holds of them.

    Args:
        lines: The file's lines.
        heads: The log's heads, from its first on.
        witnessed: The witness's.
        key: The log's public key as its owner has published it; if empty the first head's.
        first: The place of the first entry: 0 for a whole log.
        count: How many entries the file should have; by default as many as the heads cover.
        roots: Certificates to one of which an authority's must lead, for its time stamps to count.

    Raises:
        UnreadableError: If something is no entry or head.
    """
    report = Report()
    entries = [read_entry(line) for line in lines if line.strip()]
    own = [read_head(each) for each in heads]
    seen = check_stamps(list(witnessed), roots, report)
    report.entries, report.heads, report.witnessed = len(entries), len(own), len(seen)
    report.erased = sum(entry.is_erased for entry in entries)
    report.key = key or (own[0].key if own else "")
    told = check_witness(seen, check_heads(own, report), report)
    end = len(told.leaves) if count is None else min(first + count, len(told.leaves))
    truth = told.leaves[first:end]
    compare(_covered(entries, truth, told, count), truth, first, report)
    if first == 0 and count is None:
        check_stretches(entries, told.heads, len(told.leaves), report)
    check_entries(entries, told.heads, first, report)
    report.proved = len(truth)
    report.findings.sort()
    return report


def _covered(
    entries: Sequence[Entry], truth: Sequence[bytes], told: Told, count: int | None
) -> Sequence[Entry]:
    """Leave out the lines behind the last head: nothing is known of them yet."""
    if count is not None:
        return entries[: len(truth)] if len(told.leaves) < len(entries) else entries
    after = len(entries)
    last = truth[-1] if truth else b""
    for number in range(len(entries) - 1, -1, -1):
        if entries[number].leaf == last:
            after = number + 1
            break
    else:
        after = min(after, len(truth))
    return entries[:after]


def read_manifest(path: Path, file: bytes, report_key: str) -> tuple[int, int]:
    """Return first place and count of a daily file, checked against the file.

    Raises:
        UnreadableError: If it is no manifest of this file, or not signed with the key.
    """
    manifest = read_json(path.read_bytes())
    body = manifest.get("body", {})
    public = report_key or body.get("public_key", "")
    text = MANIFEST_CONTEXT + canonical(body)
    if not fits(public, str(manifest.get("signature")), text):
        raise UnreadableError(f"{path}: the signature does not fit")
    if body["digest"] != sha256(file).hexdigest():
        raise UnreadableError(f"{path}: the file is not the one that it was made of")
    return int(body["first_index"]), int(body["count"])


def read_json(line: bytes) -> dict[str, Any]:
    """Read one JSON object.

    Raises:
        UnreadableError: If it is none.
    """
    try:
        value = json.loads(line)
    except ValueError as error:
        raise UnreadableError(f"expected JSON: {error}") from error
    if not isinstance(value, dict):
        raise UnreadableError("expected a JSON object")
    return value


def read_objects(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a file.

    Raises:
        UnreadableError: If one is no JSON object.
    """
    return [read_json(line) for line in path.read_bytes().splitlines() if line.strip()]


def told_of(report: Report) -> Iterator[str]:
    """Yield what to print."""
    for place, what, detail in report.findings[:MOST_SHOWN]:
        yield f"entry {place}: {what}: {detail}"
    if len(report.findings) > MOST_SHOWN:
        yield f"and {len(report.findings) - MOST_SHOWN} findings more"
    erased = f" ({report.erased} erased)" if report.erased else ""
    yield (
        f"{report.entries} entries{erased}, {report.heads} heads, {report.witnessed} witnessed,"
        f" {report.proved} entries proved, key {report.key}"
    )
    if report.stamps:
        yield (
            f"{report.stamps} time stamps hold: {report.stamped} entries were there at"
            f" {report.stamped_at}"
        )
    for reason in sorted(set(report.unchecked)):
        yield f"{report.unchecked.count(reason)} time stamps NOT CHECKED: {reason}"
    yield "FINDINGS" if report.findings else "nothing found"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the verifier; return its exit code."""
    parser = argparse.ArgumentParser(description="Verify a record of loanwatch.")
    parser.add_argument("file", type=Path, help="entries, as `loanwatch audit export` writes them")
    parser.add_argument("--head", type=Path, required=True, help="the log's signed heads")
    parser.add_argument("--witness", type=Path, help="the heads that a witness holds")
    parser.add_argument("--authority", type=Path, help="the time-stamp authority's root (PEM)")
    parser.add_argument("--manifest", type=Path, help="of a daily file")
    parser.add_argument("--key", default="", help="the log's public key as published, base64")
    try:
        report = verify_files(**vars(parser.parse_args(arguments)))
    except (OSError, UnreadableError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - it is a program
        return 2
    for line in told_of(report):
        print(line)  # noqa: T201 - it is a program
    return 1 if report.findings else 0


def verify_files(
    file: Path,
    *,
    head: Path,
    witness: Path | None = None,
    authority: Path | None = None,
    manifest: Path | None = None,
    key: str = "",
) -> Report:
    """Verify files; see `verify`.

    Raises:
        OSError: If one cannot be opened.
        UnreadableError: If one is not what it should be.
    """
    text = file.read_bytes()
    first, count = read_manifest(manifest, text, key) if manifest else (0, None)
    return verify(
        text.splitlines(),
        read_objects(head),
        read_objects(witness) if witness else [],
        key=key,
        first=first,
        count=count,
        roots=read_roots(authority) if authority else (),
    )


def read_roots(path: Path) -> list[x509.Certificate]:
    """Read certificates.

    Raises:
        OSError: If the file cannot be opened.
        UnreadableError: If it holds none.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise UnreadableError(f"{path}: expected certificates in PEM: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
