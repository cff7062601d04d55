"""A reader of alerts as another house would write it: nothing of ours is imported here.

    python outsider.py BOOTSTRAP TOPIC ID_FIELD [read_uncommitted]

Reads every partition of the topic from its start to its end and prints, as JSON, how many
alerts it saw and how many different ids they have.
"""

import json
import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition


def main(bootstrap, topic, id_field, isolation="read_committed"):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "outsider",
            "enable.auto.commit": False,
            "isolation.level": isolation,
            "enable.partition.eof": True,
        }
    )
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    ids, at_end = [], set()
    while len(at_end) < len(partitions):
        message = consumer.poll(10)
        if message is None:
            sys.exit("nothing came for 10 s")
        if message.error() is None:
            ids.append(json.loads(message.value())[id_field])
        elif message.error().code() == KafkaError._PARTITION_EOF:
            at_end.add(message.partition())
    consumer.close()
    sys.stdout.write(json.dumps({"alerts": len(ids), "unique": len(set(ids))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
