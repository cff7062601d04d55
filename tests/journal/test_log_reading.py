"""Where a partition ends, while the cluster has no answer for a moment."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from stream.journal.log_reading import watermarks


class Consumer:
    """Answers in turn; an error is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def get_watermark_offsets(self, _place, **_options):
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            raise KafkaException(KafkaError(answer))
        return answer


@pytest.mark.parametrize(
    "error", [KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE]
)
def test_a_partition_whose_leader_moves_is_asked_about_again(error):
    assert watermarks(Consumer(error, error, (3, 9)), "journal", 0) == (3, 9)


def test_one_that_stays_without_a_leader_is_told_at_last():
    with pytest.raises(KafkaException, match="NOT_LEADER_FOR_PARTITION"):
        watermarks(Consumer(*[KafkaError.NOT_LEADER_FOR_PARTITION] * 9), "journal", 0, within_s=0.2)


@pytest.mark.parametrize("answer", [KafkaError.TOPIC_AUTHORIZATION_FAILED, None])
def test_what_waiting_does_not_mend_is_told_at_once(answer):
    consumer = Consumer(answer, (3, 9))

    with pytest.raises(KafkaException):
        watermarks(consumer, "journal", 0)
    assert consumer.answers == [(3, 9)]
