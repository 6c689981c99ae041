"""Which devices and assets there are, by pages counted from 0; providers.md §2.5."""

from collections.abc import Sequence
from typing import Any

from werkzeug.exceptions import abort
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.thingsboard.gate import ENGINE, Gate, entity_id
from deploy.simulators.scenario import Thing
from deploy.simulators.web import answer, route


def entity_rules(gate: Gate) -> list[Rule]:
    entities = Entities(gate)
    return [
        route("GET", "/tdata/v1/devices", entities.devices),
        route("GET", "/api/tenant/devices", entities.devices),
        route("GET", "/api/customer/<customer>/assets", entities.assets),
    ]


class Entities:
    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.desk = gate.desk

    def devices(self, request: Request) -> Response:
        self.gate.enter(request)
        return self._page(request, "DEVICE")

    def assets(self, request: Request, customer: str) -> Response:
        self.gate.enter(request)
        if customer != entity_id("CUSTOMER", "customer")["id"]:
            abort(self.gate.error(404, 32, "Requested item wasn't found!"))
        return self._page(request, "ASSET")

    def _page(self, request: Request, entity: str) -> Response:
        size, page = request.args.get("pageSize", type=int), request.args.get("page", type=int)
        if not size or size < 1 or page is None or page < 0:
            abort(self.gate.error(400, 31, "Required request parameters 'pageSize' and 'page' are missing"))
        things = things_of(self.desk.scenario.things, entity, kinds=request.args.getlist("type"))
        text = request.args.get("textSearch", "").lower()
        found = [_row(thing) for thing in things if text in thing.name.lower()]
        asked = self.gate.asked("account", f"list {entity} {page}")
        return self.desk.serve(request, asked, lambda: answer(page_of(found, size=size, page=page)))


def things_of(things: Sequence[Thing], entity: str, *, kinds: Sequence[str] = ()) -> list[Thing]:
    """By name, as the platform sorts by default."""
    wanted = (thing for thing in things if thing.engine == ENGINE and thing.entity == entity)
    return sorted((thing for thing in wanted if not kinds or thing.kind in kinds), key=lambda thing: thing.name)


def page_of(rows: Sequence[Any], *, size: int, page: int) -> dict[str, Any]:
    pages = -(-len(rows) // size)
    shown = list(rows[page * size : (page + 1) * size])
    return {"data": shown, "totalPages": pages, "totalElements": len(rows), "hasNext": page + 1 < pages}


def _row(thing: Thing) -> dict[str, Any]:
    return {
        "id": {"entityType": thing.entity, "id": thing.device},
        "name": thing.name,
        "type": thing.kind,
        "label": None,
        "tenantId": entity_id("TENANT", "tenant"),
        "customerId": entity_id("CUSTOMER", "customer"),
    }
