"""What a signed action of an operator asks of the step; whatever else it says is noted alone."""

from typing import Any

import msgspec

from schemas.loan_release import Release

ORDERS = {"release_quarantine": Release}


def order_of(body: dict[str, Any]) -> Release | None:
    """Return what is to be done, `None` if the action is only to be known.

    Raises:
        msgspec.ValidationError: If it asks for something and does not say what.
    """
    order = ORDERS.get(str(body.get("kind")))
    return None if order is None else msgspec.convert(body, order)
