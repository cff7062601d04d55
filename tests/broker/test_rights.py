"""Each role at work on a secured cluster with the rights of `docs/topics.md`, and no more."""

import json
import os
import subprocess
import sys
import time

import pytest

from stream.roles import Role
from stream.sources.keys import make_trial_keys

pytestmark = pytest.mark.broker


@pytest.fixture
def worker(secured, tmp_path):
    """Return a function that starts a role's worker as the role's user."""
    started = []
    make_trial_keys(tmp_path / "keys", tmp_path / "trust.json")

    def start(role):
        settings = secured.settings(role.value, trust=tmp_path / "trust.json", data_dir=tmp_path)
        with (tmp_path / role).open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "stream.cli", "worker", role.value, "--until-stdin-ends"],
                env={**os.environ, **settings.to_env()},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()


def test_every_role_works_with_the_rights_in_the_docs(worker, tmp_path):
    workers = {role: worker(role) for role in Role}

    for role, process in workers.items():
        assert json.loads(process.stdout.readline())["ready"] == role
    end = time.monotonic() + 120
    while (tmp_path / Role.MONITOR).read_text().count("took over") < 4:
        assert time.monotonic() < end
        time.sleep(0.1)
    for role, process in workers.items():
        process.stdin.close()
        assert process.wait(120) == 0
        log = (tmp_path / role).read_text().splitlines()
        assert [line for line in log if "uthorization" in line] == []
