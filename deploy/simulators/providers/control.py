"""The providers' own `/_sim/` routes: budgets of requests, and what a provider holds by now."""

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.desk import Desk
from deploy.simulators.times import FOREVER, epoch_ms, read_ms
from deploy.simulators.web import answer, route


def provider_rules(desk: Desk) -> list[Rule]:
    def read_budgets(request: Request) -> Response:
        return answer(desk.budgets.per_minute)

    def change_budgets(request: Request) -> Response:
        body = request.get_json()
        if not all(limit is None or isinstance(limit, int) for limit in body.values()):
            return answer({"detail": "a budget is a number of requests a minute, or null"}, 400)
        desk.budgets.set(body)
        return answer(desk.budgets.per_minute)

    def read_readings(request: Request) -> Response:
        """`thing`, and if wanted `start`, `end` (ISO, half open): device times and values by key, oldest first."""
        thing = next((one for one in desk.scenario.things if one.name == request.args.get("thing")), None)
        if thing is None:
            return answer({"detail": "no such thing"}, 404)
        try:
            start, end = (read_ms(request.args[name]) if name in request.args else None for name in ("start", "end"))
        except ValueError as error:
            return answer({"detail": str(error)}, 400)
        span = (-FOREVER if start is None else start, FOREVER if end is None else end, epoch_ms(desk.now()))
        return answer({key: track.between(*span) for key, track in desk.tracks(thing).items()})

    return [
        route("GET", "/_sim/budgets", read_budgets),
        route("POST", "/_sim/budgets", change_budgets),
        route("GET", "/_sim/readings", read_readings),
    ]
