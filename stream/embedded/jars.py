"""The folder of Kafka's jars: what is pinned, fetched once, checked every time.

Each lock has a folder of its own in the cache (`LOANWATCH_CACHE`), so that two versions of
loanwatch do not undo each other's. A cache copied to a machine without a network makes the
broker start there.
"""

import fcntl
from pathlib import Path

from stream.embedded.fetch import fetch
from stream.embedded.pins import LOCK, read_pins, sha256
from stream.settings import Settings


def jars(lock: Path = LOCK) -> Path:
    """Return a folder with exactly the jars of `lock`, after fetching those it lacks.

    All files are read and compared each time (46 in 0.05 s), so a damaged one is fetched again.
    Of two first starts at once the second waits for the first.

    Raises:
        BrokerError: If a jar can be had from nowhere, or is not the one that was pinned.
    """
    pins = read_pins(lock)
    folder = Settings.from_env().cache_dir.resolve() / "kafka" / sha256(lock)[:12]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if missing := [pin for pin in pins if not pin.fits(folder / pin.file_name)]:
            fetch(missing, folder)
        # The class path is the whole folder: what is not pinned must not lie there.
        for name in {path.name for path in folder.glob("*.jar")} - {pin.file_name for pin in pins}:
            (folder / name).unlink()
    return folder
