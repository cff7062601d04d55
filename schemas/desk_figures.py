"""What the desk says of its own work: figures, and what the people who are there can look at."""

from typing import Annotated

import msgspec

from schemas.desk_view import View


class Share(View, frozen=True, kw_only=True):
    """`hits` of `n`; `share` in [0, 1], absent where `n` is 0."""

    n: int
    hits: int
    share: float | None = None


class Percentiles(View, frozen=True, kw_only=True):
    """Milliseconds of `n` cases."""

    n: int
    p50_ms: int | None = None
    p95_ms: int | None = None


class Lift(View, frozen=True, kw_only=True):
    """How much more often who was warned came to be overdue than anybody.

    `warned` are those warned, and of them who was overdue by 4 days within 30; `base_share` is the
    share of all loans that came to be so for the first time in 30 days.
    """

    warned: Share
    base_share: float | None = None
    lift: float | None = None


class HoldOutEffect(View, frozen=True, kw_only=True):
    """What contacting the mild is good for; hits are who came to be overdue by 4 days within 30.

    `effect` is how many fewer, as a difference of the shares, `low` to `high` its interval of 95 %.
    """

    held_out: Share
    contacted: Share
    effect: float
    low: float
    high: float


class Kpi(View, frozen=True, kw_only=True):
    """Figures of the desk's own work since `since`; what is not known is absent.

    An operator-hour is an hour of the clock in which an operator did something. A hit is a case
    whose outcome is distress, fraud or misuse; `UNKNOWN`, `DUPLICATE` and `DISPUTE` do not count
    in precision. Recall is of who came to be overdue, by so many days and for the first time: how
    many had been warned before. Lead times are of those who had. Definitions: docs/desk.md.
    """

    since: str
    at: str
    cases: int = 0
    open: int = 0
    operator_hours: int = 0
    cases_per_operator_hour: float | None = None
    time_to_ack: dict[str, Percentiles] = msgspec.field(default_factory=dict)
    time_to_outcome: dict[str, Percentiles] = msgspec.field(default_factory=dict)
    acknowledged_in_time: dict[str, Share] = msgspec.field(default_factory=dict)
    precision_by_tier: dict[str, Share] = msgspec.field(default_factory=dict)
    precision_by_rule: dict[str, Share] = msgspec.field(default_factory=dict)
    outcomes: dict[str, int] = msgspec.field(default_factory=dict)
    tier_mix: dict[str, int] = msgspec.field(default_factory=dict)
    lead_to_dpd_1: Percentiles | None = None
    lead_to_dpd_30: Percentiles | None = None
    live_loans: int | None = None
    recall_dpd_1: Share | None = None
    recall_dpd_30: Share | None = None
    recall_dpd_30_before_dpd_1: Share | None = None
    lift: Lift | None = None
    hold_out: HoldOutEffect | None = None
    re_alerts: Share | None = None
    re_alerts_by_rule: dict[str, Share] = msgspec.field(default_factory=dict)
    false_alarms_per_1000_loans: float | None = None
    opened_by_day: dict[str, int] = msgspec.field(default_factory=dict)
    simulated: bool = False


Permille = Annotated[float, msgspec.Meta(ge=0, le=1_000)]


class CapacityAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the calculator is asked: rates are of a thousand loans and day (domain.md 6.3)."""

    live_loans: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
    hard_severe_permille: Permille
    severe_permille: Permille = 0.0
    moderate_permille: Permille
    operators: Annotated[float, msgspec.Meta(ge=0, le=10_000)]
    hours_per_day: Annotated[float, msgspec.Meta(ge=0.25, le=24)] = 24.0
    investigations_per_hour: Annotated[float, msgspec.Meta(ge=0.01, le=60)] = 2.0
    contacted_by_machine_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


class Capacity(View, frozen=True, kw_only=True):
    """Cases and investigations a day. `days_until_full` is absent while the desk keeps up.

    `load` is arriving over possible, absent where nobody works; above 1.2 a rule set is not to be
    published without sign-off.
    """

    capacity_per_day: float
    arriving_per_day: float
    by_class: dict[str, float]
    backlog_per_day: float
    needs_sign_off: bool
    load: float | None = None
    operators_needed: float | None = None
