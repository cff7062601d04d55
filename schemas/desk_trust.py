"""What the desk says of the watch itself: can it be trusted, is something wrong with many."""

from enum import StrEnum

from schemas.alert import Alert, Text
from schemas.desk_view import View
from schemas.money import Money


class FeedState(StrEnum):
    """How a source's feed is; each but the first is to be seen before any borrower."""

    ALIVE = "alive"
    SILENT = "silent"
    LATE = "late"
    BROKEN = "broken"
    SKEWED = "skewed"


class SourceView(View, frozen=True, kw_only=True):
    """One source on one stream: `watermark` is how far it has come, `age_ms` how long ago."""

    source: str
    stream: str
    state: FeedState
    watermark: str | None = None
    age_ms: int | None = None
    closed: str | None = None
    message: str | None = None
    since: str | None = None


class TieOutView(View, frozen=True, kw_only=True):
    """The last morning's comparison with the core system: how many loans by verdict."""

    day: str
    at: str
    ties: dict[str, int]
    causes: dict[str, int]
    sentence: str = ""


class ConfigChange(View, frozen=True, kw_only=True):
    """A control record that was applied within the last 24 hours."""

    record_id: str
    subject: str
    author: str
    approver: str
    at: str


class KillSwitch(View, frozen=True, kw_only=True):
    """Whether nobody may be contacted; `since` when the last record about it was written."""

    on: bool = False
    reason: str = ""
    since: str | None = None


class Finding(View, frozen=True, kw_only=True):
    """Trouble of the watch itself that goes on."""

    kind: str
    subject: str
    message: str
    at: str


class Trust(View, frozen=True, kw_only=True):
    """Can I trust what I see?

    `red` says whether something here outranks every borrower. `lag_ms` is how far behind what the
    page shows is: since the feed to the read model last said that it had read to the end.
    `data_at` is the latest instant that a decision names. `clock` is what time `at` goes by, and
    every countdown of the desk: `wall`, or `input` in a demo. `simulated`: this is no real book.
    """

    at: str
    red: bool
    rebuilding: bool = False
    rebuilt_records: int = 0
    lag_ms: int | None = None
    data_at: str | None = None
    clock: str | None = None
    phase: str | None = None
    kill_switch: KillSwitch | None = None
    sources: tuple[SourceView, ...] = ()
    tie_out: TieOutView | None = None
    changes: tuple[ConfigChange, ...] = ()
    findings: tuple[Finding, ...] = ()
    simulated: bool = False


class Incident(View, frozen=True, kw_only=True):
    """One thing that is wrong with many: a segment, a channel, a source.

    `count` are the open cases that it explains or that stand in its segment, `exposure` what they
    owe in all, where one currency; `slope_per_h` how many of them opened within the last hour.
    """

    incident_id: str
    kind: str
    subject: str
    signal: str
    tier: str
    since: str
    at: str
    title: Text
    reason: Text
    clears_when: Text | None = None
    alert: Alert | None = None
    count: int | None = None
    exposure: Money | None = None
    slope_per_h: int | None = None


class Incidents(View, frozen=True, kw_only=True):
    """Is it one problem or many?"""

    incidents: tuple[Incident, ...] = ()
