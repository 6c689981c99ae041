"""KELLER PressureSuite Cloud: the values of one channel of one device in a span; docs.pressuresuite.com, API."""

from collections.abc import Mapping
from datetime import UTC, datetime

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.desk import Asked, Desk, Words
from deploy.simulators.scenario import Thing
from deploy.simulators.times import FOREVER, epoch_ms, from_epoch_ms
from deploy.simulators.web import answer, route

ENGINE = "keller"
UNIT_BAR, UNIT_CELSIUS = 101, 201
PRESSURES = frozenset({"1", "2", "3", "7"})


def keller_rules(desk: Desk) -> list[Rule]:
    return [route("GET", "/v1/Measurements", Keller(desk).measurements)]


class Keller:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.words = Words(
            rate_limited=lambda: _error(429),
            forbidden=lambda: _error(403),
            token_refused=lambda: _error(401),
            failed=lambda: _error(500),
        )

    def measurements(self, request: Request) -> Response:
        token = request.headers.get("userOid", "")
        things = [one for one in self.desk.scenario.things if one.engine == ENGINE and token and one.token == token]
        if not things:
            return _error(401)
        device, channel = request.args.get("deviceId", ""), request.args.get("measurementDefinitionId", "")
        thing = next((one for one in things if one.device == device), None)
        if thing is None or channel not in thing.tracks:
            return _error(500)  # the real service says so of a parameter that is wrong
        # One request for the latest and the past alike: only how long its span is tells them apart.
        asked = Asked(ENGINE, thing.name, f"history {channel}", self.words, thing.profile)
        return self.desk.serve(request, asked, lambda: self._reply(request, thing, channel))

    def _reply(self, request: Request, thing: Thing, channel: str) -> Response:
        try:
            start, end = (_instant(request.args.get(name)) for name in ("start", "end"))
        except ValueError:
            return _error(500)
        # Younger than the start and older than the end: neither belongs to it.
        span = (-FOREVER if start is None else start + 1, FOREVER if end is None else end)
        points = self.desk.tracks(thing)[channel].between(*span, self.desk.now_ms())
        return answer(
            {
                "measurementDefinitionId": int(channel),
                "deviceId": int(thing.device),
                "values": [_point(time, value) for time, value in points],
                "unitId": UNIT_BAR if channel in PRESSURES else UNIT_CELSIUS,
            }
        )


def _point(time: int, value: object) -> Mapping[str, object]:
    """UTC that does not say so."""
    at = from_epoch_ms(time).replace(tzinfo=None)
    return {"time": at.isoformat(), "value": value}


def _instant(text: str | None) -> int | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return epoch_ms(at if at.tzinfo else at.replace(tzinfo=UTC))


def _error(status: int) -> Response:
    """The documentation shows no body."""
    return Response(b"", status)
