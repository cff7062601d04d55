"""One run, part by part: an outage's queue, a storm, a browser cut off, everything forgotten."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from bench.desk_load.figures import spread
from bench.desk_load.page import Operator
from bench.desk_load.poller import Client, Poller
from bench.desk_load.relay import Relay
from bench.desk_load.storm import Storm
from stream.clock import now_ms

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from bench.desk_load.house import House

USERS: Final = ("operator1", "operator2", "supervisor")
CUT: Final = "operator2"
"""Whose line is cut."""
OPENED_TIMES: Final = 10
SETTLE_S: Final = 60.0
LOOK_MS: Final = 500


class Run:
    """One run, part by part.

    Args:
        asked: The arguments.
        house: The servers.
        browser: A running one.
    """

    def __init__(self, asked: argparse.Namespace, house: House, browser: Browser) -> None:
        self._asked, self._house, self._browser = asked, house, browser
        self._storm, self._relay = Storm(house, asked.seed), Relay()
        self._operators: list[Operator] = []
        self._wrong: list[str] = []

    def run(self) -> dict[str, Any]:
        """Return what was seen."""
        served_s = self._serve()
        quiet = self._opened(self._operators[0])
        self._storm.begin(self._asked.rate)
        for operator in self._operators:
            operator.open()
        self._watch(self._asked.minutes * 60)
        latency = {each.name: self._latency(each) for each in self._operators}
        loaded = self._opened(self._operators[-1])
        resumed = self._resume(self._operators[USERS.index(CUT)])
        forgotten = self._forget()
        self._storm.end()
        self._compare()
        return {
            "asked": vars(self._asked),
            "simulated": True,
            "cores": os.cpu_count(),
            "warnings_sent": len(self._storm.sent_ms) - self._asked.cases,
            "served_after_start_s": served_s,
            "queue_opens": quiet,
            "queue_opens_under_load": loaded,
            "update_latency": latency,
            "cut_off": resumed,
            "forgotten": forgotten,
            "wrong": self._wrong[:20],
        }

    def _serve(self) -> float:
        """Leave a full queue behind, start the roles, let all operators in; return seconds."""
        self._storm.outage(self._asked.cases)
        began_s = time.monotonic()
        self._house.start()
        auditor = self._client("auditor")
        until(lambda: auditor.get("/api/queue").is_success, SETTLE_S)
        served_s = round(time.monotonic() - began_s, 1)
        self._relay.begin(self._house.url)
        for name in USERS:
            url = self._relay.url if name == CUT else self._house.url
            operator = Operator(self._browser, url, name, self._house.passwords[name])
            operator.sign_in()
            self._operators.append(operator)
        return served_s

    def _opened(self, operator: Operator) -> dict[str, float]:
        return spread(round(operator.open()) for _ in range(OPENED_TIMES))

    def _watch(self, seconds: float) -> None:
        """Let time pass, and tell the storm what stands on the first page."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            names = self._operators[0].in_sight()
            self._storm.in_sight = lambda names=names: names  # type: ignore[misc]
            self._operators[0].page.wait_for_timeout(LOOK_MS)

    def _latency(self, operator: Operator) -> dict[str, Any]:
        seen, sent = operator.seen(), self._storm.sent_ms
        aimed = self._storm.aimed & seen.heard.keys() & seen.shown.keys()
        return {
            "event": spread(at_ms - sent[each] for each, at_ms in seen.heard.items()),
            "row": spread(seen.shown[each] - sent[each] for each in aimed),
        }

    def _resume(self, operator: Operator) -> dict[str, Any]:
        """Cut a browser off and mend it; compare what it heard with what was sent."""
        since = min(operator.seen().heard.values())
        self._relay.cut()
        cut = time.monotonic()
        self._watch(1)
        before = len(operator.seen().heard)
        self._watch(self._asked.cut_s - (time.monotonic() - cut))
        during = len(operator.seen().heard) - before
        self._relay.mend()
        mended_s = time.monotonic()
        wanted = {each for each, at_ms in self._storm.sent_ms.copy().items() if at_ms > since}
        until(lambda: wanted <= operator.seen().heard.keys(), SETTLE_S, must=False)
        took_s = round(time.monotonic() - mended_s, 1)
        seen = operator.seen()
        missing = wanted - seen.heard.keys()
        self._wrong += [f"{operator.name} missed {name}" for name, _ in missing]
        return {
            "operator": operator.name,
            "cut_s": round(mended_s - cut, 1),
            "heard_while_cut": during,
            "sent": len(wanted),
            "missing": len(missing),
            "heard_twice": seen.heard_twice,
            "resets": seen.resets,
            "caught_up_after_s": took_s,
        }

    def _forget(self) -> dict[str, Any]:
        """Let Redis lose everything under load; compare every answer with what had been sent."""
        floor = dict(self._storm.versions)
        self._watch(2)
        pollers = [Poller(self._client(name), floor) for name in ("operator1", "supervisor")]
        self._watch(3)
        forgotten_s, forgotten_ms = time.monotonic(), now_ms()
        keys = self._house.forget()
        first = self._operators[0]
        until(first.is_at_the_door, SETTLE_S)
        door_s = time.monotonic()
        for operator in self._operators:
            until(operator.is_at_the_door, SETTLE_S)
            operator.sign_in()
        page_s = time.monotonic()
        self._watch(10)
        for poller in pollers:
            poller.end()
            self._wrong += poller.wrong
        for operator in self._operators:
            self._look(operator, floor, forgotten_ms)
        away = [each for poller in pollers for each in poller.away_s if each > forgotten_s]
        return {
            "keys": keys,
            "cases_shown_again_after_s": round(max(away, default=forgotten_s) - forgotten_s, 1),
            "page_at_the_door_after_s": round(door_s - forgotten_s, 1),
            "all_pages_back_after_s": round(page_s - forgotten_s, 1),
            "answers": sum((poller.answers for poller in pollers), Counter()),
            "wrong": sum(len(poller.wrong) for poller in pollers),
        }

    def _look(self, operator: Operator, floor: dict[str, int], since_ms: int) -> None:
        """Compare what a page showed since then with what had been sent before."""
        for (case_id, version), at_ms in operator.seen().shown.items():
            if at_ms > since_ms and version < floor.get(case_id, 1):
                self._wrong.append(f"{operator.name} was shown version {version} of {case_id}")

    def _client(self, name: str) -> Client:
        return Client(self._house.url, name, self._house.passwords[name])

    def _compare(self) -> None:
        """Compare the whole queue with all that was sent.

        While one pages, deadlines pass and cases move to the front: what was not met is asked for.
        """
        client, wanted = self._client("fraud"), self._storm.versions

        def unlike() -> list[str]:
            found = client.everything()
            late = [name for name, version in wanted.items() if found.get(name) != version]
            return [name for name in late if client.version(name) != wanted[name]]

        until(lambda: not unlike(), SETTLE_S, must=False)
        self._wrong += [f"{name}: not as it was sent" for name in unlike()]


def until(condition: Callable[[], bool], within_s: float, *, must: bool = True) -> None:
    """Wait for a condition."""
    end_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end_s:
            assert not must, f"not within {within_s:g} s"
            return
        time.sleep(0.05)
