"""An operator at the API, who asks again and again and compares each answer with what was sent."""

import threading
import time
from collections import Counter
from typing import Any, Final

import httpx

WAIT_S: Final = 0.1
LARGEST_PAGE: Final = 100
ALLOWED: Final = {401: ("SESSION",), 503: ("REBUILDING", "READ_MODEL")}
"""What the desk may say instead while the read model is not there; sessions are lost with it."""


class Client:
    """Somebody who is signed in at the API."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)
        self._who = {"user": name, "password": password}
        self.sign_in()

    def sign_in(self) -> None:
        """Sign in, if the desk lets anybody."""
        self._http.post("/api/sign-in", json=self._who)

    def get(self, path: str, **params: Any) -> httpx.Response:
        """Ask."""
        return self._http.get(path, params=params)

    def version(self, case_id: str) -> int:
        """Return the version of one case, 0 if there is none."""
        answer = self.get(f"/api/cases/{case_id}")
        return int(answer.json()["case"]["version"]) if answer.is_success else 0

    def everything(self) -> dict[str, int]:
        """Return the version of each case of the queue, page by page."""
        found: dict[str, int] = {}
        params: dict[str, Any] = {"view": "all", "limit": LARGEST_PAGE}
        while True:
            answer = self.get("/api/queue", **params)
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                time.sleep(1)
                continue
            page = answer.raise_for_status().json()
            found |= {row["case_id"]: row["version"] for row in page.get("rows", ())}
            if "next" not in page:
                return found
            params["cursor"] = page["next"]


class Poller:
    """Asks for the queue and a case ten times a second.

    Args:
        client: Who asks.
        floor: What every answer must have come to: the version of each case.
    """

    def __init__(self, client: Client, floor: dict[str, int]) -> None:
        self._client, self._floor = client, floor
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.away_s: list[float] = []
        """When the desk did not answer with cases, on the monotonic clock."""
        self._thread.start()

    def end(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(WAIT_S):
            rows = self._ask("/api/queue", self._look_at_queue, limit=LARGEST_PAGE)
            if rows and rows.get("rows"):
                self._ask(f"/api/cases/{rows['rows'][0]['case_id']}", self._look_at_case)

    def _ask(self, path: str, look: Any, **params: Any) -> Any:
        answer = self._client.get(path, **params)
        said = answer.json()
        if answer.status_code == httpx.codes.OK:
            self.answers["200"] += 1
            look(said)
            return said
        reason = said.get("reason", "")
        self.answers[f"{answer.status_code} {reason}"] += 1
        self.away_s.append(time.monotonic())
        if reason not in ALLOWED.get(answer.status_code, ()):
            self.wrong.append(f"{path}: {answer.status_code} {reason}")
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._client.sign_in()
        return None

    def _look_at_queue(self, said: dict[str, Any]) -> None:
        if said.get("total", 0) < len(self._floor):
            self.wrong.append(f"queue: {said['total']} of at least {len(self._floor)} cases")
        for row in said.get("rows", ()):
            self._look(row)

    def _look_at_case(self, said: dict[str, Any]) -> None:
        self._look(said["case"])
        is_old = said["case"]["case_id"] in self._floor
        if is_old and len(said.get("alerts", ())) != 1:
            self.wrong.append(f"{said['case']['case_id']}: its warning is not there")

    def _look(self, case: dict[str, Any]) -> None:
        least = self._floor.get(case["case_id"], 1)
        if case["version"] < least:
            self.wrong.append(f"{case['case_id']}: version {case['version']}, had been {least}")
