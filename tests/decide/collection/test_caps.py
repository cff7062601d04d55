"""The caps, over random pasts: what is allowed passes none, and what is put off is not too long."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.collection_trigger import Answer, Channel, Guard
from schemas.instants import HOUR_MS
from stream.decide.collection.guards import GUARDS
from stream.decide.collection.state import Contact
from tests.decide.collection.conftest import NOON, asked

channels = st.sampled_from([Channel.MESSAGE, Channel.CALL, Channel.LETTER])
pasts = st.lists(st.tuples(channels, st.integers(0, 200 * HOUR_MS), st.booleans()), max_size=14)
proposals = st.lists(st.tuples(channels, st.integers(1, 12 * HOUR_MS)), max_size=3)


def contacts(past):
    return tuple(
        Contact(channel=channel, at_ms=NOON - ago, until_ms=NOON, talked=talked)
        for channel, ago, talked in past
    )


def is_within(caps, channel, past, others, at_ms):
    """Whether one more contact is, if all that was proposed is sent at that moment."""
    for cap in caps:
        if cap.channel is not channel:
            continue
        since_ms = at_ms - cap.within_hours * HOUR_MS
        made = sum(
            each.channel is channel and each.at_ms > since_ms and (each.talked or not cap.talks)
            for each in past
        )
        pending = sum(c is channel and until_ms > at_ms for c, until_ms in others)
        if made + (0 if cap.talks else pending) + 1 > cap.at_most:
            return False
    return True


@given(past=pasts, proposed=proposals, channel=channels, profile=st.sampled_from(["DEFAULT", "CN"]))
def test_a_cap_is_free_when_it_says_and_not_before(past, proposed, channel, profile):
    others = tuple((c, NOON + until_ms) for c, until_ms in proposed)
    question = asked(profile, channel=channel, contacts=contacts(past), proposed=others)
    ruling = GUARDS[Guard.FREQUENCY_CAP](question)

    def free(at_ms):
        return is_within(question.edition.caps, channel, question.contacts, others, at_ms)

    if ruling.answer is Answer.ALLOW:
        assert free(NOON)
    else:
        assert free(ruling.until_ms)
        assert not free(ruling.until_ms - 1)
