"""`loanwatch evaluate`: how good the warnings are, against labels that no rule has seen."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

import rules
from schemas.instants import wire
from stream.clock import now_ms
from stream.commands.replay import PACK
from stream.evaluate.bootstrap import DRAWS, Estimate
from stream.evaluate.look_ahead import Cut, cuts
from stream.evaluate.report import ALARM_BELOW, Evaluation, Evaluator, Scored, evaluate
from stream.sources.control_file import read_body
from stream.sources.labels import read_labels
from stream.sources.rule_files import read_rule_files

LOOKS_AHEAD: Final = 1
"""The exit code if a decision depends on what came later."""


class Heading(NamedTuple):
    """A column of the table: by how much a number is multiplied, and its digits."""

    text: str
    times: int = 1
    digits: int = 0


HEADINGS: Final = {
    "recall": Heading("recall %", times=100, digits=1),
    "false_share": Heading("good warned of %", times=100, digits=1),
    "precision": Heading("precision %", times=100, digits=1),
    "auc": Heading("AUC", digits=2),
    "rate": Heading("per 100 good a month", digits=1),
    "lead_median": Heading("lead, days"),
    "lead_p10": Heading("a tenth below"),
}

WIDTH: Final = 170
"""A table of so many intervals is not broken to fit a narrow terminal."""

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command("evaluate")
def evaluate_(
    file: Annotated[Path, typer.Argument(help="JSON Lines.", exists=True, dir_okay=False)],
    *,
    labels: Annotated[
        Path, typer.Option(help="What became of whom, CSV.", exists=True, dir_okay=False)
    ],
    rules_dir: Annotated[
        Path | None,
        typer.Option("--rules", help="Folder of .ewl files to fold with.", exists=True),
    ] = None,
    controls: Annotated[
        Path | None,
        typer.Option(
            help="What governs beside the rules: bodies of control records, JSON Lines.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    warm_up_days: Annotated[
        int, typer.Option(min=0, help="Days after a borrower's first event that do not count.")
    ] = 0,
    alarm_below: Annotated[
        float, typer.Option(min=0, max=1, help="A detector's p-value below this is an alarm.")
    ] = ALARM_BELOW,
    draws: Annotated[int, typer.Option(min=1, help="Of the bootstrap.")] = DRAWS,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 7,
    check_look_ahead: Annotated[
        bool,
        typer.Option(
            "--check-look-ahead", help="Cut the file three times; is what was decided the same?"
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fold a file with the shipped rules and score what they say against labels.

    Per tier, rule and detector: recall of the bad, share of the good that were warned of,
    precision, AUC of the highest score, alarms per 100 good borrowers a month, and days from the
    first alarm to the outcome (median, and a tenth are shorter), each with the interval of 95 %
    of a bootstrap by borrower. The labels' file says until when what is said counts.

    What did not happen is missed only of feeds that were declared: --controls says which, and what
    days are special (`loanwatch simulate --controls` writes such a file).

    --check-look-ahead ends with 1 if a decision dated before a cut depends on what happened after.
    """
    files = rules.pack(PACK) if rules_dir is None else read_rule_files(rules_dir)
    wall_now_ms = now_ms()
    evaluator = Evaluator(read_labels(labels), warm_up_days=warm_up_days, alarm_below=alarm_below)
    bodies = [read_body(each) for each in controls.read_bytes().splitlines()] if controls else []
    evaluate(file, evaluator, files, wall_now_ms=wall_now_ms, controls=bodies)
    found = evaluator.evaluation(seed=seed, draws=draws)
    cut = (
        list(cuts(file, files, wall_now_ms=wall_now_ms, controls=bodies))
        if check_look_ahead
        else None
    )
    if as_json:
        typer.echo(orjson.dumps(_plain(found, cut)))
    else:
        _print(found)
        for each in cut or ():
            typer.echo(
                f"cut at {wire(each.at_ms)}: {'LOOKS AHEAD' if each.looks_ahead else 'same'}"
                f", {each.late:,} said after it"
            )
    if cut and any(each.looks_ahead for each in cut):
        raise typer.Exit(LOOKS_AHEAD)


def _print(found: Evaluation) -> None:
    console = Console()
    console.width = max(console.width, WIDTH)
    for counted in found.counted:
        who = f"{counted.bad:,} bad, {counted.good:,} good, {counted.good_months:,.0f} good months"
        console.print(f"{counted.stratum or 'everybody'}: {who}")
        console.print(_table([each for each in found.scored if each.stratum == counted.stratum]))


def _table(scored: list[Scored]) -> Table:
    columns = (Column(each.text, justify="right", no_wrap=True) for each in HEADINGS.values())
    table = Table("voice", *columns, box=None)
    for each in scored:
        cells = (_cell(each.numbers[name], heading) for name, heading in HEADINGS.items())
        table.add_row(f"{each.kind} {each.name}", *cells)
    return table


def _cell(estimate: Estimate, heading: Heading) -> str:
    if isnan(estimate.value):
        return "-"
    value, low, high = (f"{each * heading.times:.{heading.digits}f}" for each in estimate)
    return f"{value} [{low}, {high}]"


def _plain(found: Evaluation, cut: list[Cut] | None) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "events": found.events,
        "strata": [each._asdict() for each in found.counted],
        "voices": [
            {
                "kind": each.kind,
                "name": each.name,
                "stratum": each.stratum,
                **{name: estimate._asdict() for name, estimate in each.numbers.items()},
            }
            for each in found.scored
        ],
    }
    if cut is not None:
        plain["cuts"] = [
            {"at": wire(each.at_ms), "looks_ahead": each.looks_ahead, "said_after": each.late}
            for each in cut
        ]
    return plain
