"""`loanwatch control`: what governs every borrower alike, signed by two people.

The kill switch is switched on by one.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import orjson
import typer

from schemas.control import (
    Clock,
    GoLiveBody,
    KillSwitchBody,
    ListBody,
    RuleSetBody,
)
from stream.commands.control_report import described, print_table, say
from stream.commands.control_sending import payload_for, put_in_force, reachable
from stream.journal.preflight import preflight
from stream.settings import Settings
from stream.sources.control_file import (
    ControlFileError,
    countersigned,
    people_of,
    read_body,
    read_records,
    signed_by,
)
from stream.sources.control_topic import CONTROL, publish, read_register
from stream.sources.keys import read_signing_key, read_trust, trial_signers
from stream.sources.rule_files import read_rule_files


class OnOff(StrEnum):
    """A position of the kill switch."""

    ON = "on"
    OFF = "off"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Keys = Annotated[
    list[Path] | None,
    typer.Option("--key", help="Private key (PEM) to sign with: author, then approver."),
]
RecordId = Annotated[
    str | None, typer.Option(help="Id of the record; by default made of what it says.")
]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Sign and publish control records; without --key they are signed with the trial keys.",
)


@app.command()
def ruleset(
    path: Annotated[Path, typer.Argument(help="A rule file, or a folder of them.", exists=True)],
    key: Keys = None,
    record_id: RecordId = None,
    as_json: Json = False,
) -> None:
    """Put a rule set in force; it is checked first, and refused with all that is wrong in it."""
    put_in_force(RuleSetBody(files=read_rule_files(path)), key, record_id, as_json=as_json)


@app.command()
def parameters(
    file: Annotated[Path, typer.Argument(help="JSON: detector and segments.", exists=True)],
    key: Keys = None,
    record_id: RecordId = None,
    as_json: Json = False,
) -> None:
    """Put the segment priors of one detector in force."""
    fields = {"kind": "parameters"} | _object(file)
    put_in_force(read_body(orjson.dumps(fields)), key, record_id, as_json=as_json)


@app.command("list")
def list_(
    name: Annotated[str, typer.Argument(help="The list, as rules name it: @watch.")],
    members: Annotated[
        list[str] | None, typer.Argument(help="Its members, all of them; none empties it.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="File with more members, one a line.", exists=True)
    ] = None,
    key: Keys = None,
    record_id: RecordId = None,
    as_json: Json = False,
) -> None:
    """Put a list in force, in place of the one before."""
    more = file.read_text("utf-8").split() if file else []
    body = ListBody(name=f"@{name.removeprefix('@')}", members=(*(members or ()), *more))
    put_in_force(read_body(msgspec.json.encode(body)), key, record_id, as_json=as_json)


@app.command()
def sources(
    file: Annotated[Path, typer.Argument(help="JSON: the feeds, all of them.", exists=True)],
    key: Keys = None,
    record_id: RecordId = None,
    as_json: Json = False,
) -> None:
    """Say which feeds are to be missed, and how far to believe them; docs/time.md."""
    fields = {"kind": "sources"} | _object(file)
    put_in_force(read_body(orjson.dumps(fields)), key, record_id, as_json=as_json)


@app.command()
def calendar(
    file: Annotated[Path, typer.Argument(help="JSON: version and regions.", exists=True)],
    key: Keys = None,
    record_id: RecordId = None,
    as_json: Json = False,
) -> None:
    """Say which days are special, by region."""
    fields = {"kind": "calendar"} | _object(file)
    put_in_force(read_body(orjson.dumps(fields)), key, record_id, as_json=as_json)


@app.command("go-live")
def go_live(
    on: Annotated[Clock, typer.Option("--clock", help="The clock to go on with.")],
    key: Keys = None,
    record_id: RecordId = None,
    as_json: Json = False,
) -> None:
    """End the bootstrap, once: from here on warnings are handed out."""
    put_in_force(GoLiveBody(clock=on), key, record_id, as_json=as_json)


@app.command()
def kill(
    to: Annotated[OnOff, typer.Argument(help="On takes one person's key, off takes two people's.")],
    reason: Annotated[str, typer.Option(help="Why; stands in the record, so name no borrower.")],
    key: Keys = None,
    record_id: RecordId = None,
    as_json: Json = False,
) -> None:
    """Work the kill switch: while it is on, dispatch grants no permit, within a second."""
    body = KillSwitchBody(on=to is OnOff.ON, reason=reason)
    put_in_force(read_body(msgspec.json.encode(body)), key, record_id, as_json=as_json)


@app.command()
def sign(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="A body, or a signed record that is to get one more signature."),
    ],
    key: Keys = None,
    author: Annotated[str | None, typer.Option(help="Who wrote it.")] = None,
    approver: Annotated[str | None, typer.Option(help="Who approves it.")] = None,
    record_id: RecordId = None,
) -> None:
    """Print a signed record, to be countersigned elsewhere or published.

    The author makes it of a body, naming the approver; the approver signs what comes out.
    """
    settings = Settings.from_env()
    trust = read_trust(settings.trust_file)
    keys = [read_signing_key(path, trust) for path in key or ()] or trial_signers(
        settings.data_dir / "keys", trust
    )
    text = file.read()
    if b'"signatures"' in text:
        records = [countersigned(record, keys) for record in read_records(text)]
    else:
        body = read_body(text)
        people = (author, approver) if author and approver else people_of(body, keys)
        preflight(settings, {CONTROL: {"READ"}})
        payload = payload_for(read_register(settings, trust), body, people, record_id)
        records = [signed_by(payload, keys)]
    for record in records:
        typer.echo(msgspec.json.encode(record))


@app.command("publish")
def publish_(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="Signed records, one a line.")],
    as_json: Json = False,
) -> None:
    """Publish signed records; what would be refused is not sent."""
    settings = reachable()
    register = read_register(settings, read_trust(settings.trust_file))
    for record in read_records(file.read()):
        offset = publish(settings, register, record)
        say(register.history[-1], offset, as_json=as_json)


@app.command()
def show(
    subject: Annotated[
        str | None, typer.Argument(help="One subject, in full: ruleset, list:watch, go_live.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="All records, with why some were refused.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what is in force."""
    settings = Settings.from_env()
    preflight(settings, {CONTROL: {"READ"}})
    register = read_register(settings, read_trust(settings.trust_file))
    shown = register.history if history else list(register.in_force.values())
    if subject is not None:
        shown = [each for each in shown if each.payload and each.payload.subject == subject]
    if as_json:
        typer.echo(orjson.dumps([described(each, full=subject is not None) for each in shown]))
    elif subject is not None:
        for each in shown:
            typer.echo(orjson.dumps(described(each, full=True), option=orjson.OPT_INDENT_2))
    else:
        print_table(shown)


def _object(file: Path) -> dict[str, Any]:
    try:
        fields = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ControlFileError(f"expected JSON in {file}: {error}") from error
    if not isinstance(fields, dict):
        raise ControlFileError(f"expected a JSON object in {file}")
    return fields
