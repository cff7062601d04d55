# ruff: noqa: RUF001 - Chinese is tested
"""The grammar: what it reads, whole; and that nothing but findings comes of what it does not."""

import random
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from lark import Lark

from rules import check, load, nodes, pack
from rules.build import _INSIDE_BEYOND, BEYOND, Builder
from rules.errors import Problems
from rules.parse import grammar, parse, reserved
from rules.places import Places

HERE = Path(__file__).parent
DESIGN = (HERE / "design.ewl").read_text("utf-8")
PACK = pack("postloan")["postloan.ewl"]
CHINESE = (HERE / "golden" / "chinese.ewl").read_text("utf-8")


def read(text):
    problems = Problems()
    items = parse("f", text, problems)
    return items, problems.ordered()


# --- the whole language


def test_the_grammar_reads_all_of_the_design():
    items, found = read(DESIGN)

    assert found == ()
    kinds = [type(item).__name__ for item in items]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "RuleSet": 1, "ListOf": 3, "Param": 2, "Let": 4, "Rule": 16, "Beyond": 1, "Test": 7,
    }  # fmt: skip


NOT_OF_OURS = {"E201", "E202", "E221", "E223", "E226", "E321"}
"""What the design's examples name and the catalogue has not."""


def test_the_checker_finds_nothing_in_the_design_but_what_it_does_not_do_yet():
    found = check({"design.ewl": DESIGN}).diagnostics

    assert {each.code for each in found} - NOT_OF_OURS == {"E900", "W401"}


@pytest.mark.parametrize(
    "construct",
    [name for name in BEYOND.values() if name not in ("`rollout`", "`unpaid … after due`")],
)
def test_each_construct_beyond_the_engine_is_refused_by_name(construct):
    files = {name: (HERE / "golden" / f"{name}.txt").read_text("utf-8") for name in ("beyond",)}
    told = {each.message for each in check({"d": DESIGN}).diagnostics}

    assert any(construct in text for text in [*files.values(), *told])


def test_every_rule_of_the_grammar_is_made_into_something():
    found = [rule for rule in grammar().rules if not rule.origin.name.startswith("_")]
    names = {str(rule.alias or rule.origin.name) for rule in found}
    inlined = {str(rule.origin.name) for rule in grammar().rules if rule.options.expand1}
    generic = {"duration", "full", "business", "where", "arriving", "since", "lasting"}
    generic |= {"money", "percent", "date", "clock", "number", "string"}
    made = {name for name in names if hasattr(Builder, name)}
    clauses = {name for name in names if name.startswith(("c_", "d_"))}

    assert names - inlined - made - clauses - generic - set(BEYOND) - _INSIDE_BEYOND == set()


def test_the_grammar_has_no_conflict_and_no_colliding_terminals():
    """Strict mode raises otherwise; the parser that runs is built in it, too."""
    text = (Path(nodes.__file__).parent / "ewl.lark").read_text("utf-8")
    Lark(text, parser="lalr", lexer="basic", strict=True, start=["start", "hole"])


def test_after_a_dot_every_word_is_a_field():
    ((rule, *_), found) = read("rule r when repayment.tier = 1 and repayment.name.end = 2 end")

    assert found == ()
    assert rule.clauses[0].condition.left.left.parts[1].text == "tier"


def test_layout_and_comments_do_not_matter():
    one = "rule r when repayment.status = FAILED tier mild hard keep 3 days end"
    other = one.replace(" ", '\n  # said: "end"\n\t')
    assert stripped(read(one)[0]) == stripped(read(other)[0])


def test_reserved_words_are_known():
    assert {"when", "tier", "hard", "end", "nothing"} <= reserved()
    assert not {"count", "days", "mild", "repayment", "live"} & reserved()


# --- places


def nodes_of(thing):
    if isinstance(thing, tuple) and not hasattr(thing, "_fields"):
        for each in thing:
            yield from nodes_of(each)
    elif is_dataclass(thing):
        yield thing
        for field in fields(thing):
            yield from nodes_of(getattr(thing, field.name))


def stripped(thing):
    """Return the tree without its places."""
    if isinstance(thing, tuple):
        return tuple(map(stripped, thing))
    if is_dataclass(thing):
        parts = [
            (f.name, stripped(getattr(thing, f.name))) for f in fields(thing) if f.name != "span"
        ]
        return (type(thing).__name__, *parts)
    return thing


