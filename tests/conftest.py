"""What every test may ask for.

* `kafka`: the address of a real broker, started once and stopped at the end. Tests that use it
  carry `@pytest.mark.broker`; pytest-xdist keeps them in one process, so one broker is enough.
* `redis_url`: the address of a real Valkey, empty.
* `prefix`: a prefix for topics, groups and transactional ids that no other test has.
* `settings`: settings made of both, with a data folder of its own.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

import hypothesis
import pytest
import redis
import structlog

from stream.embedded import kafka as embedded_kafka
from stream.embedded import redis as embedded_redis
from stream.settings import Settings, described

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No deadline: the machine is shared. In CI the examples are the same in each run, so that a red
# run means a bad change; a developer's runs look for new ones.
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def find_compose() -> list[str]:
    """Return the command of a compose on this machine; empty if there is none."""
    if standalone := shutil.which("docker-compose"):
        return [standalone]
    if docker := shutil.which("docker"):
        plugin = [docker, "compose"]
        if not subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode:
            return plugin
    return []


def pytest_report_header() -> str:
    """Say what the tests of docker-compose.yml can look at."""
    command = " ".join(find_compose())
    return f"compose: {command or 'none here, so the YAML of docker-compose.yml alone is checked'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share the broker in one process."""
    for item in items:
        if item.get_closest_marker("broker"):
            item.add_marker(pytest.mark.xdist_group("broker"))


@pytest.fixture(scope="session")
def compose_command() -> list[str]:
    """The command of a compose, empty where there is none."""
    return find_compose()


@pytest.fixture(autouse=True)
def _same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not depend on who runs them: settings (but where Kafka is fetched), terminal."""
    for name in {name for name, *_ in described()} - {"LOANWATCH_CACHE", "LOANWATCH_MAVEN_URL"}:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "400")  # no message is broken where a terminal ends


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command that was called in this process has configured its logs; take that back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Kafka of one node, with memory for the topics of all tests."""
    with embedded_kafka.start(tmp_path_factory.mktemp("kafka"), heap_mb=1_024) as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Valkey, with the rights that the embedded one gives."""
    with embedded_redis.start(tmp_path_factory.mktemp("valkey")) as server:
        yield server.url


@pytest.fixture
def redis_url(valkey: str) -> Iterator[str]:
    """The same, with nothing in it."""
    yield valkey
    with redis.Redis.from_url(valkey) as client:
        for key in client.scan_iter(match="loanwatch:*", count=1_000):
            client.unlink(key)


@pytest.fixture
def prefix() -> str:
    """A prefix of one test's own, for all that it makes on the shared broker."""
    return f"t{secrets.token_hex(4)}-"


@pytest.fixture
def settings(kafka: str, prefix: str, tmp_path: Path) -> Settings:
    """Settings of one test's own on the shared broker."""
    return Settings(kafka_bootstrap=kafka, topic_prefix=prefix, data_dir=tmp_path)
