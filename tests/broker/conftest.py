"""A real Kafka behind TLS, with logins (SCRAM) and rights (ACLs), as production has it.

Users: `admin`, who may do everything, and one for each role, who may do what `docs/topics.md` says.
"""

import base64
import datetime
import hashlib
import ipaddress
import json
import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stream.cli import main
from stream.embedded.kafka import start
from stream.embedded.kafka_config import Listener
from stream.journal.clients import kafka_config
from stream.journal.topic_admin import create, rights_of
from stream.roles import Role
from stream.settings import Settings

PEM = serialization.Encoding.PEM
USERS = ("broker", "admin", *Role)


@dataclass(frozen=True)
class Secured:
    """The broker's settings as its users have them, and its files."""

    folder: Path
    base: Settings

    def settings(self, user: str, **changes) -> Settings:
        return replace(
            self.base,
            kafka_user=user,
            **{"kafka_password_file": self.folder / f"{user}.password", **changes},
        )


@pytest.fixture(scope="session")
def secured(tmp_path_factory):
    """A broker with TLS, logins and rights, its topics made, each role allowed its own."""
    folder = tmp_path_factory.mktemp("secured")
    make_certificates(folder)
    for user in USERS:
        (folder / f"{user}.password").write_text(secrets.token_urlsafe(18) + "\n")
    with start(folder / "kafka", listener=listener(folder)) as broker:
        base = Settings(
            kafka_bootstrap=broker.bootstrap,
            kafka_security="SASL_SSL",
            kafka_ca_file=folder / "ca.pem",
        )
        secured = Secured(folder, base)
        create(secured.settings("admin"))
        grant(secured.settings("admin"), [rule for role in Role for rule in rules_of(role)])
        yield secured


@pytest.fixture
def loanwatch(settings, monkeypatch, capsysbinary):
    """Run a command; return what it printed, as JSON where it is."""
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)

    def run(*args, code=0):
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        printed = capsysbinary.readouterr()
        assert (ended.value.code or 0) == code, printed.err.decode()
        out = printed.out if code == 0 else printed.err
        try:
            return json.loads(out)
        except json.JSONDecodeError:
            return out.decode()

    return run


@pytest.fixture
def other_ca(tmp_path):
    """The certificate of a CA that signed nothing here."""
    make_certificates(tmp_path)
    return tmp_path / "ca.pem"


def listener(folder):
    password = (folder / "broker.password").read_text().strip()
    login = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return Listener(
        protocol="SASL_SSL",
        properties={
            "listener.security.protocol.map": "CONTROLLER:SSL,SASL_SSL:SASL_SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(folder / "broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(folder / "ca.pem"),
            # the controller's port is for the broker alone: mutual TLS
            "listener.name.controller.ssl.client.auth": "required",
            "listener.name.controller.ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
                f'{login} required username="broker" password="{password}";'
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:broker;User:admin",
        },
        format_arguments=tuple(
            argument
            for user in USERS
            for argument in ("--add-scram", scram(user, (folder / f"{user}.password").read_text()))
        ),
    )


def scram(user, password, rounds=4096):
    """What `format` takes for a user: salted, so that `ps` shows no password."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha512", password.strip().encode(), salt, rounds)
    fields = f'salt="{text(salt)}",saltedpassword="{text(salted)}"'
    return f"SCRAM-SHA-512=[name={user},iterations={rounds},{fields}]"


def text(data):
    return base64.b64encode(data).decode()


def rules_of(role):
    """The rights of `docs/topics.md` as rules."""
    topics = [
        rule(role, ResourceType.TOPIC, name, AclOperation[operation])
        for name, operations in rights_of(role).items()
        for operation in (*operations, "DESCRIBE_CONFIGS")
    ]
    group = rule(role, ResourceType.GROUP, role, AclOperation.READ)
    prefixed = ResourcePatternType.PREFIXED
    ids = rule(role, ResourceType.TRANSACTIONAL_ID, role, AclOperation.WRITE, prefixed)
    in_transactions = {Role.MONITOR, Role.COMPLIANCE, Role.DISPATCH}
    return [*topics, group, *([ids] if role in in_transactions else [])]


def rule(user, kind, name, operation, pattern=ResourcePatternType.LITERAL):
    who, host, allow = f"User:{user}", "*", AclPermissionType.ALLOW
    return AclBinding(kind, str(name), pattern, who, host, operation, allow)


def grant(settings, rules):
    """Make rules and wait until the broker applies them, which is after it has said so."""
    admin = AdminClient(kafka_config(settings))
    for answer in admin.create_acls(rules).values():
        answer.result(10)
    everything = AclBindingFilter(
        ResourceType.ANY,
        None,
        ResourcePatternType.ANY,
        None,
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    end = time.monotonic() + 10
    while not set(rules) <= set(admin.describe_acls(everything).result(10)):
        assert time.monotonic() < end
        time.sleep(0.02)


def make_certificates(folder):
    """Write `ca.pem`, and `broker.pem`: key and certificate, what Kafka calls a PEM keystore."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = (
        certificate("test CA", ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    broker = (
        certificate("broker", key, ca_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "ca.pem").write_bytes(ca.public_bytes(PEM))
    (folder / "broker.pem").write_bytes(key.private_bytes(PEM, *private) + broker.public_bytes(PEM))


def certificate(subject, key, ca_key=None):
    issuer = (ca_key or key).public_key()
    now = datetime.datetime.now(datetime.UTC)  # noqa: TID251 - certificates live on the wall clock
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named("test CA"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
    )


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def usage(*, signs_certificates):
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
