"""One look at the cluster before a process begins, with one clear line if it cannot work.

Left alone the clients hang or retry for ever: with a wrong password a producer is silent until
its records time out, a consumer polls nothing, and a Faust worker with a wrong CA exits without
a reason. Here each of these is said within seconds, and so is a missing right or topic, before
a record is read.

What cannot be asked ahead is the right to a transactional id: `init_transactions` says so.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from stream.journal.clients import kafka_config, named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.settings import Settings

_PROBE_S: Final = 0.5
_SETUP_MS: Final = 5_000
_HINTS: Final[dict[int, str]] = {
    KafkaError._AUTHENTICATION: "user or password refused",  # noqa: SLF001 - public, by its docs
    KafkaError._SSL: "TLS failed: another CA, another host name, or no TLS on that port",  # noqa: SLF001
}


class PreflightError(RuntimeError):
    """This process cannot work on this cluster; the text is one line that says why."""


def preflight(
    settings: Settings,
    topics: Mapping[str, set[str]],
    group: str | None = None,
    timeout_s: float = 8.0,
) -> None:
    """Make sure that the cluster answers and lets this process do its work.

    Args:
        settings: Where the cluster is and who we are.
        topics: What is done with each topic (without prefix): `READ`, `WRITE`, both.
        group: The consumer group (without prefix), if one is used.
        timeout_s: How long the cluster may take to come up, and then each answer.

    Raises:
        PreflightError: If anything is missing; all that is, in one line.
    """
    admin = _connect(settings, timeout_s)
    problems = _topic_problems(admin, settings, topics, timeout_s)
    if group and (problem := _group_problem(admin, settings, group, timeout_s)):
        problems.append(problem)
    if problems:
        raise PreflightError(f"{settings.kafka_bootstrap}: {'; '.join(problems)}")


def _connect(settings: Settings, timeout_s: float) -> AdminClient:
    """Return a client that has reached a broker; it waits for one that is just starting."""
    seen: list[KafkaError] = []
    config = {
        **kafka_config(settings, "loanwatch-preflight"),
        "error_cb": seen.append,
        "log_level": 2,  # what it would log is said in the error
        "socket.connection.setup.timeout.ms": _SETUP_MS,
    }
    admin = AdminClient(config)
    end = time.monotonic() + timeout_s
    while True:
        try:
            admin.list_topics(timeout=_PROBE_S)
        except KafkaException as error:
            admin.poll(0)  # fills `seen`: the exception alone says "transport failure"
            final = [reason for reason in seen if reason.code() in _HINTS]
            if final or time.monotonic() > end:
                raise _unreachable(settings, [*final, *seen, error.args[0]][0]) from None
        else:
            return admin


def _unreachable(settings: Settings, reason: KafkaError) -> PreflightError:
    hint = _HINTS.get(reason.code(), "no answer: nothing listens, or another kind of listener")
    return PreflightError(f"{settings.kafka_bootstrap}: {hint} ({reason.str()})")


def _topic_problems(
    admin: AdminClient, settings: Settings, topics: Mapping[str, set[str]], timeout_s: float
) -> list[str]:
    wanted = {named(settings, name): rights for name, rights in topics.items()}
    answers = admin.describe_topics(
        TopicCollection(list(wanted)),
        include_authorized_operations=True,
        request_timeout=timeout_s,
    )
    return [
        problem
        for name, answer in answers.items()
        if (problem := _problem(f"topic {name}", answer, wanted[name], settings))
    ]


def _group_problem(
    admin: AdminClient, settings: Settings, group: str, timeout_s: float
) -> str | None:
    name = named(settings, group)
    if reason := _coordinator_problem(settings, name, timeout_s):
        return _refusal(f"group {name}", reason, settings)
    answers = admin.describe_consumer_groups(
        [name], include_authorized_operations=True, request_timeout=timeout_s
    )
    return _problem(f"group {name}", answers[name], {"READ"}, settings)


def _coordinator_problem(settings: Settings, group: str, timeout_s: float) -> KafkaError | None:
    """Wait until the group's coordinator answers, and return why it does not.

    On a cluster where no group was ever used the first question makes it. An AdminClient gives
    up on that after 0.3 s, answers never and hangs when it is dropped (librdkafka issue 4605);
    a consumer asks on. It asks for an offset, and does not join.
    """
    consumer = Consumer({**kafka_config(settings, "loanwatch-preflight"), "group.id": group})
    partition = TopicPartition(named(settings, "journal"), 0)
    end = time.monotonic() + timeout_s
    try:
        while True:
            try:
                consumer.committed([partition], timeout=_PROBE_S)
            except KafkaException as error:
                told = consumer.poll(0)
                if told is not None and told.error():
                    return told.error()
                if time.monotonic() > end:
                    reason: KafkaError = error.args[0]
                    return reason
            else:
                return None
    finally:
        consumer.close()


def _problem(what: str, answer: Any, wanted: set[str], settings: Settings) -> str | None:
    """Return what keeps us from doing `wanted` there, None if nothing does."""
    try:
        allowed = answer.result().authorized_operations
    except KafkaException as error:
        return _refusal(what, error.args[0], settings)
    if allowed is None:  # a cluster that does not say; it will when it comes to it
        return None
    missing = wanted - {operation.name for operation in allowed}
    return f"{what}: {_who(settings)} lacks {' and '.join(sorted(missing))}" if missing else None


def _refusal(what: str, reason: KafkaError, settings: Settings) -> str | None:
    match reason.code():
        case KafkaError.GROUP_ID_NOT_FOUND:  # nobody was in it yet, and we may look
            return None
        case KafkaError.UNKNOWN_TOPIC_OR_PART:
            return f"{what} does not exist: `loanwatch topics create` makes it"
        case KafkaError.TOPIC_AUTHORIZATION_FAILED | KafkaError.GROUP_AUTHORIZATION_FAILED:
            return f"{what}: {_who(settings)} has no right to it, or it does not exist"
    return f"{what}: {reason.str()}"


def _who(settings: Settings) -> str:
    return f"user `{settings.kafka_user}`" if settings.kafka_user else "this process"
