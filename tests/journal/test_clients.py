"""Clients' options made from settings: the same address, login and CA for both libraries."""

import ssl

import faust
import pytest
from confluent_kafka import Consumer, Producer

from stream.journal.clients import (
    consumer_config,
    faust_broker,
    faust_credentials,
    kafka_config,
    named,
    producer_config,
)
from stream.settings import Settings, SettingsError


@pytest.fixture
def secured(tmp_path):
    (tmp_path / "password").write_text("pa55 word\r\nthe second line is a note\n")
    return {
        "kafka_security": "SASL_SSL",
        "kafka_user": "ann",
        "kafka_password_file": tmp_path / "password",
    }


def test_a_plain_cluster_needs_an_address_alone():
    config = kafka_config(Settings(kafka_bootstrap="k1:9092,k2:9092"))

    assert config["bootstrap.servers"] == "k1:9092,k2:9092"
    assert not [key for key in config if key.startswith(("sasl", "ssl"))]
    assert faust_credentials(Settings()) is None


def test_both_libraries_log_in_alike(secured):
    settings = Settings(**secured)

    config, credentials = kafka_config(settings), faust_credentials(settings)

    assert (config["sasl.username"], config["sasl.password"]) == ("ann", "pa55 word")
    assert (credentials.username, credentials.password) == ("ann", "pa55 word")
    assert config["sasl.mechanism"] == credentials.mechanism.value == "SCRAM-SHA-512"
    assert config["security.protocol"] == credentials.protocol.value == "SASL_SSL"
    assert credentials.ssl_context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("security", "kind", "encrypted"),
    [
        pytest.param("SSL", faust.SSLCredentials, True, id="encrypted, no login"),
        pytest.param("SASL_PLAINTEXT", faust.SASLCredentials, False, id="login in the clear"),
        pytest.param("SASL_SSL", faust.SASLCredentials, True, id="both"),
    ],
)
def test_faust_speaks_the_protocol_that_was_set(secured, security, kind, encrypted):
    credentials = faust_credentials(Settings(**secured | {"kafka_security": security}))

    assert isinstance(credentials, kind)
    assert credentials.protocol.value == security
    context = getattr(credentials, "ssl_context", None) or getattr(credentials, "context", None)
    assert (context is not None) == encrypted


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"kafka_user": ""}, "LOANWATCH_KAFKA_USER: expected a user", id="no user"),
        pytest.param(
            {"kafka_password_file": None},
            "expected a file with the password of `ann` in its first line, found none",
            id="no password file",
        ),
        pytest.param(
            {"kafka_password_file": "missing"},
            "LOANWATCH_KAFKA_PASSWORD_FILE: cannot read .*missing: No such file",
            id="a password file that is not there",
        ),
        pytest.param(
            {"kafka_password_file": "empty"}, "in its first line, found .*empty", id="an empty one"
        ),
        pytest.param(
            {"kafka_ca_file": "missing"},
            "LOANWATCH_KAFKA_CA_FILE: expected a file, found none at .*missing",
            id="a CA file that is not there",
        ),
    ],
)
@pytest.mark.parametrize("options_of", [kafka_config, faust_credentials])
def test_an_incomplete_login_is_told_before_anything_connects(
    secured, tmp_path, changes, message, options_of
):
    (tmp_path / "empty").write_text("\n")
    files = {k: tmp_path / v if k.endswith("file") and v else v for k, v in changes.items()}

    with pytest.raises(SettingsError, match=message):
        options_of(Settings(**secured | files))


def test_a_ca_file_without_certificates_is_told(secured, tmp_path):
    (tmp_path / "ca.pem").write_text("not a certificate")

    with pytest.raises(SettingsError, match=r"expected certificates \(PEM\), found none in"):
        faust_credentials(Settings(**secured, kafka_ca_file=tmp_path / "ca.pem"))


def test_producers_place_keys_as_aiokafka_does_and_double_nothing():
    config = producer_config(Settings())

    assert config["partitioner"] == "murmur2_random"
    assert config["enable.idempotence"] is True
    assert "compression.type" not in config  # Faust reads gzip or nothing


def test_consumers_see_committed_records_only_and_carry_the_prefix():
    config = consumer_config(Settings(topic_prefix="t1-"), "desk")

    assert config["group.id"] == "t1-desk"
    assert config["isolation.level"] == "read_committed"
    assert config["enable.auto.commit"] is False


def test_librdkafka_takes_every_option():
    Producer(producer_config(Settings()))
    Consumer(consumer_config(Settings(), "desk")).close()


def test_names_and_addresses_follow_the_settings():
    settings = Settings(kafka_bootstrap="k1:9092,k2:9092", topic_prefix="t1-")

    assert named(settings, "journal") == "t1-journal"
    assert faust_broker(settings, "chunk") == "chunk://k1:9092;chunk://k2:9092"
