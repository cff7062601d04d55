"""The syntax tree: what the author wrote, node by node, each with its place.

The parser makes these and nothing changes them. They know no types and no catalogue; a name
is a name here, whether or not it means anything. What the grammar accepts and no later phase
understands yet is one node, `Beyond`, so that it cannot be overlooked.
"""

from dataclasses import dataclass
from typing import Literal

from rules.errors import Span


@dataclass(frozen=True, slots=True)
class Node:
    """Anything that stands at a place."""

    span: Span


@dataclass(frozen=True, slots=True)
class Word(Node):
    """One identifier, list name or string, without quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Beyond(Node):
    """A construct that the grammar has and this engine version does not."""

    construct: str


# --- expressions


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A number, amount, share, date, clock time or string, as written.

    `kind` is one of number, money, percent, date, clock, string.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Quantity(Node):
    """A number with a word behind it: `3 days`, `500 USD`."""

    number: str
    unit: Word


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A path of one or more words: `days_failed`, `repayment.status`."""

    parts: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """A length of time: `30 days`, `7 full days`, `5 business days`."""

    number: str
    unit: Word
    kind: Literal["plain", "full", "business"] = "plain"


@dataclass(frozen=True, slots=True)
class Window(Node):
    """Over which events an aggregate runs; `length` is `None` for the whole life.

    With `ending` it is over by so much before now.
    """

    length: Duration | None
    before_this: bool
    by: tuple[Word, ...]
    beyond: tuple[Beyond, ...] = ()
    ending: Duration | None = None


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """What a function is called with, and which events of it count."""

    value: "Expression"
    where: "Expression | None"


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or an aggregate."""

    function: Word
    arguments: tuple[Argument, ...]
    window: Window | None


@dataclass(frozen=True, slots=True)
class Per(Node):
    """A total per day: `sum(…) over 7 full days per day`, `¥300 per day`."""

    value: "Expression"
    unit: Word


@dataclass(frozen=True, slots=True)
class Absence(Node):
    """Whether nothing of a source has come for so long: `no repayment where … for 5 days`."""

    source: "Argument"
    length: Duration


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`+`, `-`, `*` or `/` of two values."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Minus(Node):
    """The negative of a value."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Otherwise(Node):
    """A value, and what stands for it when it is missing: `x default 0`."""

    value: "Expression"
    fallback: "Expression"


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """Two values and a relation."""

    relation: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Between(Node):
    """A value from `low` to `high`, both included."""

    value: "Expression"
    low: "Expression"
    high: "Expression"


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """`x in (A, B)` or `x in @list`, or `not in`."""

    item: "Expression"
    choices: "Word | tuple[Expression, ...]"
    negated: bool


@dataclass(frozen=True, slots=True)
class State(Node):
    """`x is missing`, `detector.amount is ready`."""

    value: "Expression"
    state: Word


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and` or `or` of two conditions."""

    operator: Literal["and", "or"]
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of a condition."""

    operand: "Expression"


Expression = (
    Constant | Quantity | Name | Call | Per | Arithmetic | Minus | Otherwise | Compare | Between
    | Absence | Membership | State | Logic | Not | Beyond
)  # fmt: skip


# --- declarations


@dataclass(frozen=True, slots=True)
class Texts(Node):
    """A text, in English and Chinese or one for both."""

    texts: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class TextClause(Node):
    """`name`, `about`, `owner`, `reason`, `timezone`: a keyword and its text."""

    keyword: str
    text: Texts


@dataclass(frozen=True, slots=True)
class WordsClause(Node):
    """`signal`, `family`, `lane`, `mode`, `tags`, `on`, `unknown`, `currency`: keyword, words."""

    keyword: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class DurationClause(Node):
    """`keep`, `cooldown` and `step down after`."""

    keyword: str
    duration: Duration


@dataclass(frozen=True, slots=True)
class Effective(Node):
    """From which day to which the rule is judged, both included."""

    first: Constant
    last: Constant | None


@dataclass(frozen=True, slots=True)
class Let(Node):
    """A name for a value."""

    name: Word
    value: Expression


@dataclass(frozen=True, slots=True)
class When(Node):
    """What must be true, and for how long before it counts."""

    condition: Expression
    lasting: Duration | None = None


@dataclass(frozen=True, slots=True)
class Clear(Node):
    """What ends a warning, and for how long it must be true."""

    condition: Expression
    lasting: Duration | None


@dataclass(frozen=True, slots=True)
class Escalate(Node):
    """To which tier a warning rises that has been open for so long."""

    tier: Word
    after: Duration


@dataclass(frozen=True, slots=True)
class TierLine(Node):
    """One rung of the ladder."""

    tier: Word
    condition: Expression | None
    kind: Word | None
    lasting: Duration | None = None


@dataclass(frozen=True, slots=True)
class Except(Node):
    """When the rule is not met after all, and until which day that holds."""

    label: Texts | None
    condition: Expression
    until: Constant | None


Clause = (
    TextClause | WordsClause | DurationClause | Effective | Let | When | Clear | TierLine
    | Escalate | Except | Beyond
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule(Node):
    """A rule, its clauses in the order written."""

    name: Word
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class RuleSet(Node):
    """The head of a rule set; one in all its files."""

    name: Word
    version: int
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """A list whose members are published as data."""

    name: Word
    item: Word


@dataclass(frozen=True, slots=True)
class Param(Node):
    """A value by segment of borrowers."""

    name: Word
    type: Word
    per: Word | None
    default: Expression
    segments: tuple[tuple[Word, Expression], ...]


# --- tests


@dataclass(frozen=True, slots=True)
class Stamp(Node):
    """A day and a time of day in the rule set's zone; midnight if no time is given."""

    date: str
    clock: str


@dataclass(frozen=True, slots=True)
class GivenField(Node):
    """A field of a test's event, and its value."""

    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class GivenEntity(Node):
    """What a test's borrower, loan or feed is, from an instant on."""

    kind: Word
    name: Word
    fields: tuple[GivenField, ...]
    since: Stamp | None = None


@dataclass(frozen=True, slots=True)
class GivenEvents(Node):
    """An event of a test, or with `every` a series of them from `at` to `to`."""

    stream: Word
    fields: tuple[GivenField, ...]
    at: Stamp
    arriving: Stamp | None = None
    every: Duration | None = None
    to: Stamp | None = None


@dataclass(frozen=True, slots=True)
class GivenMember(Node):
    """A member of a list."""

    list: Word
    value: Expression


@dataclass(frozen=True, slots=True)
class GivenOutput(Node):
    """What a detector says, from an instant on."""

    name: Name
    value: Expression
    since: Stamp | None


@dataclass(frozen=True, slots=True)
class ExpectState(Node):
    """The tier at an instant (`None` for nothing), and what its last transition must say."""

    at: Stamp
    tier: Word | None
    rule: Word | None
    details: tuple[tuple[str, Word], ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectExactly(Node):
    """All transitions of the test, in order."""

    tiers: tuple[Word, ...]


TestLine = (
    GivenEntity | GivenEvents | GivenMember | GivenOutput | ExpectState | ExpectExactly | Beyond
)


@dataclass(frozen=True, slots=True)
class Test(Node):
    """A test block of one rule."""

    title: Word
    rule: Word
    lines: tuple[TestLine, ...]


Item = RuleSet | ListOf | Param | Let | Rule | Test | Beyond
