"""Places: from offsets in the normalised text back to the file as the author wrote it."""

from bisect import bisect_right
from itertools import accumulate

from rules.errors import Span
from rules.normalise import normalise


class Places:
    """Where things stand in one file.

    Args:
        file: The file's name.
        source: What to read: the file, or a piece of it.
        shift: Where that piece begins in the file.
        line: The line that it begins on.
    """

    def __init__(self, file: str, source: str, *, shift: int = 0, line: int = 1) -> None:
        self.file = file
        self.text, self._offsets = normalise(source)
        self._shift = shift
        self._line = line
        self._lines = [0, *accumulate(len(row) for row in source.splitlines(keepends=True))]

    def span(self, start: int, end: int) -> Span:
        """Return the place in the file of a stretch of the normalised text."""
        first = self._offsets[start]
        last = max(first + 1, self._offsets[end - 1] + 1 if end > start else 0)
        if end < len(self._offsets) and self._offsets[end] > last:
            last = self._whole_word(end - 1, last)
        line = self._line + bisect_right(self._lines, first) - 1
        return Span(self.file, self._shift + first, self._shift + last, line)

    def _whole_word(self, at: int, last: int) -> int:
        """Extend over a Chinese word, all of whose translation stands at its first character."""
        if at > 0 and self._offsets[at] == self._offsets[at - 1]:
            return self._offsets[at + 1]
        return last

    def row_and_column(self, at: int) -> str:
        """Return line and column of a place in the normalised text."""
        first = self._offsets[at]
        row = bisect_right(self._lines, first) - 1
        return f"{self._line + row}:{first - self._lines[row] + 1}"
