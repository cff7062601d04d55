"""How every process reaches Kafka: one place turns settings into clients' options.

Two client libraries read the log and write to it: confluent-kafka (producing, administration,
transactions) and aiokafka below Faust. Both get the same address, login and CA from here.

All producers place keys as Java's and aiokafka do (murmur2). librdkafka's own default is
another hash, and a mismatch would split a borrower's records over two partitions in silence.
"""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING, Any, Final

import faust

from schemas.topics import LARGE_RECORDS
from stream.settings import Settings, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from faust.types.auth import CredentialsT

LARGEST_RECORD: Final = int(LARGE_RECORDS["max.message.bytes"])
"""Bytes: as much as the topics of large records take."""

_LOG = logging.getLogger("librdkafka")


def named(settings: Settings, name: str) -> str:
    """Return the full name of a topic, group or transactional id.

    >>> named(Settings(topic_prefix="test."), "journal")
    'test.journal'
    """
    return f"{settings.topic_prefix}{name}"


def kafka_config(settings: Settings, client: str = "loanwatch") -> dict[str, Any]:
    """Return confluent-kafka's options to reach the cluster: address, login, name, log.

    `client` is the name that the brokers' logs and quotas show. What librdkafka logs goes to
    the logger `librdkafka`, when the client is polled.

    Raises:
        SettingsError: If the login is incomplete or its password file cannot be read.
    """
    config: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_bootstrap,
        "security.protocol": settings.kafka_security,
        "client.id": client,
        "logger": _LOG,
        "log_level": 4,  # syslog's warning
        "log.connection.close": False,  # brokers drop idle connections all day long
        "reconnect.backoff.max.ms": 1_000,
    }
    if settings.kafka_ca_file:
        config["ssl.ca.location"] = str(_existing_ca_file(settings))
    if _logs_in(settings):
        config["sasl.mechanism"] = settings.kafka_mechanism
        config["sasl.username"] = _user(settings)
        config["sasl.password"] = _password(settings)
    return config


def producer_config(settings: Settings, client: str = "loanwatch") -> dict[str, Any]:
    """Return the options of a producer that loses and doubles nothing while it lives.

    >>> producer_config(Settings())["partitioner"]
    'murmur2_random'
    """
    return {
        **kafka_config(settings, client),
        "partitioner": "murmur2_random",
        "enable.idempotence": True,  # implies acks=all and order
        "linger.ms": 5,
        "message.max.bytes": LARGEST_RECORD,
    }


def consumer_config(settings: Settings, group: str, client: str = "loanwatch") -> dict[str, Any]:
    """Return the options of a consumer that sees committed records only, from the first on.

    `group` is without the prefix. Offsets are committed by the caller, if at all.
    """
    return {
        **kafka_config(settings, client),
        "group.id": named(settings, group),
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }


def faust_broker(settings: Settings, scheme: str = "kafka") -> str:
    """Return the brokers as Faust wants them; `scheme` names the transport.

    >>> faust_broker(Settings(kafka_bootstrap="k1:9093,k2:9093"))
    'kafka://k1:9093;kafka://k2:9093'
    """
    return ";".join(f"{scheme}://{host}" for host in settings.kafka_bootstrap.split(","))


def faust_credentials(settings: Settings) -> CredentialsT | None:
    """Return Faust's login and encryption, None where the listener is plain.

    Raises:
        SettingsError: As `kafka_config`.
    """
    if not _logs_in(settings):
        return faust.SSLCredentials(context=_tls(settings)) if _encrypts(settings) else None
    return faust.SASLCredentials(
        username=_user(settings),
        password=_password(settings),
        ssl_context=_tls(settings) if _encrypts(settings) else None,
        mechanism=settings.kafka_mechanism,
    )


def _logs_in(settings: Settings) -> bool:
    return settings.kafka_security.startswith("SASL_")


def _encrypts(settings: Settings) -> bool:
    return settings.kafka_security.endswith("SSL")


def _tls(settings: Settings) -> ssl.SSLContext:
    if not settings.kafka_ca_file:
        return ssl.create_default_context()
    path = _existing_ca_file(settings)
    try:
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise SettingsError(
            f"LOANWATCH_KAFKA_CA_FILE: expected certificates (PEM), found none in {path}"
        ) from None


def _existing_ca_file(settings: Settings) -> Path:
    path = settings.kafka_ca_file
    if path is None or not path.is_file():
        raise SettingsError(f"LOANWATCH_KAFKA_CA_FILE: expected a file, found none at {path}")
    return path


def _user(settings: Settings) -> str:
    if not settings.kafka_user:
        raise SettingsError(
            f"LOANWATCH_KAFKA_USER: expected a user, since LOANWATCH_KAFKA_SECURITY is "
            f"{settings.kafka_security}, got nothing"
        )
    return settings.kafka_user


def _password(settings: Settings) -> str:
    path = settings.kafka_password_file
    try:
        password = path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r") if path else ""
    except OSError as error:
        raise SettingsError(
            f"LOANWATCH_KAFKA_PASSWORD_FILE: cannot read {path}: {error.strerror}"
        ) from None
    if not password:
        raise SettingsError(
            f"LOANWATCH_KAFKA_PASSWORD_FILE: expected a file with the password of "
            f"`{settings.kafka_user}` in its first line, found {path or 'none'}"
        )
    return password
