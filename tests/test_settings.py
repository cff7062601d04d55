"""Settings: read from the environment, refused with a sentence, handed on unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.settings import Settings, SettingsError, described

settings = st.builds(
    Settings,
    kafka_bootstrap=st.sampled_from(["a:1", "broker-1:9092,broker-2:9092"]),
    topic_prefix=st.from_regex(r"[\w.-]{1,20}", fullmatch=True),
    partitions=st.integers(1, 1024),
    data_dir=st.sampled_from([Path("var"), Path("somewhere else")]),
    trust=st.sampled_from([None, Path("trust.json")]),
    metrics_port=st.integers(0, 65_535),
)


@given(settings)
def test_a_child_process_reads_what_its_parent_had(given_settings):
    assert Settings.from_env(given_settings.to_env()) == given_settings


def test_an_empty_variable_is_as_good_as_none():
    assert Settings.from_env({"LOANWATCH_PARTITIONS": "", "REDIS_URL": ""}) == Settings()


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        pytest.param(
            "LOANWATCH_PARTITIONS",
            "0",
            "LOANWATCH_PARTITIONS: expected an integer from 1 to 1024, got `0`",
            id="a number out of range",
        ),
        pytest.param(
            "LOANWATCH_METRICS_PORT",
            "http",
            "LOANWATCH_METRICS_PORT: expected an integer from 0 to 65535, got `http`",
            id="no number",
        ),
        pytest.param(
            "LOANWATCH_KAFKA_SECURITY",
            "TLS",
            "LOANWATCH_KAFKA_SECURITY: expected one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL,"
            " got `TLS`",
            id="a word of another vocabulary",
        ),
        pytest.param(
            "KAFKA_BOOTSTRAP",
            "broker",
            "KAFKA_BOOTSTRAP: expected host:port, several joined by commas, got `broker`",
            id="a host without its port",
        ),
        pytest.param(
            "LOANWATCH_TOPIC_PREFIX",
            "a/b",
            "LOANWATCH_TOPIC_PREFIX: expected letters, digits, `.`, `_`, `-`, at most 100 of"
            " them, got `a/b`",
            id="what no topic may be called",
        ),
        pytest.param(
            "LOANWATCH_PARTITION",
            "4",
            "`LOANWATCH_PARTITION` is not a setting: did you mean `LOANWATCH_PARTITIONS`?",
            id="a slip",
        ),
        pytest.param(
            "LOANWATCH_KAFKA_PASSWORD",
            "secret",
            "`LOANWATCH_KAFKA_PASSWORD` is not a setting: did you mean"
            " `LOANWATCH_KAFKA_PASSWORD_FILE`?",
            id="a secret as a value",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(variable, text, message):
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({variable: text})

    assert str(refused.value) == message


def test_a_variable_of_somebody_else_with_our_prefix_is_left_alone():
    assert Settings.from_env({"LOANWATCH_VALKEY_SERVICE_HOST": "10.0.0.7"}) == Settings()


def test_a_message_never_shows_a_secret():
    """A secret is never a setting's value; the one that holds it is named by a file."""
    assert not [name for name, *_ in described() if name.endswith(("PASSWORD", "SECRET", "KEY"))]
