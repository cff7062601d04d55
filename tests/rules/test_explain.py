"""Rules in plain words, in both languages. LOANWATCH_REWRITE_GOLDEN=1 writes the texts anew."""

import os
from pathlib import Path

import pytest

from rules import check, pack
from rules.explain import explain

HERE = Path(__file__).parent
EVERYTHING = (HERE / "differential.ewl").read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "sources"),
    [
        pytest.param("postloan", pack("postloan"), id="postloan"),
        pytest.param("everything", {"e.ewl": EVERYTHING}, id="everything"),
    ],
)
def test_explanations_are_as_agreed(name, sources, language):
    checked = check(sources)
    found = "\n\n".join(explain(checked, rule.name, language) for rule in checked.rules) + "\n"
    golden = HERE / "golden" / f"explain-{name}-{language}.txt"
    if os.environ.get("LOANWATCH_REWRITE_GOLDEN"):
        golden.write_text(found, "utf-8")

    assert found == golden.read_text("utf-8")


def test_an_unknown_rule_is_said_to_be_unknown():
    with pytest.raises(LookupError, match=r"expected one of rp02_failed_debit, .* got `rp03`"):
        explain(check(pack("postloan")), "rp03", "en")
