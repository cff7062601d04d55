"""`loanwatch rules`: checks, tests, explains and compares rule sets.

A rule set is named by its files or their folder; where none is named, it is the shipped one.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from rules import Checked, Diagnostic, Program, RuleSetError, check, load, pack, render
from rules.engines import OracleEngine, ProgramEngine
from rules.explain import explain
from rules.testing import Outcome, run_tests
from stream.sources.rule_files import read_rule_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PACK: Final = "postloan"
EXIT_FOUND: Final = 1
ENGINES: Final = {"compiled": ProgramEngine, "oracle": OracleEngine}

Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="Rule files, or folders of them; the shipped rules if none.", exists=True),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app = typer.Typer(add_completion=False, no_args_is_help=True)


class RulesError(ValueError):
    """A rule set, or a rule, that is not there."""


class Language(StrEnum):
    """What to explain in."""

    EN = "en"
    ZH = "zh"


@app.command("check")
def check_(paths: Paths = None, as_json: Json = False) -> None:
    """Find every mistake of a rule set; exit with 1 if there is one that keeps it from loading."""
    sources = read(paths)
    checked = check(sources)
    found = checked.diagnostics
    errors = [each for each in found if each.is_error]
    if as_json:
        rules = [rule.name for rule in checked.rules]
        _print({"ok": not errors, "rules": rules, "findings": _findings(found, sources)})
    else:
        if found:
            typer.echo(render(found, sources))
        warnings = _counted(len(found) - len(errors), "warning")
        what = f"{_counted(len(checked.rules), 'rule')}, {_counted(len(checked.tests), 'test')}"
        typer.echo(f"{what}: {_counted(len(errors), 'error')}, {warnings}")
    raise typer.Exit(EXIT_FOUND if errors else 0)


@app.command("test")
def run(
    paths: Paths = None,
    rule: Annotated[str | None, typer.Option(help="Only the tests of this rule.")] = None,
    as_json: Json = False,
) -> None:
    """Run the tests of a rule set, on the compiled rules and on a slow evaluator.

    Exits with 1 if one fails. The slow evaluator recomputes everything from the list of events;
    a test that passes on one of the two alone has found a bug of the engine.
    """
    sources = read(paths)
    checked = _loadable(sources)
    if rule is not None and rule not in {each.name for each in checked.rules}:
        raise RulesError(f"expected a rule of this rule set, got `{rule}`")
    outcomes = {name: run_tests(sources, engine, only=rule) for name, engine in ENGINES.items()}
    failed = Counter(each.title for found in outcomes.values() for each in found if each.failures)
    total = len(outcomes["compiled"])
    if as_json:
        tests = [
            {"rule": one.rule, "title": one.title, "engine": name, "ok": not one.failures,
             "findings": _findings(one.failures, sources)}
            for name, found in outcomes.items() for one in found
        ]  # fmt: skip
        _print({"ok": not failed, "tests": tests, "passed": total - len(failed), "total": total})
    else:
        for compiled, oracle in zip(*outcomes.values(), strict=True):
            _print_outcome(compiled, oracle, sources)
        typer.echo(f"{total - len(failed)} of {_counted(total, 'test')} passed")
    raise typer.Exit(EXIT_FOUND if failed else 0)


def _print_outcome(compiled: Outcome, oracle: Outcome, sources: Mapping[str, str]) -> None:
    verdict = "FAILED" if compiled.failures or oracle.failures else "ok"
    typer.echo(f"{verdict:6} {compiled.rule}: {compiled.title}")
    if compiled.failures:
        typer.echo(render(compiled.failures, sources))
    if oracle.failures != compiled.failures:
        typer.echo("       the slow evaluator disagrees with the compiled rules:")
        typer.echo(render(oracle.failures, sources) or "       it finds nothing wrong")


@app.command("explain")
def explain_(
    rule: Annotated[str, typer.Argument(help="The rule's name.")],
    paths: Paths = None,
    language: Annotated[Language, typer.Option("--lang", help="English or Chinese.")] = Language.EN,
    as_json: Json = False,
) -> None:
    """Say in plain words what a rule means to the machine."""
    checked = _loadable(read(paths))
    try:
        texts = {each.value: explain(checked, rule, each.value) for each in Language}
    except LookupError as error:
        raise RulesError(str(error)) from error
    if as_json:
        _print({"rule": rule} | texts)
    else:
        typer.echo(texts[language])


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The rule set in force.", exists=True)],
    new: Annotated[Path, typer.Argument(help="The one to come.", exists=True)],
    as_json: Json = False,
) -> None:
    """Say what a change of rules would mean: for each rule, and for what is kept of borrowers."""
    before, after = load(read([old])), load(read([new]))
    changes = {
        "rules": _changes(_by_name(before), _by_name(after)),
        "features": _changes(_by_fingerprint(before), _by_fingerprint(after)),
    }
    if as_json:
        _print(changes)
        return
    for kind, change in changes.items():
        for what, names in change.items():
            if what != "same" and names:
                typer.echo(f"{kind} {what}: {', '.join(names)}")
        typer.echo(f"{kind} the same: {len(change['same'])}")


def read(paths: Iterable[Path] | None) -> dict[str, str]:
    """Return the sources of a rule set: the files named, those of folders, or the shipped ones.

    Raises:
        RuleFilesError: If a folder has no rule files.
    """
    if not paths:
        return pack(PACK)
    return {name: text for path in paths for name, text in read_rule_files(path).items()}


def _loadable(sources: Mapping[str, str]) -> Checked:
    checked = check(sources)
    errors = [each for each in checked.diagnostics if each.is_error]
    if errors:
        raise RuleSetError(errors, sources)
    return checked


def _by_name(program: Program) -> dict[str, str]:
    return {rule.name: rule.fingerprint for rule in program.rules}


def _by_fingerprint(program: Program) -> dict[str, str]:
    return {
        f"{store.feature.stream}/{store.feature.family}/{store.fingerprint}": str(store.reach)
        for store in program.features
    }


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[str]]:
    both = before.keys() & after.keys()
    return {
        "new": sorted(after.keys() - before.keys()),
        "dropped": sorted(before.keys() - after.keys()),
        "changed": sorted(name for name in both if before[name] != after[name]),
        "same": sorted(name for name in both if before[name] == after[name]),
    }


def _findings(found: Iterable[Diagnostic], sources: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "code": each.code, "message": each.message, "help": each.help, "note": each.note,
            "file": each.span.file, "line": each.span.line,
            "rendered": each.render(sources.get(each.span.file, "")),
        }
        for each in found
    ]  # fmt: skip


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _print(report: Any) -> None:
    typer.echo(orjson.dumps(report))
