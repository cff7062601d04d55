"""Which topic a record goes to: it follows from its type.

A clock record goes to none of its own but into every partition of the topics of the three
streams, since it says of each how far its source has come.
"""

from typing import Final

from schemas.topics import STREAM_TOPICS

REFERENCES: Final = "references"

STREAM_TYPES: Final = {f"{stream}.v1": topic for topic, stream in STREAM_TOPICS.items()}
"""The topic of each type of event."""

CLOCK_TYPE: Final = "clock.v1"


def topic_of(record_type: str) -> str | None:
    """Return the topic, without prefix, of a record of a known type; None for a clock record.

    Examples:
        >>> topic_of("pos_clearing.v1"), topic_of("party_link.v1"), topic_of("clock.v1")
        ('pos-clearing', 'references', None)
    """
    if record_type == CLOCK_TYPE:
        return None
    return STREAM_TYPES.get(record_type, REFERENCES)
