"""The same order about many cases: previewed, bounded, and above fifty confirmed by another person.

A preview counts what would be done and what is owed by whom it is done about. The orders are given
of exactly what was previewed, each by itself: one that has become impossible is told of.
"""

from __future__ import annotations

import secrets
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import msgspec
from msgspec.structs import replace

from desk import clock, problems
from desk.detail import case_for
from desk.operator import Operator
from desk.orders import NoOrderError, made
from desk.problems import RefusedError
from schemas.case_orders import CaseId  # noqa: TC001 - a field's type, read at run time
from schemas.control import Together
from schemas.desk_view import BulkAccepted, BulkPreview
from schemas.instants import MINUTE_MS, wire
from schemas.money import Money
from schemas.operators import ALONE, May, OperatorClass

if TYPE_CHECKING:
    from collections.abc import Container

    from desk.audit import Audit
    from desk.model import Found, Model
    from desk.ordering import Ordering
    from desk.orders import Given

MOST: Final = 200
LASTS_MS: Final = 10 * MINUTE_MS
KINDS: Final = ("acknowledge", "triage", "claim", "outcome", "close", "note", "wait")
_ROOT: Final = "loanwatch:order:bulk"


class PreviewAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which order about which cases."""

    case_ids: Annotated[tuple[CaseId, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    order: dict[str, Any]


class BulkAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which preview is to be done, or confirmed."""

    preview_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{24}$")]


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A preview until it is done."""

    operator: str
    case_ids: tuple[str, ...]
    order: dict[str, Any]
    expires_ms: int
    classes: tuple[OperatorClass, ...]
    needs_second: bool
    asked: bool = False


class Bulk:
    """Orders about many cases.

    Args:
        ordering: Gives each.
        audit: Where it is recorded.
    """

    def __init__(self, ordering: Ordering, audit: Audit) -> None:
        self._ordering, self._audit = ordering, audit

    async def preview(self, model: Model, asked: PreviewAsked) -> BulkPreview:
        """Say what would be done.

        Raises:
            RefusedError: If it is no order for many cases.
        """
        kind = asked.order.get("kind")
        if kind not in KINDS:
            raise problems.body(f"expected one of {', '.join(KINDS)} as `kind`")
        excluded: Counter[str] = Counter()
        taken: list[Found] = []
        for case_id in dict.fromkeys(asked.case_ids):
            try:
                taken.append((await self._checked(model, case_id, asked.order, ()))[0])
            except RefusedError as error:
                excluded[error.why.code if error.why else error.reason] += 1
        kept = _Kept(
            operator=model.who.name,
            classes=model.who.classes,
            case_ids=tuple(each.case.case_id for each in taken),
            order=asked.order,
            expires_ms=clock.now_ms() + LASTS_MS,
            needs_second=len(taken) > ALONE,
        )
        preview_id = secrets.token_hex(12)
        await self._keep(model, preview_id, kept)
        return BulkPreview(
            preview_id=preview_id,
            kind=str(kind),
            count=len(taken),
            exposure=_exposure(taken),
            excluded=dict(excluded),
            needs_second=kept.needs_second,
            expires_at=wire(kept.expires_ms),
        )

    async def give(self, model: Model, preview_id: str) -> BulkAccepted:
        """Give the orders of a preview; of a large one when another person has asked for it, too.

        Raises:
            RefusedError: If there is no such preview, or it is not the asker's to do.
        """
        kept = await self._find(model, preview_id)
        who = model.who
        if kept.operator == who.name and kept.needs_second:
            await self._keep(model, preview_id, replace(kept, asked=True))
            return BulkAccepted(preview_id=preview_id, waiting=True)
        if kept.operator != who.name:
            _refuse_second(kept, who)
            self._audit.note(who, "bulk", detail=f"confirmed {preview_id}")
        if not await model.client.delete(f"{_ROOT}:{preview_id}"):
            raise problems.not_found()  # done by a second request at the same time
        first = Operator(kept.operator, kept.classes)
        together = Together(orders=len(kept.case_ids))
        if who.name != kept.operator:
            of = who.acting_as(May.APPROVE)
            together = replace(together, confirmed_by=who.name, confirmer_class=of)
        avoided = await model.avoided()  # of who confirms, beside those of who asked
        return await self._give_all(model.of(first), preview_id, kept, together, avoided)

    async def _give_all(
        self,
        model: Model,
        preview_id: str,
        kept: _Kept,
        together: Together,
        avoided: Container[str],
    ) -> BulkAccepted:
        detail = f"{kept.order.get('kind')} of {len(kept.case_ids)} cases, {preview_id}"
        self._audit.note(model.who, "bulk", detail=detail)
        orders, failed = [], {}
        for case_id in kept.case_ids:
            try:
                found, given = await self._checked(model, case_id, kept.order, avoided)
                orders.append(await self._ordering.give_made(model, found, given, together))
            except RefusedError as error:
                failed[case_id] = error.why.code if error.why else error.reason
        return BulkAccepted(preview_id=preview_id, orders=tuple(orders), failed=failed)

    async def _checked(
        self, model: Model, case_id: str, order: dict[str, Any], avoided: Container[str]
    ) -> tuple[Found, Given]:
        found = await case_for(model, case_id)
        if found.restricted:
            raise problems.not_found()
        if found.case.borrower_id in avoided:
            raise problems.linked()
        try:
            given = made(order, found.case)
        except NoOrderError as error:
            raise problems.body(str(error)) from error
        await self._ordering.refuse_forbidden(model, found, given)
        return found, given

    async def _keep(self, model: Model, preview_id: str, kept: _Kept) -> None:
        left_ms = max(1, kept.expires_ms - clock.now_ms())
        await model.client.set(f"{_ROOT}:{preview_id}", msgspec.json.encode(kept), px=left_ms)

    async def _find(self, model: Model, preview_id: str) -> _Kept:
        raw = cast("bytes | None", await model.client.get(f"{_ROOT}:{preview_id}"))
        if raw is None:
            raise RefusedError(
                HTTPStatus.NOT_FOUND, "NOT_FOUND", "there is no such preview, or it has expired"
            )
        return msgspec.json.decode(raw, type=_Kept)


def _refuse_second(kept: _Kept, who: Operator) -> None:
    """Pass if somebody may confirm what another has asked for.

    Raises:
        RefusedError: If not; that there is such a preview is said to nobody else.
    """
    if not (kept.needs_second and kept.asked):
        raise problems.not_found()
    if not who.may(May.APPROVE):
        raise problems.right(May.APPROVE.value)


def _exposure(taken: list[Found]) -> tuple[Money, ...]:
    sums: dict[str, int] = {}
    for found in taken:
        owed = found.case.exposure
        if owed is not None:
            sums[owed.currency] = sums.get(owed.currency, 0) + owed.amount_minor
    return tuple(Money(amount_minor=sum_, currency=of) for of, sum_ in sorted(sums.items()))
