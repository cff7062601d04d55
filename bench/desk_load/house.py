"""Kafka, Valkey, desk-feed and desk of one run, in a folder of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Self

import msgspec
import redis
from confluent_kafka import Producer

from desk.users import make_trial_users
from schemas.control import Clock, GoLiveBody
from stream.demo.stage import put_in_force
from stream.embedded import kafka
from stream.embedded import redis as valkey
from stream.journal.clients import named, producer_config
from stream.journal.topic_admin import create
from stream.settings import Settings
from stream.sources.keys import make_trial_keys

SOURCE = Path(__file__).parents[2]
_FORGET = """
local gone, cursor = 0, '0'
repeat
  local found = redis.call('SCAN', cursor, 'MATCH', 'loanwatch:*', 'COUNT', 10000)
  cursor = found[1]
  for _, name in ipairs(found[2]) do gone = gone + redis.call('UNLINK', name) end
until cursor == '0'
return gone
"""


class House:
    """The servers and what stands on them.

    Args:
        folder: An empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self.url = ""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as started:
            broker = started.enter_context(kafka.start(self._folder / "kafka"))
            server = started.enter_context(valkey.start(self._folder / "valkey"))
            self.settings = Settings(
                kafka_bootstrap=broker.bootstrap,
                redis_url=server.url,
                data_dir=self._folder,
            )
            self.settings = replace(self.settings, desk_port=0)
            create(self.settings)
            make_trial_keys(self.settings.data_dir / "keys", self.settings.trust_file)
            self.passwords = make_trial_users(self.settings.desk_users_file)
            put_in_force(self.settings, GoLiveBody(clock=Clock.WALL))
            self._producer = Producer(producer_config(self.settings, "bench"))
            self._stack = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, topic: str, key: str, value: bytes) -> None:
        """Hand a record over."""
        full = named(self.settings, topic)
        while True:
            try:
                self._producer.produce(full, key=key, value=value, on_delivery=_delivered)
            except BufferError:
                self._producer.poll(0.1)
            else:
                self._producer.poll(0)
                return

    def flush(self) -> None:
        """Wait until the cluster has all that was handed over."""
        self._producer.flush(60)

    def start(self) -> None:
        """Start desk-feed and desk."""
        self._spawn("worker", "desk-feed")
        self.url = self._spawn("desk", "serve")

    def _spawn(self, *command: str) -> str:
        """Start a process of ours; return where it answers."""
        log_file = self._folder / f"{command[-1]}.log"
        with log_file.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "stream.cli", *command, "--until-stdin-ends"],
                env={**os.environ, **self.settings.to_env(), "PYTHONPATH": str(SOURCE)},
                cwd=SOURCE,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._stack.callback(_end, process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log_file.read_text(encoding="utf-8")[-3_000:]
        return str(msgspec.json.decode(line)["health"])

    def forget(self) -> int:
        """Let Redis lose everything at one instant, sessions too; return how many keys."""
        with redis.Redis.from_url(self.settings.redis_url) as client:
            return int(client.eval(_FORGET, 0))  # type: ignore[arg-type]


def _delivered(error: object, _message: object) -> None:
    assert error is None, error


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=30)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
