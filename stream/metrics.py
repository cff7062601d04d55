"""Every metric of loanwatch: name, help and labels in one place.

The registry is our own, so that a process shows these and nothing that a library adds. Labels
are names of rules, topics, reasons and fields, never ids: their number is bounded by the
configuration and not by the borrowers. Rules of the restricted lane are not counted by name.
The table in `docs/runbook.md` is checked against this module.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

EVENTS: Final = Counter(
    "loanwatch_events_total",
    "Events appended to the journal.",
    ["stream"],
    registry=REGISTRY,
)
UNRESOLVED: Final = Counter(
    "loanwatch_unresolved_total",
    "Events of a party that no link names yet.",
    ["stream"],
    registry=REGISTRY,
)
DEAD_LETTERS: Final = Counter(
    "loanwatch_dead_letters_total",
    "Records that could not be taken.",
    ["reason"],
    registry=REGISTRY,
)
UNKNOWN_VALUES: Final = Counter(
    "loanwatch_unknown_values_total",
    "Values outside a field's list, read as unknown.",
    ["stream", "field"],
    registry=REGISTRY,
)
ALERTS: Final = Counter(
    "loanwatch_alerts_total",
    "Alerts published, by rule (ordinary lane) and tier.",
    ["rule", "tier"],
    registry=REGISTRY,
)
MODEL_HEARD: Final = Gauge(
    "loanwatch_model_heard",
    "1 while a detector is heard, 0 in shadow or demoted.",
    ["detector"],
    registry=REGISTRY,
)
MODEL_CHECK: Final = Gauge(
    "loanwatch_model_check",
    "What the latest check of a detector came to: 0 fine, 1 watch, 2 act.",
    ["detector", "signal"],
    registry=REGISTRY,
)
LAG: Final = Gauge(
    "loanwatch_lag_records",
    "Records of a partition that this worker owns and has not yet applied.",
    ["topic", "partition"],
    registry=REGISTRY,
)
APPLIED: Final = Counter(
    "loanwatch_applied_total",
    "Journal records folded.",
    registry=REGISTRY,
)
REFUSED_TICKS: Final = Counter(
    "loanwatch_refused_ticks_total",
    "Ticks ahead of the broker's time by more than a minute.",
    registry=REGISTRY,
)
STOPPED: Final = Gauge(
    "loanwatch_stopped_partitions",
    "Partitions that stand still, since a control record is missing from them.",
    registry=REGISTRY,
)
CHUNK_RECORDS: Final = Histogram(
    "loanwatch_chunk_records",
    "Records delivered at once.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    registry=REGISTRY,
)
CHECKPOINT_SECONDS: Final = Histogram(
    "loanwatch_checkpoint_seconds",
    "Duration of a checkpoint, from the snapshot to the committed transaction.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
    registry=REGISTRY,
)
TAKE_OVER_SECONDS: Final = Histogram(
    "loanwatch_take_over_seconds",
    "Duration of taking a partition over, from the fence to the last state read.",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60),
    registry=REGISTRY,
)
FENCES: Final = Counter(
    "loanwatch_fences_total",
    "Partitions lost to another worker that took them over.",
    ["partition"],
    registry=REGISTRY,
)
COMPLIANCE_RECORDS: Final = Counter(
    "loanwatch_compliance_records_total",
    "Records appended to the compliance feed.",
    registry=REGISTRY,
)
HEADS: Final = Counter(
    "loanwatch_tree_heads_total",
    "Heads of the Merkle log that were signed.",
    registry=REGISTRY,
)
WITNESSED: Final = Gauge(
    "loanwatch_witnessed_records",
    "Records that the last head covers which a witness has taken.",
    ["witness"],
    registry=REGISTRY,
)
PERMITS: Final = Counter(
    "loanwatch_permits_total",
    "Answers to requests for a permit: granted, repeated, or the reason of the refusal.",
    ["answer"],
    registry=REGISTRY,
)
PERMIT_SECONDS: Final = Histogram(
    "loanwatch_permit_seconds",
    "Duration of a request for a permit, written and answered.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
KILL_SWITCH: Final = Gauge(
    "loanwatch_kill_switch",
    "1 while the kill switch is on.",
    registry=REGISTRY,
)
CONTROL_AGE: Final = Gauge(
    "loanwatch_control_age_seconds",
    "How long ago the control records were known to the end; permits are refused above 1.",
    registry=REGISTRY,
)
TRIGGER_AGE: Final = Gauge(
    "loanwatch_trigger_age_seconds",
    "Age of the last checkpointed tick of a partition, as dispatch has read it.",
    ["partition"],
    registry=REGISTRY,
)
UNREADABLE_TRIGGERS: Final = Counter(
    "loanwatch_unreadable_triggers_total",
    "Trigger records that could not be read; their borrowers are held back.",
    registry=REGISTRY,
)
CONDUCT_BREACHES: Final = Counter(
    "loanwatch_conduct_breaches_total",
    "Contacts that an executor reported and that had no permit.",
    ["channel"],
    registry=REGISTRY,
)
WEBHOOKS: Final = Counter(
    "loanwatch_webhooks_total",
    "Pushes to executors: delivered, failed (to be tried again), dead (given up).",
    ["executor", "result"],
    registry=REGISTRY,
)
PAGES: Final = Counter(
    "loanwatch_pages_total",
    "Rings, by output: taken, failed (to be tried again).",
    ["output", "result"],
    registry=REGISTRY,
)
UNACKNOWLEDGED: Final = Gauge(
    "loanwatch_unacknowledged",
    "Severe cases that wait for somebody to say that he has seen them.",
    registry=REGISTRY,
)
WATCH_SILENT: Final = Gauge(
    "loanwatch_watch_silent",
    "1 while no dead man's signal is told.",
    registry=REGISTRY,
)


def described() -> list[tuple[str, str, str]]:
    """Return (name, kind, help) of every metric of ours, for docs and their test."""
    return [
        (
            family.name + ("_total" if family.type == "counter" else ""),
            family.type,
            family.documentation,
        )
        for family in REGISTRY.collect()
        if family.name.startswith("loanwatch_")
    ]
