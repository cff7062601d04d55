"""Shows the demo in a terminal: what came in, what came out, the latest warnings and why.

Where the output is no terminal, each warning is one line instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.alert import Alert
    from stream.demo.watch import Watch

SHOWN: Final = 8
COLOURS: Final = {"mild": "yellow", "moderate": "dark_orange", "severe": "red"}


class Screen:
    """A live picture, or a line for each warning."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._told: set[str] = set()

    def __enter__(self) -> Screen:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, watch: Watch, input_clock: str) -> None:
        """Show the present state of `watch`."""
        if self._console.is_terminal:
            picture = Group(_counters(watch, input_clock), _warnings(list(watch.latest)[:SHOWN]))
            self._live.update(picture, refresh=True)
            return
        for alert in reversed(list(watch.latest)):
            if alert.alert_id not in self._told:
                self._told.add(alert.alert_id)
                self._console.print(_line(alert), soft_wrap=True)


def _counters(watch: Watch, input_clock: str) -> Panel:
    report = watch.report()
    table = Table.grid(padding=(0, 3))
    table.add_row("events in", *_pairs(report["events"]))
    table.add_row("warnings out", *_pairs(report["alerts"]))
    latency = report["event_to_alert_ms"]
    table.add_row(
        "event to warning", f"p50 {latency['p50'] or '-'} ms", f"p99 {latency['p99'] or '-'} ms"
    )
    table.add_row(
        "decisions",
        str(report["decisions"]),
        f"recorded {sum(watch.records.values())}",
        f"dead letters {sum(watch.dead_letters.values())}",
    )
    title = f"loanwatch demo: simulated borrowers, input clock {input_clock} (Ctrl-C stops)"
    return Panel(table, title=title, title_align="left")


def _pairs(counts: dict[str, int]) -> Iterable[str]:
    return (f"{name} {count:,}" for name, count in counts.items())


def _warnings(alerts: list[Alert]) -> Panel:
    table = Table.grid(padding=(0, 2))
    for alert in alerts:
        tier = Text(alert.tier, style=COLOURS[alert.tier])
        table.add_row(tier, alert.detected_at[:16], alert.borrower_id, alert.reason.en)
        table.add_row("", "", "", Text(alert.clears_when.en, style="dim"))
    return Panel(table, title="latest warnings", title_align="left")


def _line(alert: Alert) -> Text:
    tier = Text(f"{alert.tier:8}", style=COLOURS[alert.tier])
    return Text.assemble(tier, f" {alert.detected_at} {alert.borrower_id} {alert.reason.en}")