@pytest.mark.parametrize("text", [DESIGN, PACK], ids=["design", "pack"])
def test_words_stand_where_their_places_say(text):
    words = [node for node in nodes_of(read(text)[0]) if isinstance(node, nodes.Word)]

    assert len(words) > 300
    for word in words:
        assert text[word.span.start : word.span.end].strip('"') == word.text
        assert word.span.line == text.count("\n", 0, word.span.start) + 1


def test_places_in_a_chinese_file_are_those_of_the_file():
    words = [node for node in nodes_of(read(CHINESE)[0]) if isinstance(node, nodes.Word)]
    shown = {CHINESE[word.span.start : word.span.end]: word.text for word in words}

    assert shown["连续次数"] == "streak"
    assert shown["中度"] == "moderate"
    assert shown["失败"] == "失败"
    assert shown["“连续{次数}次扣款失败，{次}”"].startswith("连续")


def test_a_translated_word_is_one_place():
    places = Places("f", "当 计数（还款）")

    assert places.text == "when count(还款)"
    assert places.span(5, 10)[1:3] == (2, 4)


# --- whatever is typed


def mutated(text, seed):
    """Delete, double, swap, misspell or replace one token."""
    pick = random.Random(seed)
    tokens = re.findall(r"\s+|[^\W\d]\w*|\d+|\"[^\"\n]*\"|.", text)
    words = [number for number, token in enumerate(tokens) if token.strip()]
    at, other = pick.choice(words), pick.choice(words)
    token = tokens[at]
    match pick.choice(["delete", "double", "swap", "misspell", "replace", "cut"]):
        case "delete":
            tokens[at] = ""
        case "double":
            tokens[at] = f"{token} {token}"
        case "swap":
            tokens[at], tokens[other] = tokens[other], token
        case "misspell" if len(token) > 2:
            tokens[at] = token[1] + token[0] + token[2:]
        case "cut":
            return "".join(tokens[:at])
        case _:
            tokens[at] = tokens[other]
    return "".join(tokens)


@pytest.mark.parametrize("text", [DESIGN, PACK, CHINESE], ids=["design", "pack", "chinese"])
@pytest.mark.parametrize("batch", range(2))
def test_whatever_is_typed_gives_findings_and_never_a_crash(text, batch):
    for seed in range(15 * batch, 15 * batch + 15):
        source = mutated(text, seed)
        for found in check({"f": source}).diagnostics:
            assert 0 <= found.span.start < found.span.end <= max(1, len(source))
            assert found.render(source)


@pytest.mark.parametrize(
    "text", ["", "\n", "end", "rule", "“", '"', "#", "规则", "{", "@", "¥", "\x00"]
)
def test_scraps_give_findings_and_never_a_crash(text):
    assert any(found.is_error for found in check({"f": text}).diagnostics)


RULE = 'ruleset r version 1 end\nrule r signal R family sales lane credit on repayment when {} tier mild hard reason "-" end'


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(" and ".join(["repayment.attempt_no > 1"] * 5_000), id="conditions"),
        pytest.param("not " * 5_000 + "repayment.attempt_no > 1", id="negations"),
        pytest.param("repayment.attempt_no > " + "1 + " * 5_000 + "1", id="sums"),
        pytest.param("repayment.attempt_no > " + "9" * 5_000, id="a number"),
        pytest.param(f"count(repayment) over {'9' * 15} days > 1", id="a window"),
    ],
)
def test_the_absurdly_large_gives_a_finding_and_never_a_crash(condition):
    found = check({"f": RULE.format(condition)}).diagnostics
    assert {each.code for each in found if each.is_error} & {"E106", "E101", "E240"}


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(" and ".join(["repayment.attempt_no > 1"] * 60), id="sixty conditions"),
        pytest.param("(" * 500 + "repayment.attempt_no" + ")" * 500 + " > 1", id="brackets"),
    ],
)
def test_the_large_loads(condition):
    assert load({"f": RULE.format(condition)}).rules


@pytest.mark.parametrize(
    "step", [pytest.param("n{0} + n{0}", id="wide"), pytest.param("n{0} + 1", id="deep")]
)
def test_lets_of_lets_give_a_finding_and_never_a_crash(step):
    lets = [f"let n{number + 1} = {step.format(number)}" for number in range(300)]
    text = "\n".join(["ruleset r version 1 end", "let n0 = count(repayment) over 1 day", *lets])

    assert {each.code for each in check({"f": text}).diagnostics} == {"E106"}
