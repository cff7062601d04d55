"""`loanwatch demo`: everything on one machine, with simulated borrowers."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import orjson
import typer
from rich.console import Console

from stream import logs
from stream.commands.desk import first_users, free_port
from stream.commands.up import DESK, House, told_to_stop, usual
from stream.demo.play import SECONDS, Play, simulate
from stream.demo.screen import Screen
from stream.demo.stage import Stage
from stream.demo.watch import Watch
from stream.settings import Settings

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

REFRESH_S: Final = 0.5
SETTLE_S: Final = 5.0
"""After the last event, so that what it brings about is seen."""

SHOWN: Final = ("operator1", "supervisor")
"""Users of the desk whose passwords are told."""

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    seconds: Annotated[
        float,
        typer.Option(
            envvar="DEMO_SECONDS",
            min=0,
            help="End by itself after so many seconds of play; 0: play until Ctrl-C.",
        ),
    ] = 0,
) -> None:
    """Start everything, play simulated borrowers, show warnings as they come.

    A real Kafka and Redis, the roles as processes of their own, rules in force, live on the input
    clock. The last line is one JSON object with the counts. Everything lies in `demo` in the data
    folder: logs of the roles in `roles.log`, the events in `simulated.jsonl`.
    """
    settings = Settings.from_env()
    logs.configure("WARNING", role="demo")
    console = Console(stderr=True)
    with told_to_stop() as stop:
        report = _perform(settings, seconds, stop, console)
    typer.echo(orjson.dumps(report))


def _perform(
    settings: Settings, seconds: float, stop: threading.Event, console: Console
) -> dict[str, object]:
    with ExitStack() as acts:
        stage = acts.enter_context(Stage(settings, lambda step: console.print(step, style="dim")))
        path = stage.folder / "simulated.jsonl"
        console.print(f"simulated borrowers with {simulate(path)} planted cases", style="dim")
        log = os.open(stage.folder / "roles.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        acts.callback(os.close, log)
        told = replace(stage.settings, desk_port=free_port(settings))
        passwords = first_users(told)
        house = acts.enter_context(House(usual(told), told, log_to=log, desk=True))
        house.wait_ready()
        console.print(_invitation(house.health[DESK], passwords), soft_wrap=True)
        watch = acts.enter_context(Watch(stage.settings))
        playing_s = max(SETTLE_S, seconds - SETTLE_S) if seconds else SECONDS
        play = acts.enter_context(Play(stage.settings, path, seconds=playing_s))
        screen = acts.enter_context(Screen(console))
        end_s = time.monotonic() + (seconds or float("inf"))
        while not stop.wait(REFRESH_S) and time.monotonic() < end_s:
            house.tend()
            for part in (watch, play):
                if part.failure is not None:
                    raise part.failure
            screen.show(watch, play.input_clock)
        screen.show(watch, play.input_clock)
    return watch.report()


def _invitation(address: str, passwords: Mapping[str, str]) -> str:
    """Say where the desk is, and who may sign in: an operator and whoever has to agree with him."""
    names = ", ".join(f"{name} / {passwords[name]}" for name in SHOWN)
    return f"the desk is at {address}: sign in as {names}"
