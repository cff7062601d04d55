"""What earlier looks at a borrower have found, so that it need not be worked out again.

A measure's answer rests on its series, on the closed days of their streams, on what the scene
says of the borrower, and on the day on which the rule's episode began; the time itself it does not
know. While none of these has changed, it is what it was. Nothing here is stored: whoever forgets
it finds the same again.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

Stamp = tuple[Any, ...]
"""What an answer rests on; equal stamps mean equal answers."""


class Memory:
    """The answers of one borrower's measures.

    Examples:
        >>> memory = Memory()
        >>> memory.answer("sales", memory.versions((1, 2)), lambda: "found")
        'found'
        >>> memory.answer("sales", memory.versions((1, 2)), lambda: "not asked again")
        'found'
        >>> memory.touch([2])
        >>> memory.answer("sales", memory.versions((1, 2)), lambda: "found anew")
        'found anew'
    """

    def __init__(self) -> None:
        self._versions: dict[int, int] = {}
        self._answers: dict[Hashable, tuple[Stamp, Any]] = {}
        self._owner: object = None

    def belong_to(self, owner: object) -> None:
        """Forget what another program has found."""
        if self._owner is not owner:
            self._answers.clear()
            self._owner = owner

    def touch(self, features: Iterable[int]) -> None:
        """Note that something was put into features, or taken out, as rows name them."""
        for feature in features:
            self._versions[feature] = self._versions.get(feature, 0) + 1

    def versions(self, features: Iterable[int]) -> Stamp:
        """Return what changes whenever one of the features does."""
        return tuple([self._versions.get(feature, 0) for feature in features])

    def answer(self, question: Hashable, stamp: Stamp, find: Callable[[], Any]) -> Any:
        """Return the answer that was found with this stamp, else find it."""
        known = self._answers.get(question)
        if known is None or known[0] != stamp:
            known = self._answers[question] = stamp, find()
        return known[1]
