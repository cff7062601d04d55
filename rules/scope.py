"""What names mean at one place of a rule file, and where findings go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rules.catalogue import Catalogue, Field, Stream
from rules.errors import Problems, Span, did_you_mean
from rules.nodes import Word
from rules.terms import AnyTerm, Constant, Named, too_large
from rules.types import Type


@dataclass(frozen=True, slots=True)
class Param:
    """A declared parameter: its value by default and by segment."""

    name: str
    type: Type
    default: Constant
    segments: Mapping[str, Constant]


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that can be seen.

    Attributes:
        problems: Takes the findings.
        catalogue: Streams, fields, detectors.
        currency: What the rule set counts in.
        lets: Named values so far.
        params: Declared parameters.
        lists: Declared lists, and what each holds.
        broken: Names whose declaration is wrong: reported there, and not again at each use.
        row: Inside `where`: the stream whose fields may stand bare.
    """

    problems: Problems
    catalogue: Catalogue
    currency: str
    lets: dict[str, Named] = field(default_factory=dict)
    params: dict[str, Param] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    row: Stream | None = None

    def inside(self, row: Stream) -> "Scope":
        """Return the scope of a `where` over this stream."""
        return replace(self, row=row)

    def local(self) -> "Scope":
        """Return a scope whose new lets are not seen outside."""
        return replace(self, lets=dict(self.lets), broken=set(self.broken))

    def names(self) -> list[str]:
        """Return every name that could have been meant outside `where`."""
        known = [*self.lets, *self.params, *self.catalogue.streams, *self.catalogue.entities]
        return [*known, "detector"]

    def stream(self, word: str) -> Stream | None:
        """Return the stream of this name or Chinese label."""
        streams = self.catalogue.streams
        return streams.get(self.catalogue.named("stream", word, streams))

    def field(self, stream: Stream, words: Sequence[Word]) -> Field | None:
        """Return the field of this name or Chinese label; reports if there is none."""
        written = ".".join(word.text for word in words)
        found = stream.fields.get(self.catalogue.named("field", written, stream.fields))
        if found is None:
            hint = did_you_mean(written, self.catalogue.known_as("field", stream.fields))
            message = f"{stream.name} has no field `{written}`"
            self.problems.add("E202", words[0].span, message, help=hint)
        return found

    def is_large(self, term: AnyTerm) -> bool:
        """Whether a term is too large; reports it if so."""
        if not too_large(term):
            return False
        hint = "its lets are spelled out wherever they are used: use them less often"
        self.problems.add("E106", term.span, "this is too large or nested too deeply", help=hint)
        return True

    def beyond(self, span: Span, construct: str) -> None:
        """Report what this engine version does not do."""
        self.problems.add(
            "E900",
            span,
            f"{construct} is not supported by this engine version",
            note="the grammar knows it; the engine refuses it rather than skip it",
        )
