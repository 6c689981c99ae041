"""DGA's REST API of Manual Técnico N° 1/2025: send a measurement, ask for one by its voucher; regulators.md §1, §7."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.control import control_rules
from deploy.simulators.dga.desk import Desk, Reply
from deploy.simulators.dga.records import Records
from deploy.simulators.dga.resources import RESOURCES, Resource
from deploy.simulators.faults import Faults
from deploy.simulators.scenario import Scenario, Work
from deploy.simulators.web import Application, answer, no_answer, route

BASE = "/api/v1/mediciones"
HEADERS = ("codigoObra", "timeStampOrigen")


def dga(scenario: Scenario, now: Callable[[], datetime], state: Path) -> Application:
    """`state` is the file that keeps what was accepted: a restart forgets nothing."""
    faults = Faults(scenario.seed, now)
    faults.set(scenario.faults.get("dga", {}))
    records = Records(state)
    door = Door(Desk(scenario, now, faults, records))
    return Application(
        [
            *door.rules(),
            *control_rules(faults=faults, stats=records.stats, log=records.last),
            route("GET", "/_sim/records", door.list_records),
            route("POST", "/_sim/works", door.register),
        ]
    )


class Door:
    """The desk, as HTTP."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

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
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        reply = self.desk.receive(headers, request.get_json(silent=True), resource)
        if reply.cut:
            return no_answer(request, reply.wait_s)
        time.sleep(reply.wait_s)
        return _response(reply)

    def ask(self, request: Request, resource: Resource) -> Response:
        said = request.args
        return _response(self.desk.held(said.get("codigoObra", ""), said.get("numeroComprobante", ""), resource))

    def register(self, request: Request) -> Response:
        """A work that is to be rehearsed, or one more for a test."""
        try:
            said = dict(request.get_json())
            company, work = str(said.pop("company")), Work(**said)
        except (KeyError, TypeError, ValueError) as error:
            return answer({"detail": f"not a work: {error!r}"}, 400)
        if work.resource not in RESOURCES:
            return answer({"detail": f"resource: one of {', '.join(RESOURCES)}"}, 400)
        return answer({"works": self.desk.register(work, company)})

    def list_records(self, request: Request) -> Response:
        """What was accepted, as it came; the oldest measurement first."""
        return answer({"results": self.desk.records.accepted(request.args.get("work"))})


def _response(reply: Reply) -> Response:
    return Response(reply.text, status=reply.status, mimetype=reply.kind)
