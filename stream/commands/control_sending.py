"""How a command puts a control record in force: made, signed, judged, sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.control import ControlBody, ControlPayload, subject_of
from stream import clock
from stream.commands.control_report import say
from stream.journal.preflight import preflight
from stream.settings import Settings
from stream.sources.control_file import payload_of, people_of, signed_by
from stream.sources.control_topic import CONTROL, publish, read_register
from stream.sources.keys import read_signing_key, read_trust, trial_signers

if TYPE_CHECKING:
    from pathlib import Path

    from stream.sources.control_file import Register


def put_in_force(
    body: ControlBody,
    key: list[Path] | None,
    record_id: str | None,
    *,
    as_json: bool,
    register: Register | None = None,
) -> None:
    """Make, sign and publish a record, unless it would say what is in force already."""
    settings = reachable()
    trust = read_trust(settings.trust_file)
    keys = [read_signing_key(path, trust) for path in key or ()] or trial_signers(
        settings.data_dir / "keys", trust
    )
    people = people_of(body, keys)
    register = register or read_register(settings, trust)
    payload = payload_for(register, body, people, record_id)
    if register.holds(body):
        say(register.in_force[payload.subject], None, as_json=as_json)
        return
    offset = publish(settings, register, signed_by(payload, keys))
    say(register.history[-1], offset, as_json=as_json)


def payload_for(
    register: Register, body: ControlBody, people: tuple[str, str], record_id: str | None
) -> ControlPayload:
    """Return the payload of a record that follows those on the topic."""
    return payload_of(
        body,
        author=people[0],
        approver=people[1],
        supersedes=register.superseded(subject_of(body)),
        now_ms=clock.now_ms(),
        record_id=record_id,
    )


def reachable() -> Settings:
    """Return the settings, once the topic can be read and written."""
    settings = Settings.from_env()
    preflight(settings, {CONTROL: {"READ", "WRITE"}})
    return settings
