"""What we know to look for: the rule language, its compiler and the shipped rules.

    program = load({"postloan.ewl": text})
    program.apply(windows, event, now_ms)
    for verdict in program.judge(event, windows, Context(now_ms, segment, lists, scores)): ...
    for standing in program.look(windows, scene): ...

To read, in the order of the phases:

    ewl.lark    the language; `normalise`, `parse`, `build` make `nodes` of it
    check       what it means, `check_*` by kind; makes `terms` with `types` from the `catalogue`
    features    what is kept of events for aggregates, in the shapes of `windows`
    emit        terms to Python, `compile` to functions that see `namespace` and `runtime` alone
    program     apply and judge; `measured` and `proof` for what a verdict must carry
    states      look and prove: rules that are true or not at an instant; `wakes` when to look
                again, `life` what becomes of a warning of theirs

Beside them `errors` (what an author sees), `oracle` (the same semantics, slow and obvious),
`testing` (test blocks, from a `scenario`, on `engines`), `explain`, and the shipped rules in
`packs/`.
"""

from collections.abc import Mapping
from importlib import resources

from rules.catalogue import CATALOGUE, Catalogue
from rules.check import check
from rules.checked import Checked
from rules.errors import Diagnostic, RuleSetError, render
from rules.features import Store
from rules.program import Program
from rules.rows import Put, as_of, take_back
from rules.verdict import Context, Measure, Rule, Standing, Verdict, Wake

__all__ = [
    "CATALOGUE",
    "Catalogue",
    "Checked",
    "Context",
    "Diagnostic",
    "Measure",
    "Program",
    "Put",
    "Rule",
    "RuleSetError",
    "Standing",
    "Store",
    "Verdict",
    "Wake",
    "as_of",
    "check",
    "load",
    "pack",
    "render",
    "take_back",
]


def load(sources: Mapping[str, str], catalogue: Catalogue = CATALOGUE) -> Program:
    """Check and compile a rule set.

    Args:
        sources: The text of each file, by its name.
        catalogue: What rules may name.

    Raises:
        RuleSetError: If anything is wrong; says all of it, with places.

    Examples:
        >>> [rule.signal for rule in load(pack("postloan")).rules][:3]
        ['RP02', 'RP03', 'RP06']
    """
    checked = check(sources, catalogue)
    errors = [finding for finding in checked.diagnostics if finding.is_error]
    if errors:
        raise RuleSetError(errors, sources)
    return Program(checked, sources, catalogue)


def pack(name: str) -> dict[str, str]:
    """Return the sources of a shipped rule set.

    Raises:
        FileNotFoundError: If there is no pack of this name.
    """
    file = f"{name}.ewl"
    return {file: resources.files("rules").joinpath("packs", file).read_text("utf-8")}
