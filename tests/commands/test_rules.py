"""`loanwatch rules`: check, test, explain, diff."""

import json
import re

import pytest
from typer.testing import CliRunner

from rules import pack
from stream.commands.rules import app, read


def without(text, names):
    """A rule set without the rules of these names and their tests."""
    blocks = re.compile(r"^(?:rule|test) .*?^end\n", re.MULTILINE | re.DOTALL)
    named = re.compile(names)
    return blocks.sub(lambda block: "" if named.search(block[0].split("\n")[0]) else block[0], text)


GOOD = without(pack("postloan")["postloan.ewl"], r"\b(?:rp0[3-8]|rp1|f0|f1[679]|x0|p\d|w0)")
"""Three of the shipped rules: the others take their time."""
BAD = GOOD.replace("status = FAILED", "status = FAILD", 1)
FAILING = GOOD.replace("expect exactly mild, moderate, cleared", "expect exactly mild", 1)


@pytest.fixture
def rules(tmp_path):
    """Return a function that runs `loanwatch rules` on files with these texts."""

    def run(*arguments, **files):
        paths = []
        for name, text in files.items():
            path = tmp_path / f"{name}.ewl"
            path.write_text(text, "utf-8")
            paths.append(str(path))
        return CliRunner().invoke(app, [*arguments, *paths])

    return run


def test_shipped_rules_are_checked_where_none_are_named(rules):
    done = rules("check")
    assert done.exit_code == 0
    assert re.fullmatch(r"\d+ rules, \d+ tests: 0 errors, 0 warnings\n", done.stdout)


def test_a_mistake_is_shown_in_its_place_and_ends_with_1(rules):
    done = rules("check", shop=BAD)

    assert done.exit_code == 1
    assert "error E221: `FAILD` is not a value of this field" in done.stdout
    assert "did you mean `FAILED`?" in done.stdout
    assert done.stdout.startswith("shop.ewl:")


def test_findings_can_be_read_by_machines(rules):
    done = rules("check", "--json", shop=BAD)
    report = json.loads(done.stdout)

    assert (done.exit_code, report["ok"]) == (1, False)
    (finding,) = report["findings"]
    assert (finding["code"], finding["file"]) == ("E221", "shop.ewl")
    assert finding["line"] == BAD[: BAD.index("FAILD")].count("\n") + 1


def test_tests_are_run_on_both_engines(rules):
    report = json.loads(rules("test", "--json", shop=GOOD).stdout)

    assert (report["ok"], report["passed"], report["total"]) == (True, 19, 19)
    assert {test["engine"] for test in report["tests"]} == {"compiled", "oracle"}


def test_a_failing_test_says_what_happened_and_ends_with_1(rules):
    done = rules("test", shop=FAILING)

    assert done.exit_code == 1
    assert "FAILED rp02_failed_debit: the first failed debit is mild" in done.stdout
    assert "error E412: expected exactly mild, there was mild, moderate, cleared" in done.stdout
    assert "18 of 19 tests passed" in done.stdout
    assert "disagrees" not in done.stdout


def test_one_rules_tests_alone(rules):
    done = rules("test", "--rule", "d2_unusual_amount")
    assert done.stdout.endswith("3 of 3 tests passed\n")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("test", "--rule", "d3"), id="a rule to test"),
        pytest.param(("explain", "d3"), id="a rule to explain"),
    ],
)
def test_a_rule_that_is_not_there_is_an_error_for_people(rules, arguments):
    error = rules(*arguments).exception
    assert type(error).__module__.startswith("stream.")
    assert "got `d3`" in str(error)


def test_rules_that_do_not_load_are_not_tested(rules):
    assert "E221" in str(rules("test", shop=BAD).exception)


def test_explains_in_both_languages(rules):
    assert "Settlement account changed" in rules("explain", "f15_payee_changed").stdout
    assert "结算收款账户变更至他人" in rules("explain", "f15_payee_changed", "--lang", "zh").stdout
    both = json.loads(rules("explain", "f15_payee_changed", "--json").stdout)
    assert set(both) == {"rule", "en", "zh"}


def test_a_change_is_told_by_what_it_means(rules):
    new = GOOD.replace("days_failed >= 2", "days_failed >= 3").replace("F15", "F15b")
    new = new.replace("over 30 days by (loan_id, instalment_no)", "over 30 days by loan_id")
    report = json.loads(rules("diff", "--json", old=GOOD, new=new).stdout)

    assert report["rules"]["changed"] == ["rp02_failed_debit"]
    assert report["rules"]["same"] == [
        "d1_unusual_gap",
        "d2_unusual_amount",
        "d5_short_instalments",
        "f15_payee_changed",
        "x12_shared_payee",
    ]
    assert len(report["features"]["new"]) == len(report["features"]["dropped"]) == 1

    told = rules("diff", old=GOOD, new=GOOD.replace(">= 2 hard", ">= 3 hard")).stdout
    assert told == "rules changed: rp02_failed_debit\nrules the same: 5\nfeatures the same: 1\n"


def test_a_folder_is_all_its_rule_files(tmp_path):
    (tmp_path / "b.ewl").write_text("", "utf-8")
    (tmp_path / "a.ewl").write_text("", "utf-8")
    (tmp_path / "notes.txt").write_text("", "utf-8")

    assert list(read([tmp_path])) == ["a.ewl", "b.ewl"]


def test_a_folder_without_rules_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected rule files"):
        read([tmp_path])
