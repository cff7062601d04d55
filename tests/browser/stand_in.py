"""A stand-in for the desk: the page's own files, and the API of docs/desk-api.md over a `Book`."""

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from schemas.desk_audit import AuditPage, DeskAudit
from schemas.desk_door import Problem, Session, SignInAsked, SignInWays
from schemas.desk_figures import Capacity, CapacityAsked
from schemas.desk_view import OrderAccepted, OrderAsked
from schemas.instants import wire
from schemas.operators import RIGHTS, May, OperatorClass
from tests.browser import fold
from tests.browser.book import INCIDENTS, KPI, Book
from tests.browser.story import case_file

STATIC = Path(__file__).parents[2] / "desk" / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
USERS = {
    "op-1": OperatorClass.DESK_OPERATOR,
    "op-2": OperatorClass.DESK_OPERATOR,
    "aud-1": OperatorClass.AUDITOR,
    "col-1": OperatorClass.COLLECTIONS,
}
PASSWORD = "correct horse"
CSRF = "csrf-of-the-stand-in"
BEAT_S = 0.05


def answer(view: object, status: int = 200) -> Response:
    """Return a view as JSON."""
    return Response(msgspec.json.encode(view), status, media_type="application/json")


def problem(status: int, reason: str, detail: str) -> Response:
    """Return a refusal."""
    said = Problem(type="about:blank", title=reason, status=status, reason=reason, detail=detail)
    return Response(msgspec.json.encode(said), status, media_type="application/problem+json")


