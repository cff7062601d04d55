"""Who comes in: sessions, CSRF, origins, rates, headers; and each line of the table by class."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import redis

from desk.api import ENDPOINTS
from desk.gate import HEADERS, Gate
from desk.operator import Operator
from desk.sessions import IDLE_MS
from desk.users import TRIAL, UsersError, make_trial_users, read_users
from schemas.desk_audit import DeskAudit
from schemas.instants import wire
from schemas.operators import RIGHTS, OperatorClass
from tests.desk import made
from tests.desk.conftest import PASSWORD, House

CASE = "brw_1/default/1"
SECRET = "brw_9/restricted/default/1"
BODIES = {
    "order": {"order": {"kind": "note", "text": "a note"}},
    "bulk_preview": {"case_ids": [CASE], "order": {"kind": "note", "text": "a note"}},
    "bulk": {"preview_id": "0" * 24},
    "resolve": {"token": "brw_1", "case_id": CASE, "reason_code": "CALL"},
    "capacity": {
        "live_loans": 1, "hard_severe_permille": 1, "moderate_permille": 1, "operators": 1,
    },
}  # fmt: skip


def ask(browser, each, case_id=CASE):
    path = each.path.replace("{case_id}", case_id).replace("{record_id}", "note-0")
    if each.method == "GET":
        return browser.get(path)
    return browser.post(path, BODIES[each.name])


@pytest.mark.parametrize("of", list(OperatorClass))
@pytest.mark.parametrize("each", ENDPOINTS, ids=lambda each: each.name)
def test_each_line_is_answered_to_those_who_may_and_refused_to_others(house, of, each):
    house.feed.put("cases", made.case(1))
    house.feed.put("case-files", made.file(1))

    answer = ask(house.browser(of.value), each)

    may = each.needs is None or each.needs in RIGHTS[of]
    if not may:
        assert (answer.status_code, answer.json()["reason"]) == (403, "RIGHT")
        assert answer.json()["why"]["params"] == {"right": each.needs.value}
    elif answer.status_code == 403:
        assert each.name == "order"  # seeing a case is not working on it
    else:
        assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("each", ENDPOINTS, ids=lambda each: each.name)
def test_nobody_is_answered_without_a_session(house, each):
    path = each.path.replace("{case_id}", CASE).replace("{record_id}", "note-0")
    answer = house.stranger().request(each.method, path, json=BODIES.get(each.name))

    assert (answer.status_code, answer.json()["reason"]) == (401, "SESSION")


def test_what_somebody_may_not_see_is_as_if_it_were_not_there(house):
    house.feed.put("cases", made.case(1))
    asked = ("case", "case_file", "machine", "order")
    for of in OperatorClass:
        browser = house.browser(of.value)
        for each in (one for one in ENDPOINTS if one.name in asked):
            before = ask(browser, each, SECRET)
            house.feed.put("cases-restricted", made.restricted(9))
            house.feed.put("alerts-restricted", made.alert(9, reason=made.restricted(9).reason))
            after = ask(browser, each, SECRET)
            sees = Operator("x", (of,)).may("see_restricted")
            if not sees:
                assert (before.status_code, before.json()) == (after.status_code, after.json())
                assert "secret" not in after.text
            elif each.name == "case":
                assert after.json()["case"]["reason"]["en"] == "secret reason"
            with redis.Redis.from_url(house.feed.url) as client:
                for name in client.scan_iter(match="loanwatch:restricted:*"):
                    client.delete(name)


@pytest.mark.parametrize("of", list(OperatorClass))
def test_no_list_shows_a_restricted_case_to_those_who_may_not(house, of):
    house.feed.put(
        "cases-restricted", made.restricted(9, entries=(made.entry("claim", "claim-9"),))
    )
    browser = house.browser(of.value)
    sees = Operator("x", (of,)).may("see_restricted")

    for path in (
        "/api/queue?view=all",
        "/api/handover",
        "/api/kpi",
        "/api/incidents",
        "/api/trust",
    ):
        answer = browser.get(path)
        if not sees:
            assert "brw_9" not in answer.text
            assert "secret" not in answer.text
    assert sees == ("brw_9" in browser.get("/api/queue?view=all").text)
    order = browser.get("/api/orders/claim-9")
    assert (order.status_code == 200) == sees
    if Operator("x", (of,)).may("see_figures"):
        assert browser.get("/api/kpi").json().get("cases", 0) == int(sees)


# --- forgery --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        pytest.param({"X-CSRF-Token": ""}, 403, "CSRF", id="no word"),
        pytest.param({"X-CSRF-Token": "ÿ".encode()}, 403, "CSRF", id="no text"),
        pytest.param({"X-CSRF-Token": "guessed"}, 403, "CSRF", id="another word"),
        pytest.param({"Origin": "https://evil.example"}, 403, "ORIGIN", id="another site"),
        pytest.param({"Origin": "null"}, 403, "ORIGIN", id="a sandboxed frame"),
        pytest.param({"Origin": "http://127.0.0.1:9999"}, 403, "ORIGIN", id="another port"),
        pytest.param({"Origin": "https://127.0.0.1:8060"}, 403, "ORIGIN", id="another scheme"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, "ORIGIN", id="said by the browser"),
        pytest.param({"Host": "evil.example"}, 421, "HOST", id="a name that points at us"),
        pytest.param({}, 202, None, id="our own page"),
    ],
)
def test_a_request_of_another_site_changes_nothing(house, headers, status, reason):
    house.feed.put("cases", made.case(1))

    answer = house.browser().post(f"/api/cases/{CASE}/orders", BODIES["order"], headers=headers)

    assert (answer.status_code, answer.json().get("reason")) == (status, reason)
    assert len(house.outlet.of("desk-actions")) == int(status == 202)


def test_a_form_of_another_site_cannot_sign_anybody_in(house):
    body = {"user": "ann", "password": PASSWORD}
    answer = house.stranger().post(
        "/api/sign-in", json=body, headers={"Origin": "https://e.example"}
    )

    assert answer.status_code == 403


def test_every_answer_is_protected(house):
    browser = house.browser()
    for answer in (
        browser.get("/api/session"),
        browser.get("/nothing"),
        house.stranger().get("/api/kpi"),
    ):
        for name, value in HEADERS:
            assert answer.headers[name.decode()] == value.decode()
    policy = browser.get("/api/session").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert browser.get("/api/session").headers["cache-control"] == "no-store"


def test_what_people_write_stays_text(house):
    text = "<script>alert(1)</script>"
    house.feed.put("cases", made.case(1, holder=text))

    answer = house.browser().get("/api/queue")

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for path in (f"/api/{text}", f"/api/cases/{text}", f"/api/orders/{text}"):
        problem = house.browser().get(path)
        assert problem.headers["content-type"] == "application/problem+json"
        assert text not in problem.text


# --- sessions -------------------------------------------------------------------------------


def test_the_cookie_is_not_for_scripts_nor_other_sites(house):
    body = {"user": "ann", "password": PASSWORD}
    answer = house.stranger().post("/api/sign-in", json=body)
    cookie = answer.headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie


def test_with_tls_the_cookie_is_bound_to_the_host(redis_url):
    house = House(redis_url)
    house.close()
    gate = house.parts.gate
    assert gate.cookie == "loanwatch"

    secure = Gate(replace(house.parts.config, url="https://desk.example"), house.parts.sessions)
    assert secure.cookie == "__Host-loanwatch"


def test_redis_shows_no_cookie(house):
    browser = house.browser()
    token = browser.client.cookies["loanwatch"]
    with redis.Redis.from_url(house.feed.url) as client:
        (name,) = client.scan_iter(match="loanwatch:session:*")
        assert token.encode() not in name + client.get(name)


def test_a_session_ends(house, monkeypatch):
    browser, other = house.browser(), house.browser()
    with redis.Redis.from_url(house.feed.url) as client:
        (name, _) = client.scan_iter(match="loanwatch:session:*")
        assert 0 < client.pttl(name) <= IDLE_MS

    assert browser.post("/api/sign-out").status_code == 204
    assert browser.get("/api/session").status_code == 401
    assert other.get("/api/session").status_code == 200

    now_ms = made.parse(other.session["expires_at"])
    monkeypatch.setattr("desk.clock.now_ms", lambda: now_ms + 1)
    assert other.get("/api/session").status_code == 401


def test_signing_in_again_is_another_session(house):
    client = house.stranger()
    body = {"user": "ann", "password": PASSWORD}
    client.post("/api/sign-in", json=body)
    first = client.cookies["loanwatch"]
    client.post("/api/sign-in", json=body)

    assert client.cookies["loanwatch"] != first
    client.cookies.set("loanwatch", first)
    assert client.get("/api/session").status_code == 401


@pytest.mark.parametrize(
    ("user", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("ann", "x" * 200)]
)
def test_who_does_not_know_the_password_stays_outside(house, user, password):
    answer = house.stranger().post("/api/sign-in", json={"user": user, "password": password})

    assert (answer.status_code, answer.json()["reason"]) == (401, "SIGN_IN")
    assert "set-cookie" not in answer.headers
    assert [each["what"] for each in house.outlet.of("desk-audit")] == ["sign_in_refused"]


def test_guessing_is_slow(house):
    client = house.stranger()
    codes = [
        client.post("/api/sign-in", json={"user": "ann", "password": "wrong"}).status_code
        for _ in range(8)
    ]

    assert codes == [401] * 5 + [429] * 3
    assert house.browser("bob").get("/api/session").status_code == 200


def test_too_many_requests_are_told_when_to_come_again(house, monkeypatch):
    monkeypatch.setattr("desk.clock.now_ms", lambda: made.AT_MS)
    browser = house.browser()
    codes = {browser.get("/api/session").status_code for _ in range(210)}

    assert codes == {200, 429}
    assert browser.get("/api/session").headers["Retry-After"] == "1"


def test_a_large_body_is_not_read(house):
    answer = house.browser().post("/api/capacity", {"x": "y" * 70_000})

    assert (answer.status_code, answer.json()["reason"]) == (413, "TOO_LARGE")


# --- local users ----------------------------------------------------------------------------


def test_the_users_of_a_trial(tmp_path):
    path = tmp_path / "desk" / "users.json"

    passwords = make_trial_users(path)

    users = read_users(path)
    assert set(passwords) == set(TRIAL)
    assert {of for classes in TRIAL.values() for of in classes} == set(OperatorClass)
    assert users.check("supervisor", passwords["supervisor"]).classes == TRIAL["supervisor"]
    assert users.check("supervisor", passwords["auditor"]) is None
    assert path.stat().st_mode & 0o077 == 0
    assert not any(password in path.read_text() for password in passwords.values())
    with pytest.raises(UsersError, match="move it away"):
        make_trial_users(path)


@pytest.mark.parametrize("text", [None, "", "{}", '{"users": {"a b": {}}}', "\xff"])
def test_what_is_no_file_of_users(tmp_path, text):
    path = tmp_path / "users.json"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsersError, match=r"expected users in .*users\.json"):
        read_users(path)


# --- who looked -----------------------------------------------------------------------------


def test_whoever_looks_or_acts_is_recorded_first(house):
    house.feed.put("cases", made.case(1))
    house.feed.put("case-files", made.file(1))
    browser = house.browser("ann")
    for tail in ("", "/file", "/machine"):
        browser.get(f"/api/cases/{CASE}{tail}")
    browser.order(CASE, "claim")

    lines = house.outlet.of("desk-audit")

    assert [each["what"] for each in lines] == [
        "sign_in", "view_case", "view_file", "view_machine", "order",
    ]  # fmt: skip
    assert {each["operator"] for each in lines} == {"ann"}
    assert {each.get("case_id") for each in lines[1:]} == {CASE}
    assert re.fullmatch("claim claim-[0-9a-f]{16}", lines[-1]["detail"])


def test_a_refusal_is_recorded(house):
    house.browser("ADMIN").get("/api/queue")

    assert [each["what"] for each in house.outlet.of("desk-audit")] == ["sign_in", "refused"]


def test_what_cannot_be_recorded_is_not_shown(house):
    house.feed.put("cases", made.case(1))
    browser = house.browser("ann")
    for trouble in ("is_broken", "is_full"):
        setattr(house.outlet, trouble, True)
        for tail in ("", "/file", "/machine"):
            answer = browser.get(f"/api/cases/{CASE}{tail}")
            assert (answer.status_code, answer.json()["reason"]) == (503, "AUDIT")
            assert "brw_1" not in answer.text
        setattr(house.outlet, trouble, False)


def test_the_auditor_reads_who_looked(house):
    for minute in range(25):
        house.feed.put("desk-audit", audit(minute // 5))
    browser, seen, cursor = house.browser("AUDITOR"), [], ""
    while cursor is not None:
        page = browser.get("/api/audit", params={"cursor": cursor, "limit": 7}).json()
        seen += [each["audit_id"] for each in page["lines"]]
        cursor = page.get("next")

    assert len(seen) == len(set(seen)) == 25
    assert browser.get("/api/audit", params={"cursor": "x"}).status_code == 422


COUNT = iter(range(1_000))


def audit(minute):
    return DeskAudit(
        audit_id=f"a{next(COUNT)}",
        at=wire(made.AT_MS + minute),
        operator="ann",
        classes=("DESK_OPERATOR",),
        what="view_case",
    )


# --- whose a token is -----------------------------------------------------------------------


@pytest.fixture
def knowing(redis_url, tmp_path):
    persons = tmp_path / "persons.json"
    persons.write_text('{"brw_1": {"name": "Zhang Xiao", "phone": "13812345678"}}')
    house = House(redis_url, persons=persons)
    house.feed.ready()
    house.feed.put("cases", made.case(1), made.case(2))
    yield house
    house.close()


def test_a_token_is_resolved_masked_with_a_reason_and_on_record(knowing):
    answer = knowing.browser("ann").post("/api/resolve", BODIES["resolve"])

    assert answer.json() == {
        "token": "brw_1", "masked": {"name": "Z*********", "phone": "138****5678"},
    }  # fmt: skip
    assert knowing.outlet.of("desk-audit")[-1] | {"at": "", "audit_id": ""} == {
        "schema": "desk_audit.v1", "audit_id": "", "at": "", "operator": "ann",
        "classes": ["DESK_OPERATOR"], "what": "resolve", "case_id": CASE, "borrower_id": "brw_1",
        "detail": "CALL",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("user", "change", "status"),
    [
        ("ann", {"case_id": "brw_2/default/1"}, 404),
        ("ann", {"case_id": "brw_2/default/1", "token": "brw_2"}, 404),
        ("ann", {"reason_code": ""}, 422),
        ("ann", {"token": "13812345678"}, 422),
        ("FRAUD_ANALYST", {}, 403),
    ],
)
def test_a_token_is_resolved_only_for_its_case_and_a_reason(knowing, user, change, status):
    answer = knowing.browser(user).post("/api/resolve", BODIES["resolve"] | change)

    assert answer.status_code == status
    assert "Zhang" not in answer.text


def test_the_desk_answers_under_its_own_names_alone(house):
    client = house.stranger()
    for host, status in (("127.0.0.1:8060", 401), ("localhost:8060", 401), ("desk:8060", 421)):
        assert client.get("/api/session", headers={"Host": host}).status_code == status
