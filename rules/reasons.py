"""The texts of reasons: templates with holes, read once at load.

A hole holds an expression of the language and one of a closed set of formatters, never Python:
`str.format` would walk attributes from inside a string. What an author may write is checked
like everything else, with a caret under the hole.
"""

import re
from dataclasses import dataclass

from rules import nodes
from rules.check_values import value
from rules.errors import did_you_mean
from rules.formatters import FORMATTERS, default_for, suits
from rules.parse import parse_hole
from rules.scope import Scope
from rules.terms import AnyTerm

_PIECE = re.compile(r"\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Hole:
    """A value in a text, and how it is written."""

    term: AnyTerm
    formatter: str


@dataclass(frozen=True, slots=True)
class Template:
    """The pieces of a text in both languages; one alone serves both."""

    en: tuple[str | Hole, ...]
    zh: tuple[str | Hole, ...]

    def holes(self) -> tuple[Hole, ...]:
        """Return the holes of both languages, in order."""
        return tuple(piece for piece in (*self.en, *self.zh) if isinstance(piece, Hole))


def template(texts: nodes.Texts, scope: Scope) -> Template:
    """Read the text of a reason; holes that are wrong are reported and left out."""
    pieces = [_pieces(text, scope) for text in texts.texts]
    return Template(pieces[0], pieces[-1])


def _pieces(text: nodes.Word, scope: Scope) -> tuple[str | Hole, ...]:
    pieces: list[str | Hole] = []
    at, first = 0, text.span.start + 1
    for match in _PIECE.finditer(text.text):
        pieces.append(text.text[at : match.start()])
        at = match.end()
        if match[1] is None:
            span = text.span._replace(start=first + match.start(), end=first + match.end())
            message = f"`{match.group()}` has no partner"
            scope.problems.add("E252", span, message, help="a hole is `{name | formatter}`")
        elif hole := _hole(text, first + match.start(1), match[1], scope):
            pieces.append(hole)
    pieces.append(text.text[at:])
    return tuple(piece for piece in pieces if piece != "")


def _hole(text: nodes.Word, at: int, source: str, scope: Scope) -> Hole | None:
    read = parse_hole(text, at, source, scope.problems)
    if read is None:
        return None
    expression, word = read
    term = value(expression, scope)
    if term is None or scope.is_large(term):
        return None
    if word is None:
        return Hole(term, default_for(term.type))
    formatter = word.text
    if formatter not in FORMATTERS:
        hint = did_you_mean(formatter, FORMATTERS)
        message = f"unknown formatter `{formatter}`"
        scope.problems.add("E251", word.span, message, help=hint or _known())
        return None
    if not suits(formatter, term.type):
        message = f"`{formatter}` cannot write {term.type.described}"
        scope.problems.add("E253", word.span, message, help=f"try `{default_for(term.type)}`")
        return None
    return Hole(term, formatter)


def _known() -> str:
    return "formatters are " + ", ".join(f"`{name}`" for name in FORMATTERS)
