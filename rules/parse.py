"""Text -> syntax tree, with every syntax error of a file at once.

After a mistake the parser goes on at the next `rule`, `param`, `test` … that begins a line: so
each item shows its first mistake, and no mistake drags others behind it. A file with syntax
errors gives no tree.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import cast

from lark import Lark, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.lexer import Token

from rules.build import Builder
from rules.errors import Problems, closest
from rules.nodes import Expression, Item, Word
from rules.places import Places

_ITEM = re.compile(r"^[ \t]*(?:ruleset|list|param|rule|scorecard|test)\b", re.MULTILINE)
_SHOWN = 8
"""How many expected words a message lists."""

DEEPEST = 80
"""How many levels an item may have; sixty conditions joined by `and` are sixty levels."""

_SPOKEN = {
    "INT": "a number", "DEC": "a decimal", "IDENT": "a name", "STRING": '"text"',
    "MONEY": "an amount (`¥100`)", "PERCENT": "a percentage (`50%`)", "LISTREF": "`@list`",
    "DATE": "a date (`2026-11-20`)", "CLOCK": "a time (`09:00`)", "FIELD": "`.field`",
    "$END": "the end of the file", "NOTHING": "`nothing`",
}  # fmt: skip

Hole = tuple[Expression, Word | None]
"""What stands in braces in a reason: an expression and its formatter."""


@cache
def grammar() -> Lark:
    """Build the parser; takes a third of a second, once."""
    return Lark(
        resources.files("rules").joinpath("ewl.lark").read_text("utf-8"),
        parser="lalr",
        lexer="basic",
        strict=True,
        start=["start", "hole"],
        propagate_positions=True,
        maybe_placeholders=False,
    )


def parse(file: str, source: str, problems: Problems) -> tuple[Item, ...]:
    """Return the items of a rule file; on a syntax error none, and `problems` has all of them."""
    places = Places(file, source)
    text = places.text
    read = _read(text, "start", places, problems)
    if isinstance(read, Tree):
        items: tuple[Item, ...] = Builder(places).transform(read)
        return items
    while isinstance(read, int) and (following := _ITEM.search(text, read + 1)):
        text = _blank(text, following.start())
        read = _read(text, "start", places, problems)
    return ()


def parse_hole(text: Word, at: int, source: str, problems: Problems) -> Hole | None:
    """Return what stands between `{` and `}` in the text of a reason.

    Args:
        text: The text that the hole is in.
        at: Where the hole's source begins in the file.
        source: The hole's source, without braces.
        problems: Where a syntax error goes.
    """
    places = Places(text.span.file, source, shift=at, line=text.span.line)
    read = _read(places.text, "hole", places, problems)
    if not isinstance(read, Tree):
        return None
    hole: Hole = Builder(places).transform(read)
    return hole


def reserved() -> frozenset[str]:
    """Return the words that cannot be names."""
    return frozenset(text for text in _texts().values() if text.isalpha())


def _read(text: str, start: str, places: Places, problems: Problems) -> Tree[Token] | int:
    """Return the tree, or where in `text` the mistake is that `problems` now has."""
    try:
        tree = grammar().parse(text, start=start)
    except UnexpectedToken as error:
        return _report_token(error, text, places, problems)
    except UnexpectedCharacters as error:
        at = cast("int", error.pos_in_stream)  # lark declares it as None
        unclosed = text[at] == '"'
        problems.add(
            "E100",
            places.span(at, at + 1),
            "this text is not closed" if unclosed else f"`{text[at]}` does not belong here",
            help='close it with " on the same line' if unclosed else None,
        )
        return at
    deep = _too_deep(tree)
    if deep is None:
        return tree
    problems.add("E106", places.span(deep, deep + 1), "this is too large or nested too deeply")
    return len(text)


def _too_deep(tree: Tree[Token]) -> int | None:
    """Return where a tree is deeper than the phases after this one, which recurse, should go."""
    level: list[Tree[Token]] = [tree]
    for _ in range(DEEPEST):
        level = [child for each in level for child in each.children if isinstance(child, Tree)]
    return level[0].meta.start_pos if level else None


def _report_token(error: UnexpectedToken, text: str, places: Places, problems: Problems) -> int:
    token, accepts = error.token, set(error.accepts or error.expected)
    if token.type == "$END":
        end = max(1, len(text.rstrip()))
        what = "the file ends in the middle of a block"
        problems.add("E101", places.span(end - 1, end), what, help=_expected(accepts))
        return len(text)
    at = token.start_pos or 0
    message, hint = f"unexpected `{token}`", _expected(accepts)
    if _is_keyword(token.type) and {"IDENT", "INT"} <= accepts:
        message = f"expected a value before `{token}`"
        hint = "write a field, a measure or a number; reserved words cannot be names"
    elif _is_keyword(token.type) and "IDENT" in accepts:
        hint = f"`{token}` is a word of the language and cannot be a name"
    elif "BAR" in accepts and token.type == "IDENT":
        hint = f"a formatter stands after a bar: `| {token}`"
    elif near := closest(str(token), _keywords(accepts)) if token.type == "IDENT" else None:
        hint = f"did you mean `{near}`?"
    elif "RPAR" in accepts and (opened := _unclosed(text[:at])) is not None:
        hint = f"the `(` at {places.row_and_column(opened)} is not closed"
    problems.add("E101", places.span(at, at + len(token)), message, help=hint)
    return at


def _blank(text: str, end: int) -> str:
    """Overwrite `text` up to `end` with spaces, so that all places after it stay where they are."""
    return re.sub(r"[^\n]", " ", text[:end]) + text[end:]


def _unclosed(text: str) -> int | None:
    """Return where the last `(` that is not closed stands, strings apart."""
    open_at: list[int] = []
    for match in re.finditer(r'"[^"\n]*"|#[^\n]*|[()]', text):
        if match.group() == "(":
            open_at.append(match.start())
        elif match.group() == ")" and open_at:
            open_at.pop()
    return open_at[-1] if open_at else None


def _expected(accepts: set[str]) -> str:
    words = sorted(_spoken(name) for name in accepts)
    more = f" or {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return "expected " + ", ".join(words[:_SHOWN]) + more


def _spoken(terminal: str) -> str:
    return _SPOKEN.get(terminal) or f"`{_texts()[terminal]}`"


def _is_keyword(terminal: str) -> bool:
    return terminal in _texts() and _texts()[terminal].isalpha()


def _keywords(accepts: set[str]) -> Iterator[str]:
    return (_texts()[name] for name in accepts if _is_keyword(name))


@cache
def _texts() -> dict[str, str]:
    """Return the text of each terminal that has but one."""
    return {
        terminal.name: terminal.pattern.value
        for terminal in grammar().terminals
        if terminal.pattern.type == "str"
    }
