"""Who acts, and what each order takes: by `schemas.operators.RIGHTS`, as the desk's API asks too.

Who signs with a key of one's own has no class: such a key may what operators' keys always might,
and assigns no cases and sees nothing of the restricted lane.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from schemas.control import ActionPayload, Together
from schemas.operators import ALONE, RIGHT_OF_ORDER, RIGHTS, May, OperatorClass, is_linked
from schemas.signing import Right, Signed, Trust, signers
from stream.decide.governance import RefusedError

OF_OWN_KEY: Final = frozenset(
    {May.WORK_CASES, May.SET_HOLD, May.CONTACT, May.APPROVE, May.SNOOZE_SEVERE}
)


class Actor(NamedTuple):
    """Who acts.

    Attributes:
        name: The operator.
        people: Whose signatures count.
        operator_class: Of the operator, `None` with a key of one's own.
    """

    name: str
    people: frozenset[str]
    operator_class: OperatorClass | None

    def may(self, what: May) -> bool:
        """Whether the operator may do it."""
        mine = RIGHTS[self.operator_class] if self.operator_class else OF_OWN_KEY
        return what in mine


def actor_of(payload: ActionPayload, signed: Signed, trust: Trust) -> Actor:
    """Return who acts, every signature checked.

    Raises:
        SignatureRefusedError: If the signatures do not count.
    """
    if payload.operator_class is None:
        who = signers(signed, trust=trust, right=Right.ACTION)
        return Actor(payload.operator, who, None)
    signers(signed, trust=trust, right=Right.DESK)
    return Actor(payload.operator, frozenset({payload.operator}), payload.operator_class)


def refuse_unless_entitled(actor: Actor, kind: str) -> None:
    """Pass if the operator may give an order of this kind.

    Raises:
        RefusedError: If not.
    """
    needed = RIGHT_OF_ORDER[kind]
    if not actor.may(needed):
        of = actor.operator_class.value if actor.operator_class else "an operator's own key"
        raise RefusedError(f"expected somebody who may {needed.value}, got {of}")


def refuse_if_linked(
    actor: Actor, together: Together | None, borrower_id: str, links: Collection[str]
) -> None:
    """Pass if nobody who acts or has confirmed it is linked to the borrower.

    Raises:
        RefusedError: If somebody is.
    """
    second = together.confirmed_by if together else None
    for name in sorted({actor.name, *actor.people, *filter(None, (second,))}):
        if is_linked(name, borrower_id, links):
            raise RefusedError(f"expected somebody who is not linked to the borrower, got `{name}`")


def refuse_unless_confirmed(actor: Actor, together: Together | None) -> None:
    """Pass if an order is not one of many, or another person who may has confirmed them.

    The desk is believed how many there are, as it is believed who acts.

    Raises:
        RefusedError: If nobody has, or one's own word is to count twice.
    """
    if together is None or together.orders <= ALONE:
        return
    second, of = together.confirmed_by, together.confirmer_class
    if second is None or of is None or second in (actor.name, *actor.people):
        raise RefusedError(f"expected a second person for one of {together.orders} orders at once")
    if May.APPROVE not in RIGHTS[of]:
        raise RefusedError(f"expected a second person who may {May.APPROVE.value}, got {of.value}")


def refuse_unless_of_compliance(actor: Actor) -> None:
    """Pass if the operator may act in the restricted lane: compliance, through the desk.

    Raises:
        RefusedError: If not.
    """
    if actor.operator_class is not OperatorClass.COMPLIANCE or not actor.may(May.SEE_RESTRICTED):
        raise RefusedError("expected somebody of COMPLIANCE")
