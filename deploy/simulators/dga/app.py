"""DGA's REST API of Manual Técnico N° 1/2025: send a measurement, ask for one by its voucher; regulators.md §1, §7."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.control import control_rules
from deploy.simulators.dga import checks, messages
from deploy.simulators.dga.records import Measurement, Records
from deploy.simulators.dga.resources import RESOURCES, Resource
from deploy.simulators.dga.voucher import make_voucher
from deploy.simulators.faults import Faults
from deploy.simulators.scenario import Scenario, Work
from deploy.simulators.web import PAGE_403, PAGE_502, Application, answer, html, no_answer, route

BASE = "/api/v1/mediciones"
BEFORE_STORING = ("rate_limited", "html_403", "html_502", "slow")
AFTER_STORING = ("timeout_after_storing", "empty_body")


def dga(scenario: Scenario, now: Callable[[], datetime], state: Path) -> Application:
    """`state` is the file that keeps what was accepted: a restart forgets nothing."""
    faults = Faults(scenario.seed, now)
    faults.set(scenario.faults.get("dga", {}))
    records = Records(state)
    desk = Desk(scenario, now, faults, records)
    return Application(
        [
            *desk.rules(),
            *control_rules(faults=faults, stats=records.stats, log=records.last),
            route("GET", "/_sim/records", desk.list_records),
            route("POST", "/_sim/works", desk.register),
        ]
    )


class Desk:
    def __init__(self, scenario: Scenario, now: Callable[[], datetime], faults: Faults, records: Records) -> None:
        self.scenario = scenario
        self.now = now
        self.faults = faults
        self.records = records

    def rules(self) -> list[Rule]:
        rules: list[Rule] = []
        for name, resource in RESOURCES.items():
            defaults = {"resource": resource}
            rules += [
                Rule(f"{BASE}/{name}", methods=["POST"], endpoint=self.send, defaults=defaults),
                Rule(f"{BASE}/{name}", methods=["GET"], endpoint=self.ask, defaults=defaults),
            ]
        return rules

    def send(self, request: Request, resource: Resource) -> Response:
        body = request.get_json(silent=True)
        sent = body.get(resource.name) if isinstance(body, dict) else None
        row = Measurement.of(resource, request.headers.get("codigoObra", ""), sent)
        attempt = self.records.attempts(row) + 1
        fault = self._draw(BEFORE_STORING, row, attempt)
        if fault == "slow":
            time.sleep(self.faults.seconds(fault))
        elif fault:
            return self._noted(row, attempt, fault, _kept_out(fault))
        refusal = checks.refusal(request.headers, body, resource, self.scenario, self.now())
        if refusal:
            return self._noted(row, attempt, fault, _refused(refusal))
        return self._store(request, row, attempt, fault)

    def ask(self, request: Request, resource: Resource) -> Response:
        arguments = request.args
        found = self.records.by_voucher(arguments.get("codigoObra", ""), arguments.get("numeroComprobante", ""))
        if found is None or found.resource != resource.path:
            return _refused(messages.NO_SUCH_VOUCHER)
        return answer({"status": "00", "message": "", "data": resource.read_back(found.fields())})

    def register(self, request: Request) -> Response:
        """A work that is to be rehearsed, or one more for a test: known from now on, until the simulator ends."""
        try:
            said = dict(request.get_json())
            company, work = str(said.pop("company")), Work(**said)
        except (KeyError, TypeError, ValueError) as error:
            return answer({"detail": f"not a work: {error!r}"}, 400)
        if work.resource not in RESOURCES:
            return answer({"detail": f"resource: one of {', '.join(RESOURCES)}"}, 400)
        works, companies = {**self.scenario.works, work.code: work}, self.scenario.companies | {company}
        self.scenario = replace(self.scenario, works=works, companies=companies)
        return answer({"works": len(works)})

    def list_records(self, request: Request) -> Response:
        """What was accepted, as it came; the oldest measurement first."""
        return answer({"results": self.records.accepted(request.args.get("work"))})

    def _store(self, request: Request, row: Measurement, attempt: int, fault: str | None) -> Response:
        """First value wins: a second one for the same hour gets the voucher of the first."""
        resource = RESOURCES[row.resource]
        voucher = make_voucher(self.scenario.seed, row.work, row.slot)
        is_new = self.records.store(row, voucher, self.now())
        own = "ok_without_voucher" if is_new else "duplicate_without_voucher"
        fault = self._draw((*AFTER_STORING, own), row, attempt) or fault
        if fault == "timeout_after_storing":
            self._note(row, attempt, fault, 0)
            return no_answer(request, self.faults.seconds(fault))
        if fault == "empty_body":
            return self._noted(row, attempt, fault, Response(b"", 200, mimetype="application/json"))
        if is_new:
            data = None if fault == "ok_without_voucher" else {"numeroComprobante": voucher}
            response = answer({"status": "00", "message": resource.accepted, "data": data})
        else:
            response = _refused(messages.duplicate("" if fault == "duplicate_without_voucher" else voucher))
        return self._noted(row, attempt, fault, response)

    def _draw(self, kinds: tuple[str, ...], row: Measurement, attempt: int) -> str | None:
        return self.faults.draw(kinds, subject=row.work, key=f"{row.work}|{row.slot}", attempt=attempt)

    def _noted(self, row: Measurement, attempt: int, fault: str | None, response: Response) -> Response:
        self._note(row, attempt, fault, response.status_code)
        return response

    def _note(self, row: Measurement, attempt: int, fault: str | None, status: int) -> None:
        self.records.note(row, at=self.now(), attempt=attempt, fault=fault, status=status)


def _refused(message: str) -> Response:
    # "400" inside the body is an inference; nobody may depend on it (regulators.md §8, row 2).
    body: dict[str, Any] = {"status": "400", "message": message, "data": None}
    return answer(body, 400)


def _kept_out(fault: str) -> Response:
    if fault == "html_502":
        return html(PAGE_502, 502)
    return html(PAGE_403, 403 if fault == "html_403" else 429)
