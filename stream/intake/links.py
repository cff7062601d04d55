"""Whose token is it: accounts and merchants to borrowers, loans to the borrower that owes.

Made of the reference records alone, in whatever order they are read, so every worker that has
read the topic `references` to the same place gives the same answers.

* A loan belongs to one borrower: the one its latest contract names.
* Any other token belongs to every borrower that a party link names: accounts are shared. The
  accounts in a contract are no links; a loan may be paid out to a supplier's account.
* After a key rotation an alias says which new token is which old one. Everything goes on under
  the oldest name of a party; nothing is stored under another name than it was said with.
"""

from typing import Final, NamedTuple

from schemas.instants import to_ms
from schemas.reference import LoanContract, PartyLink, ReferenceData, TokenAlias

ALWAYS: Final = (0, 1 << 62)
"""The span of a link that names none, in epoch milliseconds."""


class _Link(NamedTuple):
    borrower_id: str
    from_ms: int
    to_ms: int


class Links:
    """What the reference records say of who is who.

    Examples:
        >>> from schemas.reference import Relation
        >>> links = Links()
        >>> for borrower_id in ("brw_1", "brw_2"):
        ...     _ = links.apply(
        ...         PartyLink(
        ...             token="acc_shared", borrower_id=borrower_id, relation=Relation.ACCOUNT
        ...         )
        ...     )
        >>> links.borrowers("acc_shared", at_ms=0)
        ('brw_1', 'brw_2')
    """

    def __init__(self) -> None:
        self._loans: dict[str, str] = {}
        self._links: dict[str, tuple[_Link, ...]] = {}
        self._older: dict[str, str] = {}
        self._newer: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        """Return how many tokens are known."""
        return len(self._loans) + len(self._links) + len(self._older)

    def apply(self, data: ReferenceData) -> tuple[str, ...]:
        """Take one reference record in.

        Returns:
            The tokens of which more is known than before: what waited for them may go on.
        """
        match data:
            case LoanContract():
                self._loans[data.loan_id] = data.borrower_id
                return self.names(data.loan_id)
            case PartyLink():
                self._link(data)
                return self.names(data.token)
            case TokenAlias():
                self._alias(data)
                return self.names(data.token)
            case _:
                return ()

    def forget(self, key: str) -> None:
        """Take back what the reference record of this Kafka key said, as compaction will.

        Args:
            key: `kind:id`, as `stream.intake.keys` makes it; another key changes nothing.
        """
        match key.split(":"):
            case ["loan_contract", loan_id]:
                self._loans.pop(loan_id, None)
            case ["party_link", token, borrower_id]:
                self._unlink(token, borrower_id)
            case ["token_alias", token]:
                self._forget_alias(token)

    def borrower_of_loan(self, loan_id: str) -> str | None:
        """Return the borrower that owes the loan, `None` if no contract names it."""
        for name in self.names(loan_id):
            if borrower_id := self._loans.get(name):
                return self.oldest(borrower_id)
        return None

    def borrowers(self, token: str, at_ms: int) -> tuple[str, ...]:
        """Return every borrower whose token this was at `at_ms`, in order."""
        links = self._links.get(token, ())
        if not self._older and len(links) == 1:  # nearly always
            link = links[0]
            return (link.borrower_id,) if link.from_ms <= at_ms < link.to_ms else ()
        found = {
            self.oldest(link.borrower_id)
            for name in self.names(token)
            for link in self._links.get(name, ())
            if link.from_ms <= at_ms < link.to_ms
        }
        return tuple(sorted(found))

    @property
    def has_aliases(self) -> bool:
        """Whether any key was ever rotated."""
        return bool(self._older)

    def oldest(self, token: str) -> str:
        """Return the first name of the party that `token` names."""
        older = self._older
        while token in older:
            token = older[token]
        return token

    def names(self, token: str) -> tuple[str, ...]:
        """Return every name of the party that `token` names, the oldest first."""
        if not self._older:
            return (token,)
        names = [self.oldest(token)]
        for name in names:
            names.extend(self._newer.get(name, ()))
        return tuple(names)

    def _link(self, data: PartyLink) -> None:
        link = _Link(
            data.borrower_id,
            to_ms(data.valid_from) if data.valid_from else ALWAYS[0],
            to_ms(data.valid_to) if data.valid_to else ALWAYS[1],
        )
        self._unlink(data.token, data.borrower_id)
        self._links[data.token] = (*self._links.get(data.token, ()), link)

    def _unlink(self, token: str, borrower_id: str) -> None:
        rest = tuple(each for each in self._links.pop(token, ()) if each.borrower_id != borrower_id)
        if rest:
            self._links[token] = rest

    def _alias(self, data: TokenAlias) -> None:
        self._forget_alias(data.token)
        if self.oldest(data.old_token) == data.token:  # a circle names nobody
            return
        self._older[data.token] = data.old_token
        self._newer[data.old_token] = (*self._newer.get(data.old_token, ()), data.token)

    def _forget_alias(self, token: str) -> None:
        older = self._older.pop(token, None)
        if older is not None:
            self._newer[older] = tuple(each for each in self._newer[older] if each != token)
