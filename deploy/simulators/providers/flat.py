"""The six drafts of the specification: one GET a device, one flat object; providers.md §6."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.desk import Asked, Desk, Words
from deploy.simulators.scenario import Scenario, Thing
from deploy.simulators.times import iso_ms
from deploy.simulators.web import answer, route

ROLES = ("flow", "total", "level", "pulses")
SPANISH = ("caudal", "acumulado", "nivel", "pulsos")
LONG = ("flow_rate", "total_volume", "water_level", "pulse_count")


@dataclass(frozen=True, slots=True)
class Draft:
    """`is_known` reads the credential. Without `device_field` the answer is a list of records, as TagoIO's."""

    engine: str
    base: str
    path: str
    is_known: Callable[[Request, Thing, Scenario], bool]
    fields: tuple[str, ...]
    time_field: str
    device_field: str = ""


def _header(name: str, prefix: str = "") -> Callable[[Request, Thing, Scenario], bool]:
    return lambda request, thing, _: bool(thing.token) and request.headers.get(name) == f"{prefix}{thing.token}"


def _basic(request: Request, thing: Thing, scenario: Scenario) -> bool:
    given = request.authorization
    if given is None or given.type != "basic":
        return False
    return scenario.users.get(given.username or "") == given.password and given.password is not None


def _device_id(request: Request, thing: Thing, _: Scenario) -> bool:
    return bool(thing.device) and request.headers.get("Device-ID") == thing.device


DRAFTS = (
    Draft(
        "twin-draft",
        "/flat/twin",
        "/device/<device>/data",
        _header("Authorization", "Bearer "),
        ROLES,
        "timestamp",
        "device_id",
    ),
    Draft(
        "nettra-draft",
        "/flat/nettra",
        "/api/v1/device/<device>",
        _basic,
        SPANISH,
        "fecha_medicion",
        "id_dispositivo",
    ),
    Draft(
        "novus-draft",
        "/flat/novus",
        "/devices/<device>/telemetry",
        _header("Authorization", "Token "),
        LONG,
        "measurement_time",
        "device_identifier",
    ),
    Draft("tago-draft", "/flat/tago", "/data", _header("Device-Token"), ROLES, "time"),
    Draft(
        "tdata-draft",
        "/flat/tdata",
        "/telemetry/<device>",
        _header("X-API-Key"),
        ("caudal_actual", "volumen_total", "nivel_agua", "contador_pulsos"),
        "fecha_medicion",
        "id_equipo",
    ),
    Draft(
        "thingsio-draft",
        "/flat/thingsio",
        "/devices/<device>/data",
        _device_id,
        LONG,
        "measurement_timestamp",
        "device_identifier",
    ),
)


def flat_rules(desk: Desk) -> list[Rule]:
    return [route("GET", draft.base + draft.path, partial(Flat(desk).read, draft)) for draft in DRAFTS]


class Flat:
    """The drafts say nothing of errors: what is refused is told in the plainest words."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.words = Words(
            rate_limited=lambda: _error(429, "Too many requests"),
            forbidden=lambda: _error(403, "Forbidden"),
            token_refused=lambda: _error(401, "Unauthorized"),
            failed=lambda: _error(500, "Internal error"),
        )

    def read(self, draft: Draft, request: Request, device: str = "") -> Response:
        things = [thing for thing in self.desk.scenario.things if thing.engine == draft.engine]
        # A device may only be named by who may read it; without a name in the path the credential finds it.
        known = [thing for thing in things if draft.is_known(request, thing, self.desk.scenario)]
        if not known:
            return _error(401, "Unauthorized")
        thing = next((thing for thing in known if not device or thing.device == device), None)
        if thing is None:
            return _error(404, "Not found")
        asked = Asked(draft.engine, thing.name, "latest", self.words, thing.profile)
        return self.desk.serve(request, asked, lambda: answer(self._body(draft, thing)))

    def _body(self, draft: Draft, thing: Thing) -> Mapping[str, object]:
        """Keys of the thing are the roles. What it never measured is null: nothing is invented."""
        tracks, now = self.desk.tracks(thing), self.desk.now_ms()
        points = {role: track.latest(now) for role in ROLES if (track := tracks.get(role))}
        found = {role: point for role, point in points.items() if point}
        if not draft.device_field:
            return {"status": True, "result": [_record(role, *point) for role, point in found.items()]}
        values = {
            name: found[role][1] if role in found else None for role, name in zip(ROLES, draft.fields, strict=True)
        }
        newest = max((time for time, _ in found.values()), default=None)
        time = None if newest is None else iso_ms(newest)
        return {draft.device_field: thing.device, draft.time_field: time} | values


def _record(variable: str, time: int, value: object) -> Mapping[str, object]:
    return {"variable": variable, "value": value, "time": iso_ms(time)}


def _error(status: int, message: str) -> Response:
    return answer({"error": message}, status)
