"""`loanwatch topics`: the topics of the cluster, made from the table and compared with it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from schemas.topics import DAY_MS, TOPICS, Topic
from stream.journal.preflight import preflight
from stream.journal.topic_admin import config_of, create, partitions_of, rights_of
from stream.journal.topic_check import differences
from stream.settings import Settings

EXIT_DIFFERENT: Final = 1

PAGE: Final = """\
# Topics

Made by `loanwatch topics docs` from the table in `schemas/topics.py`: change it there.

`loanwatch topics create` makes them, `loanwatch topics check` compares a cluster's with this page,
and a worker whose topics differ refuses to start. `LOANWATCH_TOPIC_PREFIX` is put before every
name. Where no number of partitions is given it is the journal's (`LOANWATCH_PARTITIONS`, 4), which
is fixed for the life of the journal. A **restricted** topic may hold what only the restricted lane
may know; no other topic does.

{topics}

## Settings

Beside cleanup and retention; those that are not listed are the cluster's.
`min.insync.replicas` is one less than the copies (`LOANWATCH_REPLICATION`), at least 1.

{settings}

## Rights

What each process of ours needs; whoever else is named as a writer or reader above needs WRITE or
READ there. Each needs DESCRIBE_CONFIGS on its topics too, since it compares them at start, and READ
on the consumer group of its own name; monitor, compliance and dispatch also need WRITE on the
transactional ids that begin with their names. Events and ticks are protected by these rights alone,
control records and
operators' actions by signatures as well.

{rights}
"""
ROLES: Final = (
    "ingest", "ticker", "monitor", "crossing", "compliance", "dispatch", "desk-feed",
)  # fmt: skip

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command("create")
def create_(as_json: Json = False) -> None:
    """Create the topics that are missing, and wait until they can be used.

    Topics that are there already stay as they are; if one of them differs, this fails.
    """
    settings = _reachable()
    created = create(settings)
    _report({"created": created, "differences": differences(settings)}, as_json=as_json)


@app.command()
def check(as_json: Json = False) -> None:
    """Compare the cluster's topics with the table; fails if they differ."""
    _report({"differences": differences(_reachable())}, as_json=as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the topics as they should be on this cluster, without asking it."""
    settings = Settings.from_env()
    if as_json:
        typer.echo(orjson.dumps([_described(topic, settings) for topic in TOPICS]))
        return
    name = Column("topic", no_wrap=True)
    table = Table(name, "partitions", "cleanup", "retention", "writers", "readers", box=None)
    for topic in TOPICS:
        _, _, *cells = _row(topic, settings)
        table.add_row(settings.topic_prefix + topic.name, *cells)
    Console().print(table)


@app.command()
def docs() -> None:
    """Print the page `docs/topics.md`."""
    typer.echo(topics_page(), nl=False)


def topics_page() -> str:
    """Return the text of `docs/topics.md`: the table, the settings, the rights."""
    return PAGE.format(
        topics=_markdown(
            ["topic", "key", "partitions", "cleanup", "retention", "writers", "readers", "what"],
            [[*_row(topic, None), topic.sentence] for topic in TOPICS],
        ),
        settings=_markdown(
            ["topic", "setting", "value"],
            [[topic.name, *item] for topic in TOPICS for item in sorted(topic.config.items())],
        ),
        rights=_markdown(
            ["process", "READ", "WRITE"],
            [[role, _topics_with("READ", role), _topics_with("WRITE", role)] for role in ROLES],
        ),
    )


def _reachable() -> Settings:
    settings = Settings.from_env()
    preflight(settings, {})
    return settings


def _report(result: dict[str, list[str]], *, as_json: bool) -> None:
    """Print what was done and found; differences are a failure."""
    if as_json:
        typer.echo(orjson.dumps(result))
    else:
        for name in result.get("created", ()):
            typer.echo(f"created {name}")
        for text in result["differences"]:
            typer.secho(text, fg="red", err=True)
        if not result["differences"]:
            typer.echo(f"{len(TOPICS)} topics as they should be")
    if result["differences"]:
        raise typer.Exit(EXIT_DIFFERENT)


def _described(topic: Topic, settings: Settings) -> dict[str, Any]:
    return {
        "name": settings.topic_prefix + topic.name,
        "key": topic.key,
        "partitions": partitions_of(topic, settings),
        "replication": settings.replication,
        "config": config_of(topic, settings),
        "writers": topic.writers,
        "readers": topic.readers,
        "restricted": topic.restricted,
        "sentence": topic.sentence,
    }


def _row(topic: Topic, settings: Settings | None) -> list[str]:
    """Return a topic's cells; without settings the partitions are those of the table alone."""
    partitions = partitions_of(topic, settings) if settings else topic.partitions
    return [
        f"`{topic.name}`" + (" **restricted**" if topic.restricted else ""),
        topic.key,
        str(partitions or ""),
        topic.cleanup.value,
        "for ever" if topic.retention_ms < 0 else f"{topic.retention_ms // DAY_MS} days",
        ", ".join(topic.writers),
        ", ".join(topic.readers),
    ]


def _topics_with(operation: str, role: str) -> str:
    return ", ".join(
        f"`{n}`" for n, operations in rights_of(role).items() if operation in operations
    )


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
