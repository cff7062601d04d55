"""From which borrowers somebody has to keep away (docs/decisions/0093)."""

from schemas.operators import is_linked


class Avoided:
    """The borrowers to whom somebody is linked: whose cases are others' to look at.

    Args:
        operator: Who.
        links: The signed list.
    """

    def __init__(self, operator: str, links: frozenset[str]) -> None:
        self._operator, self._links = operator, links

    def __contains__(self, borrower_id: object) -> bool:
        """Whether a borrower is one of them."""
        return isinstance(borrower_id, str) and is_linked(self._operator, borrower_id, self._links)
