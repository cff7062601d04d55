"""The page on the desk itself, over a real read model; Kafka and the fold are stood in for."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
import uvicorn
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import expect

from desk.config import Config
from desk.parts import parts_of
from desk.server import app_of
from desk.users import User, Users
from schemas.case import Case, CaseState, Done
from schemas.control import ActionPayload
from schemas.instants import wire
from schemas.operators import OperatorClass
from schemas.signing import Signed
from stream import clock
from tests.browser import fold, world
from tests.browser.conftest import Desk
from tests.browser.given import again
from tests.browser.stand_in import PASSWORD
from tests.browser.story import case_file
from tests.desk import made
from tests.desk.feeding import Feeding

pytestmark = pytest.mark.browser

WITHIN_MS = 1_000
DECIDES_AFTER_S = 0.05
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CLASSES = {
    "op-1": OperatorClass.DESK_OPERATOR,
    "op-2": OperatorClass.DESK_OPERATOR,
    "sup-1": OperatorClass.DESK_SUPERVISOR,
    "com-1": OperatorClass.COMPLIANCE,
    "aud-1": OperatorClass.AUDITOR,
}


@dataclass
class Around:
    """What stands around the desk: takes its orders, decides them, feeds the read model."""

    feed: Feeding
    cases: dict[str, Case] = field(default_factory=dict)
    is_broken: bool = False

    def open(self, *cases: Case, topic: str = "cases") -> None:
        """Let the monitor tell of cases."""
        for case in cases:
            self.cases[case.case_id] = case
            self.feed.put(topic, case)

    def put(self, topic: str, _key: str, value: bytes) -> asyncio.Future[None]:
        """Take what the desk writes to Kafka."""
        if topic == "desk-actions":
            signed = msgspec.json.decode(value, type=Signed)
            payload = msgspec.json.decode(signed.payload, type=ActionPayload)
            threading.Timer(DECIDES_AFTER_S, self._decide, (payload,)).start()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def _decide(self, payload: ActionPayload) -> None:
        body = payload.body
        case = self.cases[body["case_id"]]
        order = {name: value for name, value in body.items() if name != "case_id"}
        entry = fold.entry(order, payload.operator, wire(clock.now_ms()), payload.record_id)
        if body["kind"] == "claim" and case.holder not in {None, payload.operator}:
            entry = again(entry, done=Done.REFUSED, detail=f"`{case.holder}` holds it already")
            entries = (*case.entries, entry)
            after = again(case, version=case.version + 1, entries=entries)
        else:
            after = again(fold.applied(case, order, entry), last_action_id=payload.record_id)
        self.open(after)

    def close(self) -> None:
        """Nothing is on its way."""


@pytest.fixture
def around(redis_url) -> Around:
    """A read model with twelve cases, read to the end."""
    around = Around(Feeding(redis_url))
    now_ms = clock.now_ms()
    around.open(*(world.case(index, now_ms) for index in range(12)))
    first = world.case(0, now_ms)
    around.feed.put("case-files", case_file(first))
    around.feed.put("collection-triggers", world.trigger(first))
    around.feed.ready()
    return around


@pytest.fixture
def persons(tmp_path):
    """Whose the first token is: an invented person."""
    path = tmp_path / "persons.json"
    path.write_bytes(msgspec.json.encode({world.borrower(0): {"phone": "13800000000"}}))
    return path


@pytest.fixture
def real(browser, redis_url, around, persons) -> Iterator[Desk]:
    """The desk on a port of its own; fails at the end if the browser complained."""
    users = {name: User(hash=FAST.hash(PASSWORD), classes=(of,)) for name, of in CLASSES.items()}
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        config = Config(
            redis_url=redis_url,
            url=url,
            key_id="desk",
            key=Ed25519PrivateKey.generate(),
            persons=persons,
        )
        parts = parts_of(config, around)._replace(users=Users(users, FAST))
        server = uvicorn.Server(
            uvicorn.Config(app_of(parts), log_level="error", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        desk = Desk(f"{url}/", around, browser)
        yield desk
        for context in browser.contexts:
            context.close()
        server.should_exit = True
        thread.join(timeout=10)
    assert desk.complaints == []


def key(page, letter: str, digit: str | None, said: str) -> None:
    """Give an order by its letter, and wait for what came of it."""
    page.keyboard.press(letter)
    if digit:
        expect(page.locator("dialog[open]")).to_be_visible()
        page.keyboard.press(digit)
    expect(page.locator("#told")).to_have_text(said)


def test_a_case_is_worked_to_its_end_and_a_second_browser_sees_it(real, around):
    page, other = real.enter(), real.enter("op-2")
    case_id = world.case(0).case_id
    page.locator(f'#rows .row[data-key="{case_id}"]').click()
    expect(page.locator(".timeline")).to_be_visible()
    beside = other.locator(f'#rows .row[data-key="{case_id}"]')
    expect(beside).to_be_visible()

    key(page, "c", None, "Claim: done")
    expect(beside.locator(".holder")).to_contain_text("op-1", timeout=WITHIN_MS)
    for letter, digit, said in (
        ("a", None, "Acknowledge: done"),
        ("t", "1", "Triage: done"),
        ("m", "1", "Measure: done"),
        ("o", "1", "Outcome: done"),
        ("x", None, "Close: done"),
    ):
        key(page, letter, digit, said)
    expect(beside).to_have_count(0, timeout=WITHIN_MS)

    assert around.cases[case_id].state is CaseState.CLOSED


def test_an_alert_arrives_while_one_looks(real, around):
    page = real.enter()
    expect(page.locator("#rows .row")).to_have_count(10)
    around.open(again(world.case(24, clock.now_ms()), ack_due_at=wire(clock.now_ms() - 1)))

    row = page.locator("#rows .row", has_text=world.borrower(24)[:10])
    expect(row).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator("#live")).to_contain_text("New severe case")


def test_of_two_who_claim_at_once_one_is_told_who_was_first(real, around):
    page = real.enter()
    case_id = page.locator("#rows .row").first.get_attribute("data-key")
    page.locator("#rows .row").first.click()
    expect(page.locator(".allowed [data-order=claim]")).to_be_visible()
    # the other's order is decided first, and the page has not heard of it
    around.cases[case_id] = again(around.cases[case_id], holder="op-2", version=2)
    page.keyboard.press("c")

    expect(page.locator("#told")).to_contain_text("Claim: refused. op-2 holds it")


def test_the_restricted_lane_is_seen_by_those_who_may_alone(real, around):
    secret = made.restricted(99, borrower_id=world.borrower(99))
    around.open(secret, topic="cases-restricted")
    operator, compliance = real.enter(), real.enter("com-1")
    expect(compliance.locator("#rows")).to_contain_text("secret reason")
    expect(operator.locator("#rows .row").first).to_be_visible()
    operator.goto(f"{real.address}#/case/{secret.case_id}")
    expect(operator.locator("#detail")).to_contain_text("does not exist")

    assert "secret" not in operator.content()


def test_each_page_opens_on_the_desk_itself(real):
    page = real.enter("aud-1")
    for place in ("handover", "kpi", "capacity", "audit"):
        page.goto(f"{real.address}#/{place}")
        expect(page.locator(".page h1")).to_be_visible()
        assert page.locator(".bad.empty").count() == 0


def test_a_rebuild_is_told(real, around):
    page = real.enter()
    around.feed.store.note_building("2000", records=512, since_ms=clock.now_ms())
    page.reload()

    expect(page.locator(".banner").first).to_contain_text("rebuilt (512 records so far)")


def test_what_is_written_is_text_and_the_session_ends_for_good(real, around):
    page = real.enter()
    case_id = page.locator("#rows .row").first.get_attribute("data-key")
    page.locator("#rows .row").first.click()
    expect(page.locator(".allowed [data-order=claim]")).to_be_visible()
    key(page, "c", None, "Claim: done")
    page.keyboard.press("n")
    page.locator("#field-text").fill("<img src=x onerror=window.broken=1>")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entries .said").first).to_have_text("<img src=x onerror=window.broken=1>")
    assert page.evaluate("window.broken") is None
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{real.address}#/case/{case_id}")

    expect(page.locator("#user")).to_be_visible()


def test_one_order_about_many_is_previewed_with_count_and_exposure(real, around):
    page = real.enter()
    expect(page.locator("#rows .row")).to_have_count(10)
    chosen = []
    for _ in range(3):
        page.keyboard.press("j")
        chosen.append(page.evaluate("document.activeElement.dataset.key"))
        page.keyboard.press("Space")
    expect(page.locator(".bulk")).to_contain_text("3 chosen")
    page.keyboard.press("b")
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_role("button", name="To the preview").click()
    expect(page.locator("dialog")).to_contain_text("Acknowledge: 3 cases")
    expect(page.locator("dialog")).to_contain_text("Exposure: CNY 5")
    page.get_by_role("button", name="Do it for 3").click()
    expect(page.locator("#told")).to_have_text("3 orders sent, 0 not possible")
    expect(page.locator("#rows .tier small", has_text="acknowledged")).to_have_count(3)

    assert {around.cases[each].state for each in chosen} == {CaseState.ACKED}


def test_more_than_fifty_take_a_second_person(real, around):
    now_ms = clock.now_ms()
    around.open(*(again(world.case(index, now_ms), segment="outage") for index in range(30, 85)))
    page, second = real.enter(), real.enter("sup-1")
    page.keyboard.press("/")
    page.keyboard.type("outage")
    page.get_by_role("button", name="Choose all found").click()
    expect(page.locator(".bulk")).to_contain_text("55 chosen")
    page.keyboard.press("b")
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_role("button", name="To the preview").click()
    expect(page.locator("dialog")).to_contain_text("a second person has to confirm")
    page.get_by_role("button", name="Do it for 55").click()
    number = page.locator("dialog .token").inner_text()
    assert around.cases[world.case(30).case_id].state is CaseState.NEW
    second.get_by_role("button", name="Confirm a bulk order").click()
    second.locator("#field-preview_id").fill(number)
    second.get_by_role("button", name="Send").click()

    expect(second.locator("#told")).to_have_text("55 orders sent, 0 not possible")


def test_a_person_is_asked_for_with_a_reason_and_shown_masked(real):
    page = real.enter()
    page.goto(f"{real.address}#/case/{world.case(0).case_id}")
    page.get_by_role("button", name="Whose is it?").click()
    page.get_by_role("button", name="a call is due").click()
    page.get_by_role("button", name="Ask").click()

    expect(page.locator("dialog td")).to_have_text("138****0000")
