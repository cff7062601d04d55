"""How far a group has come, asked of a broker that has only just started."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from stream.embedded import kafka as embedded_kafka
from stream.journal.topic_admin import create
from stream.settings import Settings

pytestmark = pytest.mark.broker

ASK = """
from stream.journal.follow import Reader
from stream.settings import Settings

reader = Reader(Settings.from_env(), "references", "ingest")
print(sum(reader.committed().values()))
reader.close()
"""


def test_a_group_that_was_never_used_is_at_the_start_and_ends_nobody_s_process(tmp_path):
    """On a broker of its own: only the first question to it met the coordinator starting."""
    with embedded_kafka.start(tmp_path / "kafka") as broker:
        settings = Settings(kafka_bootstrap=broker.bootstrap, data_dir=tmp_path)
        create(settings)
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env={**os.environ, **settings.to_env()},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
