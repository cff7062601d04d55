"""The topics: one table, from which they are created, checked and documented (docs/topics.md)."""

from enum import StrEnum

import msgspec


class Cleanup(StrEnum):
    """What Kafka does with old records."""

    DELETE = "delete"
    COMPACT = "compact"


DAY_MS = 86_400_000
FOREVER_MS = -1
COMPACTION = {
    "min.cleanable.dirty.ratio": "0.1",
    "segment.ms": "3600000",
    "max.compaction.lag.ms": "3600000",
}
LARGE_RECORDS = {"max.message.bytes": str(4 << 20)}


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One topic.

    `partitions` is fixed where it is a number, else that of the journal. What the monitor writes
    goes beside the journal's partition that it came from, but `by_key` where all that is said
    under one key has to meet. `restricted` topics may hold what the restricted lane knows;
    nothing outside them may.
    """

    name: str
    sentence: str
    key: str
    cleanup: Cleanup
    retention_ms: int
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    partitions: int | None = None
    by_key: bool = False
    restricted: bool = False
    config: dict[str, str] = {}


TOPICS: tuple[Topic, ...] = (
    Topic(
        name="repayments",
        sentence="What borrowers pay and fail to pay, as the lender's systems say.",
        key="loan_id",
        cleanup=Cleanup.DELETE,
        retention_ms=14 * DAY_MS,
        writers=("source",),
        readers=("ingest",),
    ),
    Topic(
        name="settlements",
        sentence="Money on the borrowers' accounts, and what happens to the accounts.",
        key="account_token",
        cleanup=Cleanup.DELETE,
        retention_ms=14 * DAY_MS,
        writers=("source",),
        readers=("ingest",),
    ),
    Topic(
        name="pos-clearing",
        sentence="The borrowers' sales as acquirers clear them.",
        key="merchant_id",
        cleanup=Cleanup.DELETE,
        retention_ms=14 * DAY_MS,
        writers=("source",),
        readers=("ingest",),
    ),
    Topic(
        name="references",
        sentence="Contracts, schedules, positions, profiles, party links and token aliases.",
        key="kind:id",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("source",),
        readers=("ingest", "desk-feed"),
        config=COMPACTION,
    ),
    Topic(
        name="control",
        sentence="Signed rule sets, parameters, lists and go-live; one order for everybody.",
        key="subject",
        cleanup=Cleanup.DELETE,
        retention_ms=FOREVER_MS,
        writers=("control",),
        readers=("ingest", "dispatch", "desk-feed"),
        partitions=1,
        restricted=True,
        config=LARGE_RECORDS,
    ),
    Topic(
        name="desk-actions",
        sentence="What operators do, signed by the desk.",
        key="borrower_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("desk",),
        readers=("ingest",),
    ),
    Topic(
        name="desk-audit",
        sentence="Who looked at what at the desk, and what they did.",
        key="operator",
        cleanup=Cleanup.DELETE,
        retention_ms=FOREVER_MS,
        writers=("desk",),
        readers=("desk-feed", "compliance", "auditor"),
        partitions=1,
        restricted=True,
    ),
    Topic(
        name="unresolved",
        sentence="Events of a party that nobody has linked yet, kept for 24 hours.",
        key="token",
        cleanup=Cleanup.DELETE,
        retention_ms=7 * DAY_MS,
        writers=("ingest",),
        readers=("ingest",),
    ),
    Topic(
        name="dead-letters",
        sentence="What could not be taken, with reason, field and origin.",
        key="letter_id",
        cleanup=Cleanup.DELETE,
        retention_ms=30 * DAY_MS,
        writers=("ingest", "monitor", "dispatch"),
        readers=("operator", "compliance"),
        restricted=True,
        config=LARGE_RECORDS,
    ),
    Topic(
        name="source-progress",
        sentence="How far each feed has come, by topic and partition, and what waits unresolved.",
        key="source:stream:topic:partition:what",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("ingest",),
        readers=("ticker", "desk-feed"),
        partitions=1,
        config=COMPACTION,
    ),
    Topic(
        name="journal",
        sentence="Everything that can change a decision, by borrower, in the order it counts.",
        key="borrower_id",
        cleanup=Cleanup.DELETE,
        retention_ms=90 * DAY_MS,
        writers=("ingest", "ticker", "crossing"),
        readers=("monitor",),
        restricted=True,
        config=LARGE_RECORDS | {"message.timestamp.type": "LogAppendTime"},
    ),
    Topic(
        name="journal-state",
        sentence="Checkpoints of the monitor: states and the journal offset they include.",
        key="part of a state",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("monitor",),
        readers=("monitor",),
        restricted=True,
        config=COMPACTION | LARGE_RECORDS,
    ),
    Topic(
        name="learned-models",
        sentence="What each model that learns from outcomes has come to; it decides nothing.",
        key="detector",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("monitor",),
        readers=("operator",),
        partitions=1,
        config=COMPACTION,
    ),
    Topic(
        name="crossings",
        sentence="What each partition says towards totals over all of them.",
        key="what is added up",
        cleanup=Cleanup.DELETE,
        retention_ms=90 * DAY_MS,
        writers=("monitor",),
        readers=("crossing",),
        by_key=True,
        config=LARGE_RECORDS,
    ),
    Topic(
        name="decisions",
        sentence="Everything decided, in order; for compliance, audit and comparison.",
        key="subject_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("monitor",),
        readers=("compliance", "desk-feed"),
    ),
    Topic(
        name="alerts",
        sentence="Warnings with their proof, as the desk and the collection system read them.",
        key="borrower_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("monitor",),
        readers=("desk-feed", "collections"),
    ),
    Topic(
        name="decisions-restricted",
        sentence="Everything decided in the restricted lane, counted apart (docs/restricted.md).",
        key="subject_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("monitor",),
        readers=("compliance",),
        restricted=True,
    ),
    Topic(
        name="alerts-restricted",
        sentence="Warnings that compliance alone may know of: money laundering, sanctions.",
        key="borrower_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("monitor",),
        readers=("compliance", "desk-feed"),
        restricted=True,
    ),
    Topic(
        name="tier-changes",
        sentence="How worried to be about a borrower, each time that changed, with everything behind it.",
        key="borrower_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("monitor",),
        readers=("desk-feed",),
    ),
    Topic(
        name="tiers",
        sentence="The present tier of each borrower and legal entity, and who is to look.",
        key="borrower_id/legal_entity",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("monitor",),
        readers=("desk-feed",),
        config=COMPACTION,
    ),
    Topic(
        name="models",
        sentence="How each detector stands and fares: whether it is heard, and why not.",
        key="detector",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("monitor",),
        readers=("operator",),
        config=COMPACTION,
    ),
    Topic(
        name="cases",
        sentence="What people do about each borrower that a person is to look at.",
        key="case_id",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("monitor",),
        readers=("desk-feed", "pager"),
        config=COMPACTION,
    ),
    Topic(
        name="case-files",
        sentence="The story behind a case: the latest of each borrower that has one.",
        key="borrower_id",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("monitor",),
        readers=("desk-feed",),
        config=COMPACTION,
    ),
    Topic(
        name="cases-restricted",
        sentence="The same of the restricted lane, for compliance at the desk.",
        key="case_id",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("monitor",),
        readers=("compliance", "desk-feed"),
        restricted=True,
        config=COMPACTION,
    ),
    Topic(
        name="collection-triggers",
        sentence="What may be done about a borrower and what not, with every guard's answer.",
        key="borrower_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("monitor",),
        readers=("dispatch", "pager", "desk-feed", "collections"),
    ),
    Topic(
        name="permits",
        sentence="Leave to send, written by the last gate before it is answered.",
        key="borrower_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("dispatch",),
        readers=("ingest", "dispatch"),
    ),
    Topic(
        name="collection-outcomes",
        sentence="What executors report of the contacts that they made.",
        key="borrower_id",
        cleanup=Cleanup.DELETE,
        retention_ms=365 * DAY_MS,
        writers=("collections",),
        readers=("ingest", "dispatch"),
    ),
    Topic(
        name="compliance-actions",
        sentence="What people with the right sign about the feed: releases, acknowledgements, erasures.",
        key="subject",
        cleanup=Cleanup.DELETE,
        retention_ms=FOREVER_MS,
        writers=("compliance-desk",),
        readers=("compliance",),
        partitions=1,
        restricted=True,
    ),
    Topic(
        name="compliance-feed",
        sentence="The record for compliance and regulators: one sequence, pseudonymous, each with its leaf.",
        key="record_id",
        cleanup=Cleanup.DELETE,
        retention_ms=FOREVER_MS,
        writers=("compliance",),
        readers=("auditor",),
        partitions=1,
        config=LARGE_RECORDS,
    ),
    Topic(
        name="compliance-heads",
        sentence="Signed heads of the Merkle log over the feed.",
        key="tree_size",
        cleanup=Cleanup.DELETE,
        retention_ms=FOREVER_MS,
        writers=("compliance",),
        readers=("auditor",),
        partitions=1,
    ),
    Topic(
        name="compliance-state",
        sentence="Checkpoint of the feed: offsets, sequence, frontier, subjects' keys, open totals.",
        key="part of the state",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("compliance",),
        readers=("compliance", "auditor"),
        partitions=1,
        restricted=True,
        config=COMPACTION | LARGE_RECORDS,
    ),
    Topic(
        name="compliance-feed-restricted",
        sentence="The record of the restricted lane: a sequence and a log of its own.",
        key="record_id",
        cleanup=Cleanup.DELETE,
        retention_ms=FOREVER_MS,
        writers=("compliance",),
        readers=("compliance-desk",),
        partitions=1,
        restricted=True,
        config=LARGE_RECORDS,
    ),
    Topic(
        name="compliance-heads-restricted",
        sentence="Signed heads of that log; no witness gets them.",
        key="tree_size",
        cleanup=Cleanup.DELETE,
        retention_ms=FOREVER_MS,
        writers=("compliance",),
        readers=("compliance-desk",),
        partitions=1,
        restricted=True,
    ),
    Topic(
        name="compliance-state-restricted",
        sentence="Checkpoint of that feed: offsets, sequence, frontier, subjects' keys.",
        key="part of the state",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("compliance",),
        readers=("compliance", "compliance-desk"),
        partitions=1,
        restricted=True,
        config=COMPACTION | LARGE_RECORDS,
    ),
    Topic(
        name="pages",
        sentence="Who was rung about which case: the pager's memory.",
        key="page_id",
        cleanup=Cleanup.COMPACT,
        retention_ms=FOREVER_MS,
        writers=("pager",),
        readers=("pager",),
        partitions=1,
        config=COMPACTION,
    ),
    Topic(
        name="health",
        sentence="What is wrong with the watch itself: refused controls, broken rules, clocks.",
        key="subject",
        cleanup=Cleanup.DELETE,
        retention_ms=90 * DAY_MS,
        writers=("monitor", "ingest", "compliance"),
        readers=("operator", "desk-feed", "compliance"),
    ),
)

STREAM_TOPICS = {
    "repayments": "repayment",
    "settlements": "settlement",
    "pos-clearing": "pos_clearing",
}
"""The topics of the three streams, and the stream that each carries."""
