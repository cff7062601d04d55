"""A real Kafka of one node in a folder: formatted once, started in two seconds, stopped clean.

    with start("var/kafka") as broker:
        print(broker.bootstrap)

The folder holds topics and offsets over restarts, `kafka.log` (this start's) and `owner.json`.
It is for one machine: it listens on the loopback address and keeps one copy of everything.
"""

import base64
import os
import re
import secrets
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from stream.embedded.errors import BrokerError
from stream.embedded.jars import jars
from stream.embedded.java import java
from stream.embedded.kafka_config import (
    HEAP_MB,
    JAVA_FLAGS,
    JAVA_MEDDLERS,
    LOG4J,
    LOG_FILE,
    STARTED,
    Listener,
    properties,
)
from stream.embedded.ownership import Owner, claim, record
from stream.embedded.processes import (
    HOST,
    PortTakenError,
    Server,
    free_port,
    on_port,
    spawn,
    watch,
)

_POLL_S = 0.05
_OUTPUT = "jvm.out"


@dataclass
class Broker(Server):
    """A running Kafka; as a context manager it is stopped at the end."""

    bootstrap: str


def start(
    data_dir: str | Path,
    port: int = 0,
    *,
    die_with_parent: bool = True,
    listener: Listener = Listener(),  # noqa: B008 - immutable
    heap_mb: int = HEAP_MB,
    timeout_s: float = 60.0,
) -> Broker:
    """Start Kafka in `data_dir` and return when it takes clients.

    Args:
        data_dir: A folder of its own, made if it is not there.
        port: 0 for a free one; on the next start it may be another.
        die_with_parent: Whether it ends with this process, however that ends.
        listener: Protocol and security; plain text by default.
        heap_mb: How much memory its Java may take for itself.
        timeout_s: How long to wait for it, fetching the jars apart.

    Raises:
        BrokerError: If the folder or the port is taken, jars or Java cannot be had, or Kafka
            does not start; the text says which, with Kafka's own words.
    """
    folder = Path(data_dir).resolve()
    with claim(folder) as claimed:
        program = [java(), *JAVA_FLAGS, f"-Xmx{heap_mb}m", "-cp", f"{jars()}/*"]
        end = time.monotonic() + timeout_s

        def attempt(its_port: int) -> Broker:
            node = _Node(folder, program, its_port, listener, end)
            return node.start(claimed, die_with_parent=die_with_parent)

        return on_port(port, attempt)


@dataclass(frozen=True)
class _Node:
    """One attempt to start: where, with what, on which port, until when (monotonic seconds)."""

    folder: Path
    program: list[str]
    port: int
    listener: Listener
    end: float

    def start(self, claimed: BinaryIO, *, die_with_parent: bool) -> Broker:
        self._configure()
        if not (self.folder / "log" / "meta.properties").exists():
            self._format()
        (self.folder / LOG_FILE).unlink(missing_ok=True)
        process = spawn(
            self._command(LOG_FILE, "kafka.Kafka", "server.properties"),
            folder=self.folder,
            claimed=claimed,
            output=self.folder / _OUTPUT,
            env=_environment(),
        )
        watcher = watch(process.pid) if die_with_parent else None
        broker = Broker(process, watcher, f"{HOST}:{self.port}")
        try:
            self._wait(process)
        except BaseException:
            broker.stop(timeout_s=5)
            raise
        record(claimed, Owner(process.pid, broker.bootstrap))
        return broker

    def _configure(self) -> None:
        config = self.folder / "server.properties"
        config.touch(mode=0o600)  # it may hold the broker's own password
        config.write_text(properties(self.port, free_port(), self.listener), encoding="latin-1")
        (self.folder / "log4j2.properties").write_text(LOG4J, encoding="latin-1")

    def _format(self) -> None:
        """Make the data folder a cluster's, with an id of its own."""
        # "A": an id that began with "-" would be taken for an option
        cluster_id = "A" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode()[1:22]
        arguments = ["format", "-t", cluster_id, "-c", "server.properties"]
        command = self._command("format.log", "kafka.tools.StorageTool", *arguments)
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, *self.listener.format_arguments],
            cwd=self.folder,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=max(1.0, self.end - time.monotonic()),
            check=False,
        )
        if done.returncode:
            text = (done.stderr or done.stdout).strip()[-1500:]
            raise BrokerError(f"Kafka could not format {self.folder}: {text}")

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        log = self.folder / LOG_FILE
        while time.monotonic() < self.end:
            if log.exists() and STARTED in log.read_bytes():
                return
            if process.poll() is not None:
                raise self._failure(process.returncode)
            time.sleep(_POLL_S)
        raise BrokerError(f"Kafka was not ready in time: see {log}\n{_complaints(log)}")

    def _failure(self, exit_code: int) -> BrokerError:
        log = self.folder / LOG_FILE
        text = _complaints(log) or _complaints(self.folder / _OUTPUT)
        if "Address already in use" in text:
            return PortTakenError(f"port {self.port} or the controller's was taken meanwhile")
        return BrokerError(f"Kafka did not start (exit code {exit_code}): see {log}\n{text}")

    def _command(self, log: str, *arguments: str) -> list[str]:
        return [self.program[0], f"-Dkafka.log={log}", *self.program[1:], *arguments]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in JAVA_MEDDLERS}


def _complaints(log: Path, lines: int = 12) -> str:
    """Return the last lines of `log` that tell of an error, or just the last ones."""
    text = log.read_text(errors="replace").splitlines() if log.exists() else []
    errors = [line for line in text if re.search(r" (ERROR|FATAL) |Exception|Error", line)]
    return "\n".join((errors or text)[-lines:])
