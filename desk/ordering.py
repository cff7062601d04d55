"""An order on its way: is it allowed now, signed, sent, and what became of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import structlog

from desk import clock, problems
from desk.actions import OF_RESTRICTED, RIGHT_OF, may_give, possible, refused
from desk.detail import around_of, case_for
from desk.orders import KINDS, By, NoOrderError, Signer, made, signed
from desk.outlet import NotSentError, sent
from schemas.desk_event import OrderState
from schemas.desk_keys import Name
from schemas.desk_view import OrderAccepted, OrderStatus
from schemas.operators import May, OperatorClass

if TYPE_CHECKING:
    from desk.actions import Around
    from desk.audit import Audit
    from desk.model import Found, Model
    from desk.operator import Operator
    from desk.orders import Given
    from desk.outlet import Outlet
    from schemas.case import Case
    from schemas.control import Together
    from schemas.desk_view import OrderAsked, PossibleAction

log = structlog.get_logger()

TOPIC: Final = "desk-actions"
ON_ITS_WAY_S: Final = 15
"""So long another order about the borrower waits for one that nobody has decided."""
REMEMBERED_S: Final = 86_400
_LOCK: Final = "loanwatch:order:of"
_SENT: Final = "loanwatch:order:sent"


class SentOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk itself knows of an order until it is decided."""

    record_id: str
    case_id: str
    kind: str
    restricted: bool


class Ordering:
    """Gives orders.

    Args:
        outlet: Where they go.
        audit: Where it is recorded.
        signer: The desk's key.
    """

    def __init__(self, outlet: Outlet, audit: Audit, signer: Signer) -> None:
        self._outlet, self._audit, self._signer = outlet, audit, signer

    async def give(self, model: Model, case_id: str, asked: OrderAsked) -> OrderAccepted:
        """Check, sign and send an order.

        Raises:
            RefusedError: If it is none, is not allowed, is out of date, or cannot be sent.
        """
        found = await case_for(model, case_id)
        if asked.version is not None and asked.version != found.case.version:
            raise stale("the case has changed since it was looked at")
        given = self._made(asked.order, found, model.who)
        await self.refuse_forbidden(model, found, given)
        return await self._send(model, found, given)

    async def give_made(
        self, model: Model, found: Found, given: Given, together: Together
    ) -> OrderAccepted:
        """Send an order of a bulk that is allowed.

        Raises:
            RefusedError: As `give`.
        """
        await self.refuse_forbidden(model, found, given)
        return await self._send(model, found, given, together)

    async def refuse_forbidden(self, model: Model, found: Found, given: Given) -> None:
        """Pass if the order is allowed now, as far as the desk knows.

        Raises:
            RefusedError: If not.
        """
        around = await around_of(model, found.case)
        refuse_unless_possible(found, model.who, given, around)

    def _made(self, asked: dict[str, Any], found: Found, who: Operator) -> Given:
        kind = asked.get("kind")
        if isinstance(kind, str) and kind in KINDS:
            refuse_unless_entitled(kind, found, who)
        try:
            return made(asked, found.case)
        except NoOrderError as error:
            raise problems.body(str(error)) from error

    async def _send(
        self, model: Model, found: Found, given: Given, together: Together | None = None
    ) -> OrderAccepted:
        case, who = found.case, model.who
        supersedes = await last_action(model, found)
        acting_as = class_for(given.kind, found, who)
        record_id, record = signed(
            given,
            case,
            By(who.name, acting_as, together),
            supersedes=supersedes,
            now_ms=clock.now_ms(),
            signer=self._signer,
        )
        await self._claim_turn(model, found, record_id)
        try:
            self._audit.note(who, "order", found, detail=f"{given.kind} {record_id}")
            done = self._outlet.put(TOPIC, case.borrower_id, msgspec.json.encode(record))
            await sent(done)
        except NotSentError as error:
            log.warning("order not sent", record_id=record_id, error=str(error))
            raise problems.busy("QUEUE", "the order could not be sent: it may come yet") from error
        remembered = SentOrder(
            record_id=record_id,
            case_id=case.case_id,
            kind=given.kind,
            restricted=found.restricted,
        )
        await model.client.set(
            f"{_SENT}:{record_id}", msgspec.json.encode(remembered), ex=REMEMBERED_S
        )
        return OrderAccepted(record_id=record_id, case_id=case.case_id, kind=given.kind)

    async def _claim_turn(self, model: Model, found: Found, record_id: str) -> None:
        """Let one order about a borrower be on its way at a time.

        Raises:
            RefusedError: If another is.
        """
        lock = f"{_LOCK}:{found.case.borrower_id}"
        before = cast("bytes | None", await model.client.get(lock))
        if before is not None and await order_of(model, before.decode()) is None:
            raise stale("another order about this borrower has not been decided")
        if before is None:
            if not await model.client.set(lock, record_id, nx=True, ex=ON_ITS_WAY_S):
                raise stale("another order about this borrower has not been decided")
        else:
            await model.client.set(lock, record_id, ex=ON_ITS_WAY_S)


