"""Checks bare words: `FAILED` means something only beside a field that can be `FAILED`."""

from rules import check_values, nodes
from rules.errors import did_you_mean
from rules.scope import Scope
from rules.terms import AnyTerm, Constant
from rules.types import Kind, Type


def bare_word(node: nodes.Expression, scope: Scope) -> nodes.Word | None:
    """Return the word if it stands alone and names nothing that can be seen here."""
    if not isinstance(node, nodes.Name) or len(node.parts) > 1:
        return None
    word = node.parts[0]
    if scope.row is not None:
        fields = scope.row.fields
        return None if scope.catalogue.named("field", word.text, fields) in fields else word
    return None if word.text in scope.lets or word.text in scope.params else word


def word_or_value(node: nodes.Expression, other: AnyTerm | None, scope: Scope) -> AnyTerm | None:
    """Check a value that may be a word of the enum that `other` is of."""
    word = bare_word(node, scope)
    if word and other is not None and other.type.kind is Kind.ENUM:
        return _enum_word(word, other.type, scope)
    return check_values.value(node, scope)


def _enum_word(word: nodes.Word, type_: Type, scope: Scope) -> Constant | None:
    values = dict.fromkeys(type_.values)
    found = scope.catalogue.named("value", word.text, values)
    if found in values:
        return Constant(word.span, type_.known(), found)
    scope.problems.add(
        "E221", word.span, f"`{word.text}` is not a value of this field",
        help=did_you_mean(word.text, scope.catalogue.known_as("value", values)), note="values: " + ", ".join(values),
    )  # fmt: skip
    return None


def constant_for(node: nodes.Expression, type_: Type, scope: Scope) -> Constant | None:
    """Check a literal or an enum's word that is to be of this type, as in a test's event."""
    word = bare_word(node, scope)
    if word and type_.kind is Kind.ENUM:
        return _enum_word(word, type_, scope)
    if word and type_.kind in (Kind.ID, Kind.TEXT):
        return Constant(word.span, type_.known(), word.text)
    return check_values.constant_of(node, type_, scope)
