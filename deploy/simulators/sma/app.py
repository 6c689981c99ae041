"""SMA's REST API of Res. Ex. 254/2020: log in, send the records of one time stamp; regulators.md §4.3, §7."""

import hmac
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.control import control_rules
from deploy.simulators.faults import Faults
from deploy.simulators.scenario import Scenario
from deploy.simulators.sma import messages
from deploy.simulators.sma.checks import refusal, stamp_of
from deploy.simulators.sma.records import Call, Records, verification_of
from deploy.simulators.sma.tokens import NoToken, make_token, user_of
from deploy.simulators.web import PAGE_403, PAGE_502, Application, answer, html, no_answer, route

BASE = "/api/v1"
BEFORE = ("rate_limited", "token_refused", "html_403", "html_502", "json_500", "slow")
AFTER_STORING = ("timeout_after_storing", "empty_body", "truncated", "ok_without_voucher", "created_201")
OF_A_DUPLICATE = ("duplicate_refused", "duplicate_without_voucher", "duplicate_new_id")


def sma(scenario: Scenario, now: Callable[[], datetime], state: Path) -> Application:
    """`state` is the file that keeps what was accepted: a restart forgets nothing."""
    faults = Faults(scenario.seed, now)
    faults.set(scenario.faults.get("sma", {}))
    desk = Desk(scenario, now, faults, Records(state))
    return Application(
        [
            route("POST", f"{BASE}/auth", desk.log_in),
            Rule(f"{BASE}/ufs/<uf>/procesos/<proceso>/registros", methods=["POST"], endpoint=desk.send),
            *control_rules(faults=faults, stats=desk.records.stats, log=desk.records.last),
            route("GET", "/_sim/records", desk.list_records),
        ]
    )


class Desk:
    def __init__(self, scenario: Scenario, now: Callable[[], datetime], faults: Faults, records: Records) -> None:
        self.scenario = scenario
        self.registry = scenario.sma
        self.now = now
        self.faults = faults
        self.records = records

    def log_in(self, request: Request) -> Response:
        body = request.get_json(silent=True)
        said = body if isinstance(body, dict) else {}
        call = Call("login", str(said.get("usuario", "")))
        attempt, fault, kept_out = self._enter(call)
        if kept_out:
            return self._noted(call, attempt, fault, kept_out)
        if not isinstance(said.get("usuario"), str) or not isinstance(said.get("password"), str):
            return self._noted(call, attempt, fault, _said(messages.BAD_LOG_IN_BODY, 400))
        user = self.registry.users.get(said["usuario"])
        if user is None or not hmac.compare_digest(user.password.encode(), said["password"].encode()):
            return self._noted(call, attempt, fault, _said(messages.BAD_LOG_IN, 401))
        token = make_token(self.scenario.seed, user.usuario, self.now(), self._lifetime(call, attempt))
        return self._noted(call, attempt, fault, answer({"token": token}))

    def send(self, request: Request, uf: str, proceso: str) -> Response:
        body: Any = request.get_json(silent=True)
        call = Call("registros", f"{uf}/{proceso}", stamp_of(body))
        attempt, fault, kept_out = self._enter(call)
        response = kept_out or self._unwelcome(request, uf, proceso, body)
        if response:
            return self._noted(call, attempt, fault, response)
        return self._store(request, call, attempt, body)

    def list_records(self, request: Request) -> Response:
        """What was accepted, as it came; the oldest stamp first. `process`: "1234/567"."""
        return answer({"results": self.records.accepted(request.args.get("process"))})

    def _enter(self, call: Call) -> tuple[int, str | None, Response | None]:
        """Number of the attempt, the fault it meets, and the answer of what never gets in."""
        attempt = self.records.attempts(call) + 1
        fault = self._draw(BEFORE, call, attempt)
        if fault == "slow":
            time.sleep(self.faults.seconds(fault))
            return attempt, fault, None
        return attempt, fault, _kept_out(fault) if fault else None

    def _unwelcome(self, request: Request, uf: str, proceso: str, body: Any) -> Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            return _said(messages.NO_TOKEN, 401)
        try:
            user = self.registry.users.get(user_of(self.scenario.seed, token, self.now()))
        except NoToken as error:
            return _said(messages.EXPIRED if error.expired else messages.BAD_TOKEN, 401)
        if user is None or (uf, proceso) not in user.procesos:
            return _said(messages.NOT_YOURS, 403)
        devices = self.registry.devices.get((uf, proceso), {})
        problem = refusal(body, devices, self.now(), strict=self.scenario.strict)
        return _said(problem, 400) if problem else None

    def _store(self, request: Request, call: Call, attempt: int, body: list[dict[str, Any]]) -> Response:
        devices = sorted(row["dispositivoId"] for row in body)
        made = verification_of(self.scenario.seed, call, devices)
        verification, is_new = self.records.store(call, body, made, self.now())
        fault = self._draw(AFTER_STORING if is_new else (*AFTER_STORING[:3], *OF_A_DUPLICATE), call, attempt)
        if fault == "timeout_after_storing":
            self._note(call, attempt, fault, 0)
            return no_answer(request, self.faults.seconds(fault))
        if fault == "duplicate_new_id":
            verification = verification_of(self.scenario.seed, call, [*devices, str(attempt)])
        return self._noted(call, attempt, fault, _accepted(verification, fault))

    def _lifetime(self, call: Call, attempt: int) -> timedelta:
        if self._draw(("expires_soon",), call, attempt):
            return timedelta(seconds=self.faults.seconds("expires_soon"))
        return self.registry.lifetime

    def _draw(self, kinds: tuple[str, ...], call: Call, attempt: int) -> str | None:
        return self.faults.draw(kinds, subject=call.subject, key=call.key, attempt=attempt, what=call.what)

    def _noted(self, call: Call, attempt: int, fault: str | None, response: Response) -> Response:
        self._note(call, attempt, fault, response.status_code)
        return response

    def _note(self, call: Call, attempt: int, fault: str | None, status: int) -> None:
        self.records.note(call, at=self.now(), attempt=attempt, fault=fault, status=status)


def _said(message: str, status: int) -> Response:
    return answer({"mensaje": message}, status)


def _accepted(verification: str, fault: str | None) -> Response:
    whole = answer(
        {"mensaje": messages.RECEIVED, "IdVerificacion": verification}, 201 if fault == "created_201" else 200
    )
    match fault:
        case "empty_body":
            return Response(b"", 200, mimetype="application/json")
        case "truncated":
            return Response(whole.get_data()[:20], 200, mimetype="application/json")
        case "ok_without_voucher":
            return _said(messages.RECEIVED, 200)
        case "duplicate_without_voucher":
            return _said(messages.DUPLICATE, 400)
        case "duplicate_refused":
            return answer({"mensaje": messages.DUPLICATE, "IdVerificacion": verification}, 400)
    return whole


def _kept_out(fault: str) -> Response:
    match fault:
        case "html_502":
            return html(PAGE_502, 502)
        case "json_500":
            return _said(messages.BROKEN, 500)
        case "token_refused":
            return _said(messages.BAD_TOKEN, 401)
    return html(PAGE_403, 403 if fault == "html_403" else 429)
