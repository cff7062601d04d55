"""A night at the desk: borrowers that get worse, and operators who act on their cases."""

import msgspec

from schemas import journal
from schemas.control import ActionPayload, ListBody, Together
from schemas.instants import from_ms
from schemas.operators import OPERATOR_LINKS
from schemas.signing import Signed, sign
from tests.decide.collection.world import Street
from tests.decide.conftest import KEYS

OPERATOR, SUPERVISOR = "DESK_OPERATOR", "DESK_SUPERVISOR"
COMPLIANCE = "COMPLIANCE"
CLASSES = {"ann": OPERATOR, "ben": OPERATOR, "sue": SUPERVISOR, "cat": COMPLIANCE}
"""Who works there; whoever is not named is an operator."""

DESK_KEY = "k"
MONDAY = "2026-03-02T22:00"


class Night(Street):
    """A street and its desk; remembers what each borrower's next action has to supersede."""

    def __init__(self, start=MONDAY, **how):
        super().__init__(start, **how)
        self.operators = {}

    def says(self, operator, kind, borrower="brw_1", *, case=True, **how):
        """Let an operator give an order through the desk; return what came of it."""
        fields = dict(how.pop("fields", {}))
        cls = how.pop("cls", CLASSES.get(operator, OPERATOR))
        if case is True:
            fields["case_id"] = f"{borrower}/default/{self.latest(borrower)}"
        elif case:
            fields["case_id"] = case
        return self.signed_action({"kind": kind, **fields}, operator, borrower, cls=cls, **how)

    def signed_action(self, body, operator, borrower="brw_1", **how):
        """Sign and fold an action: `by` names the keys, `supersedes` what it thinks is in force."""
        record_id = how.get("record_id", f"a{self.number()}")
        in_force = self.operators.get(borrower)
        payload = ActionPayload(
            record_id=record_id,
            subject=how.get("subject", borrower),
            supersedes=how.get("supersedes", in_force),
            operator=operator,
            issued_at=from_ms(self.now_ms),
            body=body,
            operator_class=how.get("cls"),
            together=msgspec.convert(how.get("together"), Together | None),
        )
        text = msgspec.json.encode(payload).decode()
        keys = how.get("by", DESK_KEY)
        signatures = tuple(sign(text, key_id=name, key=KEYS[name]) for name in keys)
        record = journal.Action(
            borrower_id=borrower,
            wall_arrival_at_ms=self.now_ms,
            signed=Signed(payload=text, signatures=signatures),
        )
        told = self.add(borrower.encode(), record)
        if any(each["kind"] == "action_noted" for each in of(told, "decisions")):
            self.operators[borrower] = record_id
        return told

    def links(self, *members):
        """Say who is linked to which borrower."""
        return self.control(ListBody(name=OPERATOR_LINKS, members=members))

    def cases(self, topic="cases"):
        """The latest record of each case, by id."""
        return {each["case_id"]: each for each in of(self.outputs, topic)}

    def case(self, borrower="brw_1", ordinal=None):
        return self.cases().get(f"{borrower}/default/{ordinal or self.latest(borrower)}")

    def latest(self, borrower="brw_1"):
        """The ordinal of the last case of a borrower."""
        return max((int(c.split("/")[2]) for c in self.cases() if c.startswith(borrower + "/")),
                   default=1)  # fmt: skip


def of(outputs, topic):
    """The messages of one topic, decoded."""
    return [msgspec.json.decode(each.value) for each in outputs if each.topic == topic]


def refusal(told):
    """Why an action was refused, empty if it was not."""
    refused = [each for each in of(told, "decisions") if each["kind"] == "action_refused"]
    return refused[0]["detail"] if refused else ""
