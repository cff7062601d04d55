"""What a rule author sees. One file of mistakes, one file of the messages: review the diff.

    LOANWATCH_REWRITE_GOLDEN=1 pytest tests/rules/test_errors.py

writes the messages anew.
"""

import os
import re
from pathlib import Path

import pytest

import rules
from rules import RuleSetError, check, load, render
from rules.errors import Diagnostic, Problems, Span

GOLDEN = Path(__file__).parent / "golden"
BAD = sorted(GOLDEN.glob("*.ewl"))
REWRITE = bool(os.environ.get("LOANWATCH_REWRITE_GOLDEN"))


def messages(file):
    sources = {file.name: file.read_text("utf-8")}
    return render(check(sources).diagnostics, sources) + "\n"


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_messages_are_as_agreed(file):
    expected = file.with_suffix(".txt")
    found = messages(file)
    if REWRITE:
        expected.write_text(found, "utf-8")

    assert found == expected.read_text("utf-8")


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_messages_keep_the_style(file):
    """Lower case, no full stop, and a caret line that stays under its text."""
    sources = {file.name: file.read_text("utf-8")}
    for found in check(sources).diagnostics:
        for sentence in (found.message, found.help, found.note):
            if sentence:
                assert not sentence.endswith(".")
                assert not re.match(r"[A-Z][a-z]", sentence), sentence
        assert found.message.count("`") % 2 == 0
        assert found.span.start < found.span.end <= len(sources[file.name])


def test_every_code_is_shown_once_and_explained():
    source = "".join(path.read_text("utf-8") for path in Path(rules.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'"([EW]\d{3})"', source))
    shown = set(re.findall(r"(?:error|warning) ([EW]\d{3}):", "".join(map(messages, BAD))))
    run_time = {"E404", "E405", "E410", "E411", "E412"}
    assert codes - shown == run_time

    reference = Path(rules.__file__).parents[1] / "docs" / "rules.md"
    explained = set(re.findall(r"^\| ([EW]\d{3}) \|", reference.read_text("utf-8"), re.MULTILINE))
    assert codes == explained


def test_all_errors_are_raised_at_once_without_the_warnings():
    sources = {"types.ewl": (GOLDEN / "types.ewl").read_text("utf-8")}
    with pytest.raises(RuleSetError) as caught:
        load(sources)

    found = check(sources).diagnostics
    assert list(caught.value.diagnostics) == [each for each in found if each.is_error]
    assert str(caught.value).startswith("types.ewl:3:")


def test_a_caret_counts_columns_not_characters():
    text = "当 还款 金 x\n"
    shown = Diagnostic("E1", "m", Span("f", 7, 8, 1)).render(text).splitlines()
    assert shown[1].index("x") + 4 == shown[2].index("^")


def test_one_finding_is_told_once():
    problems = Problems()
    for _ in range(2):
        problems.add("E1", Span("f", 0, 1, 1), "m")
    assert len(problems.ordered()) == 1
