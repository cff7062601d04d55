"""`python -m bench.desk_load --cases 20000 --rate 50 --minutes 3`: prints one JSON object."""

import argparse
import json
import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.desk_load.house import House
from bench.desk_load.relay import RELAY_HOST
from bench.desk_load.run import Run

ARGUMENTS = ["--no-sandbox", f"--host-resolver-rules=MAP localhost {RELAY_HOST}"]


def main() -> None:
    """Run it and print what was seen.

    Raises:
        SystemExit: If something was missing or wrong.
    """
    asked = _arguments()
    with (
        tempfile.TemporaryDirectory(prefix="desk-load-") as folder,
        House(Path(folder)) as house,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=_chromium(), args=ARGUMENTS)
        seen = Run(asked, house, browser).run()
    print(json.dumps(seen, indent=2))
    if seen["wrong"]:
        raise SystemExit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.desk_load", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cases", type=int, default=20_000, help="left behind by the outage")
    parser.add_argument("--rate", type=float, default=50.0, help="warnings a second")
    parser.add_argument("--minutes", type=float, default=3.0, help="of warnings, before the cut")
    parser.add_argument("--cut-s", type=float, default=60.0, help="how long a browser is cut off")
    return parser.parse_args()


def _chromium() -> str:
    named = os.environ.get("LOANWATCH_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("expected Chromium on PATH or in LOANWATCH_CHROMIUM, found none")
    return found


if __name__ == "__main__":
    main()