def refuse_unless_entitled(kind: str, found: Found, who: Operator) -> None:
    """Pass if somebody has the right to an order.

    Raises:
        RefusedError: If not.
    """
    if may_give(kind, who, restricted=found.restricted):
        return
    if found.restricted:
        is_theirs = OperatorClass.COMPLIANCE in who.classes
        if is_theirs and kind not in OF_RESTRICTED:
            raise problems.body("expected an order about the case itself")
        raise problems.right(May.SEE_RESTRICTED.value)
    raise problems.right(RIGHT_OF[kind].value)


def refuse_unless_possible(found: Found, who: Operator, given: Given, around: Around) -> None:
    """Pass if an order is possible now.

    Raises:
        RefusedError: If not; says why, and from when on it is.
    """
    actions = possible(found.case, who, around, restricted=found.restricted)
    forbidden = refused(given.kind, given.about, actions)
    if forbidden is not None:
        raise _forbidden(forbidden)


def _forbidden(action: PossibleAction) -> problems.RefusedError:
    why = action.why
    code = why.code if why else "state"
    status = HTTPStatus.FORBIDDEN if code in ("right", "own_action") else HTTPStatus.CONFLICT
    reason = "RIGHT" if status is HTTPStatus.FORBIDDEN else "STATE"
    return problems.RefusedError(status, reason, f"not possible now: {code}", why=why)


def class_for(kind: str, found: Found, who: Operator) -> OperatorClass:
    """Return the class by which somebody gives an order."""
    if found.restricted:
        return OperatorClass.COMPLIANCE
    return who.acting_as(RIGHT_OF[kind])


async def last_action(model: Model, found: Found) -> str | None:
    """Return the last action on the borrower that any of its cases of this lane tells."""
    cases = [each.case for each in await model.cases_of(found.case.borrower_id)
             if each.restricted == found.restricted]  # fmt: skip
    told: list[Case] = [case for case in cases if case.last_action_id is not None]
    latest = max(told, key=lambda case: (case.at, case.case_id == found.case.case_id), default=None)
    return latest.last_action_id if latest else None


async def order_of(model: Model, record_id: str) -> OrderStatus | None:
    """Return what became of an order, `None` if nothing has been told."""
    for restricted in model.lanes:
        status = await model.get(Name.ORDERS, record_id, OrderStatus, restricted=restricted)
        if status is not None:
            return status
    return None


async def status_of(model: Model, record_id: str) -> OrderStatus:
    """Return what became of an order, or that it was sent.

    Raises:
        RefusedError: If the asker can know of no such order.
    """
    raw = cast("bytes | None", await model.client.get(f"{_SENT}:{record_id}"))
    mine = None if raw is None else msgspec.json.decode(raw, type=SentOrder)
    if mine is not None and mine.restricted and not model.who.may(May.SEE_RESTRICTED):
        raise problems.not_found()
    status = await order_of(model, record_id)
    if status is not None:
        case_id = status.case_id or (mine.case_id if mine else None)
        return msgspec.structs.replace(status, case_id=case_id)
    if mine is None:
        raise problems.not_found()
    return OrderStatus(
        record_id=record_id, state=OrderState.SENT, case_id=mine.case_id, kind=mine.kind
    )


def stale(detail: str) -> problems.RefusedError:
    """Return the answer to an order that was given in ignorance."""
    return problems.RefusedError(HTTPStatus.CONFLICT, "STALE", detail)
