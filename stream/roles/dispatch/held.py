"""One partition while this process holds it: its triggers and permits, and writing further ones.

A permit counts in memory from the moment it is granted and is answered when its transaction is
committed. Where a commit fails nobody knows whether it is written: all memory of the partition is
void then, and whoever takes it next reads what there is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

import msgspec
import structlog

from schemas.permit import Permit
from stream.dispatch.grants import Grants
from stream.dispatch.triggers import Triggers
from stream.journal.checkpoint import Checkpoints
from stream.journal.clients import named
from stream.journal.errors import HoleError
from stream.journal.log_reading import messages
from stream.journal.partition import Message
from stream.roles.dispatch.positions import Positions
from stream.roles.dispatch.visible import PERMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from stream.roles.dispatch.visible import Visible
    from stream.settings import Settings

log = structlog.get_logger()

COMMIT_WITHIN_S: Final = 4.0


class GivenUpError(RuntimeError):
    """The partition was given up; whether a permit was written is not known here."""


class Held:
    """A partition of the triggers.

    Attributes:
        applied: The offset of the last trigger record read.
        pushed: Up to which offset (exclusive) a former owner has pushed what is to be pushed.
    """

    def __init__(
        self,
        settings: Settings,
        number: int,
        checkpoints: Checkpoints,
        start: Positions,
        visible: Visible,
    ) -> None:
        self.number = number
        self._visible = visible
        self.triggers, self.grants = Triggers(), Grants()
        self.applied, self.pushed = start.first - 1, start.committed
        self.lost: Callable[[BaseException], None] = lambda _error: None
        self._topic = named(settings, PERMITS)
        self._checkpoints = checkpoints
        self._pending: list[tuple[Permit, asyncio.Future[None]]] = []
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    def take(cls, settings: Settings, number: int, visible: Visible) -> Self:
        """Fence former owners, and read all that they have granted. Blocking.

        Raises:
            HiddenError: If not all of it can be read.
            KafkaException: If the broker does not do it in time.
        """
        checkpoints = Checkpoints(settings, f"dispatch-{number}", number)
        checkpoints.fence()
        visible.wait(number, COMMIT_WITHIN_S)
        held = cls(settings, number, checkpoints, Positions.of(settings, number), visible)
        for message in messages(settings, PERMITS, number):
            held.restore(message.value() or b"", message.offset() or 0)
        return held

    def restore(self, value: bytes, offset: int) -> None:
        """Take a permit that was written earlier."""
        try:
            permit = msgspec.json.decode(value, type=Permit)
        except msgspec.DecodeError as error:
            log.error("no permit", partition=self.number, offset=offset, error=str(error))  # noqa: TRY400
            return
        if not self.grants.add(permit):
            log.error("granted twice", partition=self.number, trigger_id=permit.trigger_id)

    def after(self, offset: int) -> None:
        """Make sure that what is read next follows what was read.

        Raises:
            HoleError: If records before it have not been delivered.
        """
        if offset > self.applied:
            raise HoleError(f"applied up to {self.applied}, the next chunk follows {offset}")

    def waiting(self, trigger_id: str) -> asyncio.Future[None] | None:
        """Return what is waited for while a trigger's permit is being written."""
        return self._waiting.get(trigger_id)

    def write(self, permit: Permit) -> asyncio.Future[None]:
        """Have a permit written that `grants` has; the future is done when it is committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_seen)
        self._pending.append((permit, done))
        self._waiting[permit.trigger_id] = done
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return done

    async def settle(self) -> None:
        """Return when nothing is being written."""
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write_all(self) -> None:
        batch: list[tuple[Permit, asyncio.Future[None]]] = []
        try:
            while self._pending:
                batch, self._pending = self._pending, []
                await self._commit([permit for permit, _ in batch])
                for permit, _done in batch:
                    self._waiting.pop(permit.trigger_id).set_result(None)
        except Exception as error:  # noqa: BLE001 - the broker's: the partition is lost
            self.give_up(error)
        finally:
            self._writing = None

    async def _commit(self, permits: Sequence[Permit]) -> None:
        self._checkpoints.send(
            [
                Message(self._topic, self.number, p.borrower_id.encode(), msgspec.json.encode(p))
                for p in permits
            ]
        )
        await asyncio.to_thread(self._confirm)

    def _confirm(self) -> None:
        self._checkpoints.commit_or_give_up(COMMIT_WITHIN_S)
        self._visible.wait(self.number, COMMIT_WITHIN_S)

    def give_up(self, error: BaseException) -> None:
        """Let everybody who waits know that nothing is known any more."""
        self._pending = []
        for done in self._waiting.values():
            if not done.done():
                done.set_exception(GivenUpError(repr(error)))
        self._waiting = {}
        self.lost(error)

    def close(self, pool: Executor) -> None:
        """Let go of the producer, in the pool: its end joins threads."""
        pool.submit(self._checkpoints.close)


def _seen(done: asyncio.Future[None]) -> None:
    """Look at a failure: who asked may have gone, and asyncio complains of the unseen."""
    if not done.cancelled():
        done.exception()
