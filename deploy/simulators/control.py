"""The `/_sim/` routes: what was received, what was accepted, and the fault switches. Not part of any wire format."""

from collections.abc import Callable, Sequence
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.faults import BadFault, Faults
from deploy.simulators.web import answer, route

MOST_ROWS = 1000


def control_rules(
    *,
    faults: Faults,
    stats: Callable[[], dict[str, Any]],
    log: Callable[[int], Sequence[dict[str, Any]]],
) -> list[Rule]:
    def read_faults(request: Request) -> Response:
        return answer(faults.as_json())

    def change_faults(request: Request) -> Response:
        try:
            faults.set(request.get_json())
        except BadFault as error:
            return answer({"detail": str(error)}, 400)
        return answer(faults.as_json())

    def read_stats(request: Request) -> Response:
        return answer(stats() | {"faults": dict(faults.happened)})

    def read_log(request: Request) -> Response:
        rows = min(request.args.get("limit", 100, type=int), MOST_ROWS)
        return answer({"results": log(rows)})

    return [
        route("GET", "/_sim/faults", read_faults),
        route("POST", "/_sim/faults", change_faults),
        route("GET", "/_sim/stats", read_stats),
        route("GET", "/_sim/log", read_log),
    ]
