"""Renewing `kafka.lock` for another release of Kafka; run by hand, its diff read by a person.

    python -m stream.embedded.renew 4.3.1 > stream/embedded/kafka.lock

Resolves Kafka and a binding for its log with all they need at run time, downloads each jar and
prints its line. Kafka is resolved first and its versions win: given both at once, jgo takes each
for a list of versions that the other must follow, and gets an older client.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from jgo.maven import MavenContext

from stream.embedded.maven import repository
from stream.embedded.pins import Pin, sha256

# Kafka brings slf4j-api 1.7, whose binding is log4j-slf4j-impl; without one it logs nothing.
_LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
_AT_RUN_TIME = frozenset({None, "compile", "runtime"})


def lock(kafka_version: str, stage: Path) -> list[str]:
    """Return the lines of the lock for a release, downloading its jars into `stage`."""
    url = repository()
    context = MavenContext(
        repo_cache=stage, timeout=30, remote_repos={"mirror": url} if url else None
    )
    pins: dict[str, Pin] = {}
    for coordinate in (f"org.apache.kafka:kafka_2.13:{kafka_version}", _LOG_BINDING):
        itself, needed = context.resolver.resolve([context.create_dependency(coordinate)])
        for found in (*itself, *needed):
            name = f"{found.groupId}:{found.artifactId}"
            if found.scope in _AT_RUN_TIME and name not in pins:
                digest = sha256(found.artifact.resolve())
                pins[name] = Pin(f"{name}:{found.version}", digest)
    return sorted(" ".join(pin) for pin in pins.values())


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        sys.stdout.writelines(f"{line}\n" for line in lock(sys.argv[1], Path(folder)))
