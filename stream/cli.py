"""The command line: `loanwatch COMMAND`.

A command lives in a module of `stream.commands`, which is imported only when it is called: to
say what there is must not take as long as to load all of it.

Errors of our own packages, and files that cannot be opened, are for the person at the terminal and
become one line; any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import Annotated, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

OUR_PACKAGES: Final = frozenset({"schemas", "rules", "detectors", "stream", "desk"})
EXIT_ERROR: Final = 2


class Entry(NamedTuple):
    """A command: the module of `stream.commands` with its `app`, and what it does."""

    module: str
    does: str
    group: bool = False
    """Whether it has commands of its own."""


COMMANDS: Final = {
    "demo": Entry("demo", "Start everything, play the simulator, show the latest warnings."),
    "up": Entry("up", "Run one process a role and keep them running."),
    "worker": Entry("worker", "Run one role in this process."),
    "broker": Entry("broker", "Start, stop, look at the embedded Kafka and Redis.", group=True),
    "topics": Entry("topics", "Create the topics, or check them.", group=True),
    "keys": Entry("keys", "Make the keys that sign and the keys that tokenise.", group=True),
    "control": Entry("control", "Sign and publish control records.", group=True),
    "rules": Entry("rules", "Check, test and explain rules.", group=True),
    "simulate": Entry("simulate", "Write the events of a made-up lender, and what it planted."),
    "import": Entry("import_", "Turn public data sets into our events.", group=True),
    "produce": Entry("produce", "Play a file of events into Kafka."),
    "replay": Entry("replay", "Fold a file or a journal without a worker, and say what came out."),
    "evaluate": Entry("evaluate", "Score warnings against labels, and check for look-ahead."),
    "models": Entry(
        "models", "Say which detectors are heard; compare, promote, roll back.", group=True
    ),
    "audit": Entry(
        "audit", "Export, verify and prove the record; release, acknowledge, erase.", group=True
    ),
    "case": Entry("case", "Act on one borrower, or say what was known of it.", group=True),
    "desk": Entry("desk", "Serve the desk, make its users, build its read model.", group=True),
    "dead-letters": Entry(
        "dead_letters", "List, show and send again what was not taken.", group=True
    ),
}


def main(args: list[str] | None = None) -> None:
    """Run the command that `args`, by default the process's, name; ends with `SystemExit`."""
    args = sys.argv[1:] if args is None else args
    root = typer.main.get_group(_root)
    for name, entry in COMMANDS.items():
        _add(root, name, entry, load=args[:1] == [name])
    try:
        root.main(args, prog_name="loanwatch")
    except Exception as error:
        if not (told := _told(error)):
            raise
        typer.secho(f"error: {told}", fg="red", err=True)
        raise SystemExit(EXIT_ERROR) from None


def _told(error: Exception) -> str:
    """Return what a person is told of an error; nothing of a bug, which keeps its traceback."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror.lower()}"
    ours = type(error).__module__.partition(".")[0] in OUR_PACKAGES
    return str(error) if ours else ""


_root = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"loanwatch {version('loanwatch')}")
        raise typer.Exit


@_root.callback()
def _about(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say it and exit."),
    ] = False,
) -> None:
    """Early, explained and replayable warnings about borrowers, from three live streams."""


def _add(root: TyperGroup, name: str, entry: Entry, *, load: bool) -> None:
    """Add a command to `root`: itself, or only what the list of commands says of it."""
    if not load:
        root.add_command(TyperCommand(name, help=entry.does))
        return
    app: typer.Typer = importlib.import_module(f"stream.commands.{entry.module}").app
    command = typer.main.get_group(app) if entry.group else typer.main.get_command(app)
    command.help = command.help or entry.does
    root.add_command(command, name)


if __name__ == "__main__":
    main()
