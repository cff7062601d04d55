"""Sets the stage: embedded Kafka and Redis, topics, keys, the shipped rules, go-live, conduct.

Everything lies in one folder, which is made anew each time; the servers end with the context.
The roles are not here: they are the same processes as everywhere (`loanwatch up`).
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import rules
from schemas.control import Clock, ControlBody, GoLiveBody, RuleSetBody, subject_of
from stream.clock import now_ms
from stream.embedded import kafka, redis
from stream.journal.topic_admin import create
from stream.sources.control_file import payload_of, signed_by, two_people
from stream.sources.control_topic import publish, read_register
from stream.sources.keys import make_trial_keys, read_trust, trial_signers
from stream.sources.simulator.contacts import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream.settings import Settings

PACK = "postloan"


class Stage:
    """The servers and what stands on them; `settings` are for whoever works with them.

    Args:
        settings: Where the demo's folder is to be; the addresses in them are not used.
        say: Told each step, as a person should read it.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self.folder = settings.data_dir / "demo"
        self.settings = replace(settings, data_dir=self.folder, trust=None, record_key=None)
        self._say = say
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as started:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._say("starting Kafka (the first time it is fetched: 45 MB)")
            broker = started.enter_context(kafka.start(self.folder / "kafka"))
            server = started.enter_context(redis.start(self.folder / "redis"))
            self.settings = replace(
                self.settings, kafka_bootstrap=broker.bootstrap, redis_url=server.url
            )
            self._say(f"Kafka is at {broker.bootstrap}; making topics and keys, going live")
            prepare(self.settings)
            put_in_force(self.settings, ACCEPTED)
            self._servers = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()


def prepare(settings: Settings) -> None:
    """Make topics and trial keys, put the shipped rules in force, go live on the input clock."""
    create(settings)
    make_trial_keys(settings.data_dir / "keys", settings.trust_file)
    for body in (RuleSetBody(files=rules.pack(PACK)), GoLiveBody(clock=Clock.INPUT)):
        put_in_force(settings, body)


def put_in_force(settings: Settings, body: ControlBody) -> None:
    """Sign a control record with the trial keys and publish it."""
    trust = read_trust(settings.trust_file)
    keys = trial_signers(settings.data_dir / "keys", trust)
    author, approver = two_people(keys)
    register = read_register(settings, trust)
    payload = payload_of(
        body,
        author=author,
        approver=approver,
        supersedes=register.superseded(subject_of(body)),
        now_ms=now_ms(),
    )
    publish(settings, register, signed_by(payload, keys))
