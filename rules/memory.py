"""What earlier looks at a borrower have found, so that it need not be worked out again.

A measure's answer rests on its series, on the closed days of their streams, on what the scene
says of the borrower, and on the day on which the rule's episode began; the time itself it does not
know. While none of these has changed, it is what it was: what happens on a day that has not closed
changes no series that counts closed days alone. How a rule stands that time alone does not change
rests on these answers, on its loan and on what the scene says. Nothing here is stored: whoever
forgets it finds the same again.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

Stamp = tuple[Any, ...]
"""What an answer rests on; equal stamps mean equal answers."""


class Memory:
    """The answers of one borrower's measures.

    Examples:
        >>> memory = Memory()
        >>> series = (1, None), (2, 20_412)
        >>> memory.answer("sales", memory.versions(series), lambda: "found")
        'found'
        >>> memory.touch({2: 20_413})
        >>> memory.answer("sales", memory.versions(series), lambda: "not asked again")
        'found'
        >>> memory.touch({2: 20_412})
        >>> memory.answer("sales", memory.versions(series), lambda: "found anew")
        'found anew'
    """

    def __init__(self) -> None:
        self._versions: dict[int, int] = {}
        self._until: dict[int, int | None] = {}
        self._answers: dict[Hashable, tuple[Stamp, Any]] = {}
        self._said: dict[str, tuple[int, Any]] = {}
        self._owner: object = None

    def belong_to(self, owner: object) -> None:
        """Forget what another program has found."""
        if self._owner is not owner:
            self._answers.clear()
            self._owner = owner

    def touch(self, features: Mapping[int, int]) -> None:
        """Note that something was put into features, or taken out, as rows name them.

        Args:
            features: The earliest day of it, by feature.
        """
        for feature, day in features.items():
            until = self._until.get(feature)
            if until is None or day <= until:
                self._versions[feature] = self._versions.get(feature, 0) + 1

    def versions(self, features: Iterable[tuple[int, int | None]]) -> Stamp:
        """Return what changes whenever one of the features does.

        Args:
            features: Each with the last day that counts, `None` if all do. If fewer count than at
                the last look, what was found then has not heard of all that happened since, and is
                forgotten.
        """
        versions = []
        for feature, until in features:
            before = self._until.get(feature, until)
            if before != until and until is not None and (before is None or until < before):
                self._answers.clear()
            self._until[feature] = until
            versions.append(self._versions.get(feature, 0))
        return tuple(versions)

    def number(self, name: str, said: Any) -> int:
        """Return a number for what is said now, another one than for what was said before."""
        number, before = self._said.get(name, (0, None))
        if not number or before != said:
            number += 1
            self._said[name] = number, said
        return number

    def answer(self, question: Hashable, stamp: Stamp, find: Callable[[], Any]) -> Any:
        """Return the answer that was found with this stamp, else find it."""
        known = self._answers.get(question)
        if known is None or known[0] != stamp:
            known = self._answers[question] = stamp, find()
        return known[1]
