"""What a rule author sees: a place, a sentence, the line with a caret, and the nearest right thing.

Leaf of `rules`. Every phase from the parser to the checker adds `Diagnostic`s to one
`Problems`, so that all mistakes of a rule set are shown at once. The layout is rustc's; the
caret counts columns by East-Asian width, so that it stays right under Chinese text.

Style of the messages: lower case, no full stop, names in backticks, the expectation before the
finding. `tests/rules/golden/` holds them all.
"""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Span(NamedTuple):
    """A place in a rule file: offsets into its text as the author wrote it, and the first line."""

    file: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding; codes that begin with `W` do not stop a rule set from loading."""

    code: str
    message: str
    span: Span
    help: str | None = None
    note: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether the rule set must not be loaded."""
        return self.code.startswith("E")

    def render(self, text: str) -> str:
        """Return the finding as printed; `text` is the whole text of its file."""
        start = text.rfind("\n", 0, self.span.start) + 1
        end = text.find("\n", self.span.start)
        line = text[start : len(text) if end < 0 else end].replace("\t", " ")
        before, marked = line[: self.span.start - start], text[self.span.start : self.span.end]
        carets = "^" * max(1, _columns(marked.split("\n", 1)[0]))
        kind = "error" if self.is_error else "warning"
        place = f"{self.span.file}:{self.span.line}:{len(before) + 1}"
        lines = [
            f"{place}: {kind} {self.code}: {self.message}",
            f"{self.span.line:4d} | {line}",
            f"     | {' ' * _columns(before)}{carets}",
        ]
        lines += [f"     = help: {self.help}"] if self.help else []
        lines += [f"     = note: {self.note}"] if self.note else []
        return "\n".join(lines)


@dataclass(slots=True)
class Problems:
    """Collects what every phase finds."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        help: str | None = None,  # noqa: A002 - the word that is printed
        note: str | None = None,
    ) -> None:
        """Note one finding; the same one at the same place is noted once."""
        finding = Diagnostic(code, message, span, help, note)
        if finding not in self.found:
            self.found.append(finding)

    @property
    def errors(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.is_error for finding in self.found)

    def ordered(self) -> tuple[Diagnostic, ...]:
        """Return the findings by file and place."""
        return tuple(sorted(self.found, key=lambda d: (d.span.file, d.span.start, d.code)))


class RuleSetError(Exception):
    """The rule set does not load; `str()` of it is every finding, rendered."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(render(self.diagnostics, sources))


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> str:
    """Return the findings as printed, one after the other; `sources` are the files' texts."""
    return "\n".join(d.render(sources.get(d.span.file, "")) for d in diagnostics)


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `word` was most likely meant to be.

    Examples:
        >>> closest("dyas", ["days", "hours"])
        'days'
        >>> closest("failed", ["FAILED", "PARTIAL"])
        'FAILED'
        >>> closest("xyz", ["days", "hours"]) is None
        True
    """
    names = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return the help line that names the closest candidate, if one is close."""
    near = closest(word, candidates)
    return f"did you mean `{near}`?" if near else None


def _columns(text: str) -> int:
    """Return how many terminal columns `text` takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
