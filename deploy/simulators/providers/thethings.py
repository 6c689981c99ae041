"""thethings.iO v2: the thing's token is in the path, answers are bare arrays, newest first; providers.md §5."""

from datetime import UTC, datetime

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.desk import Desk
from deploy.simulators.scenario import Thing
from deploy.simulators.series import Track, epoch_ms, iso_ms
from deploy.simulators.web import answer, route

ENGINE = "thethings"
# Neither default nor ceiling of `limit` is documented; 100 is what the official client asks for.
DEFAULT_LIMIT = 100
MOST_LIMIT = 100
SECOND_MS = 1000
COMPACT = "%Y%m%d%H%M%S"


class BadArguments(Exception):
    pass


def thethings_rules(desk: Desk) -> list[Rule]:
    engine = TheThings(desk)
    return [route("GET", "/v2/things/<token>/resources/<key>", engine.resource)]


class TheThings:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def resource(self, request: Request, token: str, key: str) -> Response:
        thing = self.desk.scenario.thing(ENGINE, token=token)
        if thing is None:
            return _error(404, "Thing not found")
        kind = "history" if "startDate" in request.args or "endDate" in request.args else "latest"
        return self.desk.serve(
            request,
            subject=thing.name,
            what=f"{kind} {key}",
            reply=lambda: self._reply(request, thing, key),
            rate_limited=lambda: _error(429, "Too many requests"),
        )

    def _reply(self, request: Request, thing: Thing, key: str) -> Response:
        track = thing.tracks.get(key)
        # A resource comes into being with its first value.
        if track is None or track.latest(self.desk.now_ms()) is None:
            return _error(404, "Resource not found")
        try:
            return answer(self._items(request, track))
        except BadArguments as error:
            return _error(400, str(error))

    def _items(self, request: Request, track: Track) -> list[dict[str, object]]:
        now = self.desk.now_ms()
        start = _instant(request.args.get("startDate"), 0)
        # `endDate` is inclusive, and its compact form knows only seconds: the whole second belongs to it.
        end = _instant(request.args.get("endDate"), now) // SECOND_MS * SECOND_MS + SECOND_MS
        points = track.between(start, end, now)
        points.reverse()
        return [{"value": value, "datetime": iso_ms(time)} for time, value in points[: _limit(request)]]


def _limit(request: Request) -> int:
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    if not text.isdecimal():
        raise BadArguments("Invalid limit")
    return min(int(text), MOST_LIMIT)


def _instant(text: str | None, default: int) -> int:
    """`YYYYMMDDHHmmss` or ISO with milliseconds, both UTC."""
    if not text:
        return default
    try:
        if text.isdecimal():
            return epoch_ms(datetime.strptime(text, COMPACT).replace(tzinfo=UTC))
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadArguments("Invalid date") from None
    return epoch_ms(at if at.tzinfo else at.replace(tzinfo=UTC))


def _error(status: int, message: str) -> Response:
    return answer({"status": "error", "code": status, "message": message}, status)
