"""Pushing: proposals and retractions to the executors' webhooks, in order for each borrower.

At least once: the group's offset does not pass a record before every executor has taken it, or a
dead letter tells that one did not. A borrower's pushes to one executor follow each other; other
borrowers do not wait for them. Retractions reach the gate by another way, whatever waits here.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx
import msgspec
import structlog

from schemas.dead_letter import DeadLetter, DeadLetterReason
from schemas.instants import wire
from stream import clock, metrics
from stream.dispatch.executors import ExecutorsError
from stream.dispatch.webhooks import (
    ATTEMPTS,
    body_of,
    headers_of,
    is_for,
    is_void,
    key_of,
    wait_s,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.collection_trigger import CollectionTrigger
    from stream.dispatch.executors import Executor
    from stream.journal.append import Appender

log = structlog.get_logger()

AT_ONCE: Final = 8
"""Requests to one executor."""
ANSWER_WITHIN_S: Final = 5.0
MOST_WAITING: Final = 20_000
"""Pushes that wait for one executor: further ones are dead letters until it is back."""
SHORTEST_SECRET: Final = 16


class _Delivery(NamedTuple):
    partition: int
    offset: int
    trigger: CollectionTrigger


class _Target:
    """One executor's webhook: a lane for each borrower of whom something waits."""

    def __init__(self, executor: Executor) -> None:
        assert executor.webhook is not None  # noqa: S101 - see Pusher
        self.executor, self.name, self.url = executor, executor.name, executor.webhook.url
        self.secret = read_secret(Path(executor.webhook.secret_file))
        self.lanes: defaultdict[str, deque[_Delivery]] = defaultdict(deque)
        self.waiting = 0
        self.free = asyncio.Semaphore(AT_ONCE)


class Pusher:
    """Pushes what it is given; all of it on the event loop.

    Args:
        executors: Those with a webhook are told.
        appender: Takes dead letters.
        client: Reaches the webhooks.

    Raises:
        ExecutorsError: If a secret cannot be read or is too short.
    """

    def __init__(
        self,
        executors: Iterable[Executor],
        appender: Appender,
        client: httpx.AsyncClient,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._targets = [_Target(each) for each in executors if each.webhook is not None]
        self._appender, self._client, self._attempts = appender, client, attempts
        self._open: defaultdict[int, dict[int, set[str]]] = defaultdict(dict)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None
        self._broken = asyncio.Event()

    def push(self, partition: int, offset: int, trigger: CollectionTrigger) -> None:
        """Have a record pushed to every executor that is to know of it."""
        for target in self._targets:
            if is_for(target.executor, trigger):
                self._open[partition].setdefault(offset, set()).add(target.name)
                self._line_up(target, _Delivery(partition, offset, trigger))

    def done(self, partition: int, read: int) -> int:
        """Return the offset up to which all of a partition that was read is pushed."""
        return min(self._open[partition], default=read)

    def forget(self, partition: int) -> None:
        """Drop what waits of a partition: who has it now pushes it."""
        self._open.pop(partition, None)
        for target in self._targets:
            for borrower_id, lane in target.lanes.items():
                kept = [each for each in lane if each.partition != partition]
                target.waiting -= len(lane) - len(kept)
                target.lanes[borrower_id] = deque(kept)

    async def watch(self) -> None:
        """Look after the lanes, as long as the process runs.

        Raises:
            Exception: Whatever ended one: its borrower would never be told of anything again.
        """
        await self._broken.wait()
        if self._failed is not None:
            raise self._failed

    async def close(self) -> None:
        """Stop pushing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def _line_up(self, target: _Target, delivery: _Delivery) -> None:
        borrower_id = delivery.trigger.borrower_id
        is_first = borrower_id not in target.lanes
        target.lanes[borrower_id].append(delivery)
        target.waiting += 1
        if is_first:
            task = asyncio.create_task(self._serve(target, borrower_id))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._failed = error
            self._broken.set()

    async def _serve(self, target: _Target, borrower_id: str) -> None:
        while lane := target.lanes[borrower_id]:
            delivery = lane.popleft()
            await self._deliver(target, delivery)
            target.waiting -= 1
            self._close_one(target, delivery)
        del target.lanes[borrower_id]

    def _close_one(self, target: _Target, delivery: _Delivery) -> None:
        still_open = self._open.get(delivery.partition, {})
        names = still_open.get(delivery.offset, set())
        names.discard(target.name)
        if not names:  # or the partition went elsewhere meanwhile
            still_open.pop(delivery.offset, None)

    async def _deliver(self, target: _Target, delivery: _Delivery) -> None:
        trigger, said = delivery.trigger, ""
        body, key = body_of(trigger), key_of(delivery.trigger)
        if target.waiting > MOST_WAITING:
            await self._bury(target, delivery, body, f"more than {MOST_WAITING} pushes wait")
            return
        for attempt in range(1, self._attempts + 1):
            if is_void(trigger, clock.now_ms()) or self._is_gone(delivery):
                return
            async with target.free:
                said = await self._post(target, trigger, body)
            if not said:
                metrics.WEBHOOKS.labels(target.name, "delivered").inc()
                return
            metrics.WEBHOOKS.labels(target.name, "failed").inc()
            if attempt < self._attempts:
                await asyncio.sleep(wait_s(key, attempt))
        await self._bury(target, delivery, body, f"{self._attempts} attempts, the last: {said}")

    def _is_gone(self, delivery: _Delivery) -> bool:
        return delivery.offset not in self._open.get(delivery.partition, ())

    async def _post(self, target: _Target, trigger: CollectionTrigger, body: bytes) -> str:
        """Push once; return what went wrong, nothing if it was taken."""
        headers = headers_of(trigger, body, target.secret, clock.now_ms())
        try:
            answer = await self._client.post(
                target.url, content=body, headers=headers, timeout=ANSWER_WITHIN_S
            )
        except httpx.HTTPError as error:
            return type(error).__name__
        return "" if answer.is_success else f"status {answer.status_code}"

    async def _bury(self, target: _Target, delivery: _Delivery, body: bytes, why: str) -> None:
        """Write a dead letter. It has no origin, so that nobody sends it to our topics again."""
        key, trigger = key_of(delivery.trigger), delivery.trigger
        letter = DeadLetter(
            letter_id=f"push/{target.name}/{key}",
            reason=DeadLetterReason.UNDELIVERED,
            message=f"executor `{target.name}` did not take a push: {why}",
            field_path="$",
            digest=sha256(body).hexdigest(),
            first_seen=wire(clock.now_ms()),
            event_id=key,
            borrower_id=trigger.borrower_id,
        )
        batch = self._appender.batch()
        batch.send("dead-letters", letter.letter_id.encode(), msgspec.json.encode(letter))
        await batch.acknowledged()
        metrics.WEBHOOKS.labels(target.name, "dead").inc()
        log.warning("push given up", executor=target.name, trigger=key, reason=why)


def read_secret(path: Path) -> bytes:
    """Read the secret that signs pushes: the first line of a file.

    Raises:
        ExecutorsError: If it cannot be read, or could be guessed.
    """
    try:
        secret = path.read_bytes().partition(b"\n")[0].strip()
    except OSError as error:
        raise ExecutorsError(f"expected a secret in {path}: {error.strerror}") from error
    if len(secret) < SHORTEST_SECRET:
        raise ExecutorsError(f"expected a secret of at least {SHORTEST_SECRET} bytes in {path}")
    return secret
