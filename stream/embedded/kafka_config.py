"""What the one-node Kafka is told: its settings, its log, its Java flags. All were measured.

One node is broker and controller at once (KRaft). The voters are static, so that no port is
written into the data folder, and each start may use other ports.
"""

from collections.abc import Mapping
from typing import NamedTuple

from stream.embedded.processes import HOST

JAVA_FLAGS = (
    # C1 and the serial collector: 170 MB and a quarter of a core at 100 thousand records/s,
    # against 270 MB and half a core with Kafka's own flags, at the same throughput.
    "-Xms128m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dlog4j2.configurationFile=log4j2.properties",
)

HEAP_MB = 256
"""Enough for some hundred partitions. With 7,000 it collects garbage and answers nobody."""

JAVA_MEDDLERS = frozenset({"CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"})
"""Variables that would change our Java from outside, or make it talk."""

STARTED = b"Kafka Server started"

LOG_FILE = "kafka.log"

LOG4J = f"""\
# without the shutdown hook's end of the log its last lines would be lost
shutdownHook=disable
appender.file.type=File
appender.file.name=file
appender.file.fileName=${{sys:kafka.log}}
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{{ISO8601}} %p %c{{1}}: %m%n%throwable
rootLogger.level=WARN
rootLogger.appenderRef.file.ref=file
# it says when the broker is ready: "{STARTED.decode()}"
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=INFO
"""

_ONE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": "log",  # relative to the data folder: a comma there would make two of it
    "num.partitions": "4",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # Groups form at once: 1 s for a second member instead of 5 s.
    "group.initial.rebalance.delay.ms": "0",
    "group.consumer.min.heartbeat.interval.ms": "500",
    "group.consumer.heartbeat.interval.ms": "500",
    # After kill -9 the new broker waits until the old registration expires: 4 s instead of 12.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # A small machine: files of 64 MB, a small cleaner, few threads.
    "log.segment.bytes": str(64 << 20),
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
    "log.cleaner.backoff.ms": "5000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.recovery.threads.per.data.dir": "1",
    # A power cut loses one second at most; a kill -9 nothing, since the page cache outlives it.
    "log.flush.interval.ms": "1000",
    "log.flush.scheduler.interval.ms": "500",
}


class Listener(NamedTuple):
    """How clients reach the broker: protocol, its settings, and arguments for `format`.

    The default is plain text on the loopback address. Tests of TLS and logins give their own;
    users with SCRAM passwords can only be made when the data folder is formatted.
    """

    protocol: str = "PLAINTEXT"
    properties: Mapping[str, str] = {}
    format_arguments: tuple[str, ...] = ()


def properties(port: int, controller_port: int, listener: Listener) -> str:
    """Return the text of `server.properties`."""
    address = f"{listener.protocol}://{HOST}:{port}"
    settings = {
        **_ONE_NODE,
        "listeners": f"{address},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": address,
        "inter.broker.listener.name": listener.protocol,
        "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,{listener.protocol}:{listener.protocol}",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        **listener.properties,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