class StandIn:
    """The endpoints; the cookie is the user's name, since nothing here is to be kept."""

    def __init__(self, book: Book) -> None:
        self.book = book
        get = {
            "/api/session": self.session,
            "/api/trust": lambda _: answer(book.trust()),
            "/api/incidents": lambda _: answer(INCIDENTS),
            "/api/queue": self.queue,
            "/api/handover": lambda _: answer(book.handover()),
            "/api/kpi": lambda _: answer(KPI),
            "/api/audit": self.audit,
            "/api/events": self.events,
            "/api/orders/{record_id}": lambda request: answer(
                book.orders[request.path_params["record_id"]]
            ),
            "/api/cases/{id:path}/file": lambda request: answer(case_file(self.case(request))),
            "/api/cases/{id:path}/machine": lambda request: answer(
                book.machine(self.case(request))
            ),
            "/api/cases/{id:path}": self.detail,
        }
        post = {
            "/api/sign-out": self.sign_out,
            "/api/capacity": self.capacity,
            "/api/cases/{id:path}/orders": self.order,
        }
        self.routes = Starlette(
            routes=[
                Route("/api/sign-in", self.sign_in, methods=["GET", "POST"]),
                *(Route(path, endpoint, methods=["POST"]) for path, endpoint in post.items()),
                *(Route(path, endpoint) for path, endpoint in get.items()),
                Mount("/", StaticFiles(directory=STATIC, html=True)),
            ]
        )

    async def __call__(self, scope, receive, send) -> None:
        """Answer a request: signed in, with the header, under the policy."""

        async def under_policy(message):
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", CSP.encode()),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        if scope["type"] != "http":
            return await self.routes(scope, receive, send)
        refused = self._refused(Request(scope))
        return await (refused or self.routes)(scope, receive, under_policy)

    def _refused(self, request: Request) -> Response | None:
        path = request.url.path
        if not path.startswith("/api/") or path == "/api/sign-in":
            return None
        if self.book.down:
            return problem(503, "READ_MODEL", "the stand-in is down")
        case = re.fullmatch(r"/api/cases/(.+?)(/file|/machine|/orders)?", path)
        if case and case[1] not in self.book.cases:
            return problem(404, "NOT_FOUND", "there is none")
        if request.cookies.get("desk") not in USERS:
            return problem(401, "SESSION", "sign in")
        if request.method == "POST" and request.headers.get("x-csrf-token") != CSRF:
            return problem(403, "CSRF", "no token")
        return None

    @staticmethod
    def _rights(request: Request) -> set[May]:
        return set(RIGHTS[USERS[request.cookies["desk"]]])

    def case(self, request: Request):
        """Return the case of the path."""
        return self.book.cases[request.path_params["id"]]

    async def sign_in(self, request: Request) -> Response:
        """Sign in with the one password."""
        if request.method == "GET":
            return answer(SignInWays(local=True))
        asked = msgspec.json.decode(await request.body(), type=SignInAsked)
        if asked.password != PASSWORD or asked.user not in USERS:
            return problem(401, "SESSION", "wrong")
        done = answer(self._session(asked.user))
        done.set_cookie("desk", asked.user, httponly=True, samesite="strict")
        return done

    @staticmethod
    def _session(user: str) -> Session:
        return Session(
            operator=user,
            classes=(USERS[user],),
            rights=tuple(sorted(RIGHTS[USERS[user]])),
            csrf=CSRF,
        )

    def session(self, request: Request) -> Response:
        """Say who is signed in."""
        return answer(self._session(request.cookies["desk"]))

    def sign_out(self, _: Request) -> Response:
        """Forget the cookie."""
        done = Response(status_code=204)
        done.delete_cookie("desk")
        return done

    def queue(self, request: Request) -> Response:
        """Return a page of the queue."""
        asked = request.query_params
        return answer(
            self.book.queue(
                asked.get("view", "now"), int(asked.get("limit", 10)), asked.get("cursor")
            )
        )

    def detail(self, request: Request) -> Response:
        """Return one case."""
        return answer(
            self.book.detail(self.case(request), request.cookies["desk"], self._rights(request))
        )

    async def order(self, request: Request) -> Response:
        """Take an order, unless the case has changed."""
        asked = msgspec.json.decode(await request.body(), type=OrderAsked)
        case = self.case(request)
        if asked.version != case.version:
            return problem(409, "STALE", "the case has changed")
        kind = asked.order["kind"]
        if fold.why_not(kind, case, request.cookies["desk"], self._rights(request)):
            return problem(409, "STATE", "not now")
        record_id = self.book.order(case.case_id, asked.order, request.cookies["desk"])
        return answer(OrderAccepted(record_id=record_id, case_id=case.case_id, kind=kind), 202)

    async def capacity(self, request: Request) -> Response:
        """Calculate as domain.md 6.3 does."""
        asked = msgspec.json.decode(await request.body(), type=CapacityAsked)
        rates = {
            "hard_severe": asked.hard_severe_permille,
            "severe": asked.severe_permille,
            "moderate": asked.moderate_permille,
        }
        arriving = {name: asked.live_loans * rate / 1000 for name, rate in rates.items()}
        total, possible = (
            sum(arriving.values()),
            asked.operators * asked.hours_per_day * asked.investigations_per_hour,
        )
        return answer(
            Capacity(
                capacity_per_day=possible,
                arriving_per_day=total,
                by_class=arriving,
                backlog_per_day=max(0.0, total - possible),
                needs_sign_off=total > 1.2 * possible,
                load=total / possible,
                operators_needed=total / (asked.hours_per_day * asked.investigations_per_hour),
            )
        )

    def audit(self, request: Request) -> Response:
        """Return what was looked at."""
        if May.SEE_AUDIT not in self._rights(request):
            return problem(403, "RIGHT", "no")
        lines = [
            DeskAudit(
                audit_id=f"a{i}",
                at=wire(self.book.now_ms() - i * 60_000),
                operator="op-1",
                classes=("DESK_OPERATOR",),
                what="view_case",
                case_id=case_id,
                borrower_id=case_id.split("/")[0],
            )
            for i, case_id in enumerate(self.book.cases)
        ]
        return answer(AuditPage(lines=tuple(lines)))

    def events(self, request: Request) -> Response:
        """Stream events from where the browser was, or from now on."""
        last = request.headers.get("last-event-id")
        at = int(last) + 1 if last else len(self.book.events)
        return StreamingResponse(self._stream(at), media_type="text/event-stream")

    async def _stream(self, at: int) -> AsyncIterator[bytes]:
        yield f"id: {at - 1}\n: alive\n\n".encode()
        while not self.book.down:
            for event in self.book.events[at:]:
                yield f"id: {at}\nevent: {event.kind}\ndata: {msgspec.json.encode(event).decode()}\n\n".encode()
                at += 1
            await asyncio.sleep(BEAT_S)


@contextlib.contextmanager
def serving(book: Book) -> Iterator[str]:
    """Serve a book on a port of its own; yields the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            StandIn(book), log_level="error", lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{free.getsockname()[1]}/"
        book.down = server.should_exit = True
        thread.join(timeout=10)
