"""How often one executor may ask: a bucket of a second's requests, refilled as time passes."""


class Bucket:
    """One executor's.

    Args:
        per_s: Requests a second, and the most at once.
        now_ms: On any clock; one that goes back only waits.
    """

    __slots__ = ("_at_ms", "_left", "_per_s")

    def __init__(self, per_s: int, now_ms: int) -> None:
        self._per_s, self._left, self._at_ms = per_s, float(per_s), now_ms

    def take(self, now_ms: int) -> bool:
        """Return whether one more is allowed, and count it.

        >>> bucket = Bucket(2, 0)
        >>> [bucket.take(at_ms) for at_ms in (0, 0, 0, 500, 500)]
        [True, True, False, True, False]
        """
        gained = max(0, now_ms - self._at_ms) / 1_000 * self._per_s
        self._left, self._at_ms = min(float(self._per_s), self._left + gained), now_ms
        if self._left < 1:
            return False
        self._left -= 1
        return True
