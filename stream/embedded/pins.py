"""The lock file of Kafka's jars: one line a jar, `group:artifact:version sha256`."""

import hashlib
from pathlib import Path
from typing import NamedTuple

LOCK = Path(__file__).with_name("kafka.lock")


class Pin(NamedTuple):
    """One jar: `group:artifact:version` and the SHA-256 that it must have."""

    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name that Maven gives the jar.

        >>> Pin("org.slf4j:slf4j-api:1.7.36", "d3ef").file_name
        'slf4j-api-1.7.36.jar'
        """
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"

    def fits(self, path: Path) -> bool:
        """Tell whether `path` is this jar, whole and unchanged."""
        return path.exists() and sha256(path) == self.sha256


def read_pins(lock: Path) -> list[Pin]:
    """Return the pins of a lock file, in its order."""
    return [Pin(*line.split()) for line in lock.read_text(encoding="utf-8").splitlines()]


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
