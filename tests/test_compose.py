"""docker-compose.yml: a real compose takes it, and it is as closed as it says.

Where a compose binary is on PATH it reads the file, and what it understood is checked; where
there is none (the header of the test run says which), the file's own YAML is.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from stream.roles import Role
from stream.settings import described

ROOT = Path(__file__).parent.parent
OURS = [role.value for role in Role]


@pytest.fixture(scope="module")
def services(compose_command):
    """The services, as compose understands them or as they are written."""
    text = (ROOT / "docker-compose.yml").read_text()
    if compose_command:
        done = subprocess.run(
            [*compose_command, "-f", "-", "config", "--format", "json"],
            input=text,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["services"]
    return yaml.safe_load(text)["services"]


def test_every_role_has_a_service(services):
    assert set(OURS) <= services.keys()
    assert [services[role]["command"] for role in OURS] == [["worker", role] for role in OURS]


def test_whatever_keeps_running_has_a_health_check_and_comes_back(services):
    running = services.keys() - {"prepare"}

    assert [name for name in running if "healthcheck" not in services[name]] == []
    assert [name for name in running if services[name]["restart"] != "unless-stopped"] == []


def test_a_role_starts_after_the_topics_are_there(services):
    for role in OURS:
        assert services[role]["depends_on"]["prepare"]["condition"] == (
            "service_completed_successfully"
        )
    assert services["prepare"]["depends_on"]["kafka"]["condition"] == "service_healthy"


def test_a_role_may_finish_before_it_is_killed(services):
    assert {services[role]["stop_grace_period"] for role in OURS} == {"30s"}


def test_nobody_is_root_or_may_become_it(services):
    users = {name: service.get("user", "") for name, service in services.items()}
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert "\nUSER loanwatch\n" in dockerfile
    assert [name for name, user in users.items() if user in {"root", "0"}] == []
    assert [name for name in users if "build" not in services[name] and not users[name]] == []
    assert [name for name in users if services[name]["cap_drop"] != ["ALL"]] == []


def test_only_the_loopback_is_published(services):
    published = [port for service in services.values() for port in service.get("ports", [])]

    assert published
    for port in published:
        assert port.startswith("127.") if isinstance(port, str) else port["host_ip"] == "127.0.0.1"


def test_images_are_named_by_version(services):
    tags = {name: service["image"].partition(":")[2] for name, service in services.items()}

    assert [name for name, tag in tags.items() if tag in {"", "latest"}] == []


def test_a_role_is_told_nothing_but_settings(services):
    known = {variable for variable, *_ in described()}

    assert [set(services[role]["environment"]) - known for role in OURS] == [set()] * len(OURS)
