"""Logs: one JSON object a line on stderr, ours and the libraries' alike.

    {"level":"info","event":"took over","role":"monitor","partition":3,"at":"2026-01-05T09:30:00Z"}

Say what happened as a short fixed text and the rest as fields, so that it can be counted and
searched. Fields are ids, offsets, counts and names, never what a record says of a person.

Libraries are held back. Their lines below a warning, a hundred at each start, are written only at
level DEBUG. With the broker away aiokafka logs some 35 errors a second: the same line is written at
most `BURST` times in `PERIOD_S` seconds, and the next one that passes says how many were left out.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Final, TextIO

import orjson
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import EventDict, Processor, WrappedLogger

BURST: Final = 3
PERIOD_S: Final = 60.0
MOST_LINES: Final = 1_000
"""How many different lines are remembered: some libraries put values into the text themselves."""


class HoldBack(logging.Filter):
    """Holds libraries back: nothing below `least`, and the same line `BURST` times a period.

    The same line: the same logger, level and text before its values are put in. What passes
    after some were left out carries their number in `left_out`. A line of ours, which comes as
    a dictionary of its fields, always passes.

    Args:
        least: The least level of a library's line.
        clock: Seconds on any clock that never goes back.
    """

    def __init__(
        self, least: int = logging.WARNING, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._least, self._clock = least, clock
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write the record."""
        if isinstance(record.msg, dict):
            return True
        if record.levelno < self._least:
            return False
        key, now = (record.name, record.levelno, str(record.msg)), self._clock()
        began, count = self._seen.get(key, (now, 0))
        if now - began >= PERIOD_S:
            record.left_out = max(0, count - BURST)
            began, count = now, 0
        if len(self._seen) >= MOST_LINES:
            self._seen.clear()
        self._seen[key] = (began, count + 1)
        return count < BURST


def configure(level: str = "INFO", *, to: TextIO | None = None, **fields: object) -> None:
    """Send every log line of this process, as JSON, to `to` (stderr).

    Args:
        level: The least level of ours that is written; DEBUG shows all of the libraries' too.
        to: Where to write.
        **fields: Put on every line, the role say.
    """
    structlog.configure(
        processors=[*_shared(fields), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(formatter(fields))
    handler.addFilter(HoldBack(logging.DEBUG if level == "DEBUG" else logging.WARNING))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def formatter(fields: dict[str, object]) -> logging.Formatter:
    """Return the formatter that writes a record of anybody's as one line of JSON."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared(fields), _library],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
    )


def _shared(fields: dict[str, object]) -> list[Processor]:
    def add_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {**fields, **event}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        add_fields,
    ]


def _library(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the library, and say how many of its lines were left out."""
    record: logging.LogRecord = event["_record"]
    event["library"] = record.name
    if left_out := getattr(record, "left_out", 0):
        event["left_out"] = left_out
    return event


def _json(event: EventDict, **_options: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
