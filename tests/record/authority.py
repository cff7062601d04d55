"""A time-stamp authority (RFC 3161) with a certificate of its own, and answers that can be wrong.

Writes DER by itself, so that what reads it is not held to its own idea of it.
"""

import datetime
from hashlib import sha256
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stream.record.verify import elements

NOW = datetime.datetime(2026, 2, 2, 3, 0, tzinfo=datetime.UTC)
YEAR = datetime.timedelta(days=365)
SHA256 = "608648016503040201"
SIGNED_DATA, STAMP_INFO = "2a864886f70d010702", "2a864886f70d0109100104"
CONTENT_TYPE, MESSAGE_DIGEST = "2a864886f70d010903", "2a864886f70d010904"
SIGNING_CERTIFICATE = "2a864886f70d010910022f"
RSA_SHA256, ECDSA_SHA256, ED25519 = "2a864886f70d01010b", "2a8648ce3d040302", "2b6570"
POLICY = "2a0304"


def der(tag, *parts):
    """One element of DER."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def oid(digits):
    return der(0x06, bytes.fromhex(digits))


def integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def algorithm(digits):
    return der(0x30, oid(digits), der(0x05))


class Issued(NamedTuple):
    certificate: x509.Certificate
    key: object

    @property
    def raw(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(name, key, by=None, *, purpose=None, critical=True, from_=NOW - YEAR, until=NOW + YEAR):
    """Make a certificate: an authority's own, or with a purpose one of whom it vouches for."""
    issuer = by.certificate.subject if by else named(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(from_)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=purpose is None, path_length=None), critical=True)
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purpose), critical=critical)
    return Issued(builder.sign(by.key if by else key, hashes.SHA256()), key)


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


STAMPING = [ExtendedKeyUsageOID.TIME_STAMPING]
KEYS = {
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


class Authority:
    """Answers requests; `wrong` says how an answer differs from a right one."""

    def __init__(self, kind="ec", *, purpose=STAMPING, critical=True, between=False, **validity):
        self.root = issue("root", KEYS["ec"]())
        self.between = issue("between", KEYS["ec"](), self.root) if between else None
        self.own = issue(
            "stamps",
            KEYS[kind](),
            self.between or self.root,
            purpose=purpose,
            critical=critical,
            **validity,
        )

    def answer(self, request, at=NOW, **wrong):
        """Answer a request, DER to DER."""
        _, imprint, *rest = elements(request)[0].parts()
        nonce = next(each.whole for each in rest if each.tag == 0x02)
        status = wrong.get("status", 0)
        if status:
            return der(0x30, der(0x30, integer(status)))
        token = self.token(imprint.whole, wrong.pop("nonce", nonce), at, **wrong)
        return der(0x30, der(0x30, integer(0)), token)

    def stamp(self, text, at=NOW, **wrong):
        """The token for a text."""
        imprint = der(0x30, algorithm(SHA256), der(0x04, sha256(text).digest()))
        return self.token(imprint, b"", at, **wrong)

    def token(self, imprint, nonce, at, **wrong):
        said = at.strftime("%Y%m%d%H%M%S.25Z").encode()
        info = der(0x30, integer(1), oid(POLICY), imprint, integer(7), der(0x18, said), nonce)
        digest = sha256(info).digest()
        named_as = sha256(wrong.get("certificate", self.own.raw)).digest()
        named_certificate = der(0x30, der(0x30, der(0x30, der(0x04, named_as))))
        attributes = b"".join(
            sorted(
                [
                    der(0x30, oid(CONTENT_TYPE), der(0x31, oid(wrong.get("signs", STAMP_INFO)))),
                    der(0x30, oid(MESSAGE_DIGEST), der(0x31, der(0x04, digest))),
                    der(0x30, oid(SIGNING_CERTIFICATE), der(0x31, named_certificate)),
                ]
            )
        )
        name, signature = self._signed(der(0x31, attributes))
        certificate = self.own.certificate
        serial = integer(certificate.serial_number)
        signer = der(
            0x30,
            integer(1),
            der(0x30, certificate.issuer.public_bytes(), serial),
            algorithm(SHA256),
            der(0xA0, attributes),
            algorithm(name) if name == RSA_SHA256 else der(0x30, oid(name)),
            der(0x04, signature),
        )
        if "info" in wrong:
            info = info.replace(*wrong["info"])
        chain = sorted(each.raw for each in (self.own, self.between) if each)
        return der(
            0x30,
            oid(SIGNED_DATA),
            der(
                0xA0,
                der(
                    0x30,
                    integer(3),
                    der(0x31, algorithm(SHA256)),
                    der(0x30, oid(STAMP_INFO), der(0xA0, der(0x04, info))),
                    *([der(0xA0, *chain)] if wrong.get("brings", 1) else []),
                    der(0x31, signer),
                ),
            ),
        )

    def _signed(self, text):
        key = self.own.key
        if isinstance(key, rsa.RSAPrivateKey):
            return RSA_SHA256, key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return ECDSA_SHA256, key.sign(text, ec.ECDSA(hashes.SHA256()))
        return ED25519, key.sign(text)
