"""An auditor's look at the record of a play: whole as it was exported, and with one entry edited.

As an auditor does it, with `loanwatch audit`. The editor changes a tier that was told in the
middle of the feed, and leaves everything else of the file in order.
"""

import json
import os
import subprocess
import sys

from stream.record.canonical import canonical
from tests.broker import house
from tests.broker.flow import until

CHANGE = "TIER_CHANGE"


def look(settings, tier_changes):
    """Wait for the feed to have all tier changes; return what the verifier found before and after.

    `edited` is the place of the entry that was edited, `found` are the places that it named.
    """
    until(lambda: _told(settings) >= tier_changes > 0, within_s=120, every_s=1)
    folder = settings.data_dir / "audit"
    _audit(settings, "export", str(folder), "--json")
    entries, head = folder / "entries.jsonl", str(folder / "heads.jsonl")
    whole = _audit(settings, "verify", str(entries), "--head", head, "--json")
    forged = folder / "edited.jsonl"
    place = _edit(entries, forged)
    found = _audit(settings, "verify", str(forged), "--head", head, "--json", code=1)
    return {
        "record": whole["entries"],
        "proved": whole["proved"],
        "wrong": len(whole["findings"]),
        "edited": place,
        "found": sorted({each["place"] for each in found["findings"]}),
    }


def _told(settings):
    feed = house.records_of(settings, "compliance-feed", partitions=1)
    return sum(json.loads(each.value)["record"]["kind"] == CHANGE for each in feed)


def _edit(entries, forged):
    lines = [json.loads(line) for line in entries.read_bytes().splitlines()]
    changes = [number for number, each in enumerate(lines) if each["record"]["kind"] == CHANGE]
    place = changes[len(changes) // 2]
    change = lines[place]["record"]["payload"]
    change["to"] = "mild" if change["to"] == "none" else "none"
    forged.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))
    return place


def _audit(settings, *arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "stream.cli", "audit", *arguments],
        env={**os.environ, **settings.to_env()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr[-2000:]
    return json.loads(done.stdout)
