"""A story of loans, told to a whole book line by line, in the language of the ledger's vectors."""

import msgspec

from schemas import journal
from schemas.control import ActionPayload
from schemas.instants import MINUTE_MS, from_ms
from schemas.signing import Signed, sign
from tests.ledger.story import Player, expectations

TIERS = {"none": 0, "mild": 1, "moderate": 2, "severe": 3}


class Telling(Player):
    """Plays a case into a book, too, and follows the tiers that it tells."""

    def __init__(self, trial, rules=None):
        super().__init__()
        self.trial, self.alerts, self.records = trial, [], []
        self.book = trial.Book(trial.TRUST, speaks=True)
        self.sources, self.tiers, self.highest, self.floors = {"lms"}, {}, 0, [0]
        self.actions, self.worst, self.told_ms = {}, 0, 0
        self.rule_sets = 0
        if rules is not None:
            self.rules(rules)

    def rules(self, text):
        """Put a rule set in force, in the place of the one before."""
        before = f"c{self.rule_sets - 1}" if self.rule_sets else None
        log = self.trial.Log(controls=self.rule_sets).rules(text, supersedes=before)
        self.rule_sets += 1
        for key, value in log.records:
            self._fold(key, value)

    def _fold(self, key, value):
        self.records.append((key, value))
        for decision in self.trial.told(self.book.fold(key, value), "decisions"):
            if alert := decision.get("alert"):
                self.alerts.append(alert)
            if change := decision.get("tier_change"):
                self.tiers[change["legal_entity"]] = TIERS[change["to"]]
                self.highest = max(self.highest, TIERS[change["to"]])

    def _tick(self):
        ahead_ms = self.now_ms + 30 * MINUTE_MS
        tick = journal.Tick(
            input_at_ms=self.now_ms,
            wall_at_ms=self.now_ms,
            watermarks={f"{source}/repayment": ahead_ms for source in self.sources},
        )
        self._fold(journal.TICK_KEY, journal.encode(tick))

    def _apply(self, line, value):
        self.now_ms = max(self.now_ms, journal.decode(value).wall_arrival_at_ms)
        self._note()
        super()._apply(line, value)
        self._note()
        self.told_ms = self.now_ms
        self.sources.add(line.options.get("source", "lms"))
        self._tick()
        self._fold(journal.decode(value).borrower_id.encode(), value)

    def _note(self):
        """Note how late anything was, as known now."""
        for loan_id in self.loans:
            self.ledger.roll(self._times())
            if view := self.ledger.view(loan_id, self._times()):
                self.worst = max(self.worst, view.raw_dpd, view.worst_dpd, view.uncured_dpd)

    def _release(self, line):
        super()._release(line)
        loan_id, in_doubt = line.words[1:]
        body = {"kind": "release_quarantine", "loan_id": loan_id, "in_doubt": in_doubt}
        payload = ActionPayload(
            record_id=f"a{len(self.actions)}/{loan_id}",
            subject=f"quarantine/{loan_id}",
            supersedes=self.actions.get(loan_id),
            operator="op_1",
            issued_at=from_ms(self.now_ms),
            body=body,
        )
        self.actions[loan_id] = payload.record_id
        text = msgspec.json.encode(payload).decode()
        record = journal.Action(
            borrower_id="brw_1",
            wall_arrival_at_ms=self.now_ms,
            signed=Signed(
                payload=text, signatures=(sign(text, key_id="d", key=self.trial.KEYS["d"]),)
            ),
        )
        self._fold(b"brw_1", journal.encode(record))

    def _on(self, line):
        super()._on(line)
        self._tick()
        day, loan_id, _ = expectations(line)
        view = self._view(loan_id, day)
        tier = self.tiers.get(view.legal_entity or "default", 0)
        is_past = self.now_ms < self.told_ms  # a vector may look back; a tier is of now
        assert is_past or tier >= view.tier_floor, f"{line.place}: {line.text}"
        self.floors.append(view.tier_floor)

    def _day(self, line):
        """Let the time go on to the end of a day: `day 2026-02-14`."""
        self._view("ln_1", line.words[1])
        self._tick()
