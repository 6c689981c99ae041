"""thethings.iO v2: the thing's token is in the path, answers are bare arrays, newest first; providers.md §5."""

from functools import partial

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.chance import chance
from deploy.simulators.providers.desk import Asked, Desk, Words
from deploy.simulators.providers.thethings.arguments import BadArguments, read_instant, read_limit
from deploy.simulators.providers.thethings.stream import listen
from deploy.simulators.providers.thethings.write import read_values
from deploy.simulators.scenario import Thing
from deploy.simulators.times import FOREVER, iso_ms
from deploy.simulators.tracks import Track
from deploy.simulators.web import answer, route

ENGINE = "thethings"
SECOND_MS = 1000
KEEP_ALIVE_MS = 60_000


def thethings_rules(desk: Desk) -> list[Rule]:
    engine = TheThings(desk)
    return [
        route("GET", "/v2/things/<token>", engine.subscribe),
        route("POST", "/v2/things/<token>", engine.write),
        route("GET", "/v2/things/<token>/resources/<key>", engine.resource),
        route("GET", "/v2/utils/date", engine.date),
    ]


class TheThings:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.words = Words(
            rate_limited=lambda: _error(429, "Too many requests"),
            # Also said of limits, with the same code: nobody can tell the two apart.
            forbidden=lambda: _error(403, "Forbidden"),
            token_refused=lambda: _error(401, "Invalid session token"),
            failed=lambda: _error(500, "Internal error"),
        )

    def resource(self, request: Request, token: str, key: str) -> Response:
        thing = self._thing(token)
        if thing is None:
            return _no_thing()
        kind = "history" if "startDate" in request.args or "endDate" in request.args else "latest"
        reply = partial(self._items, request, thing, key)
        spoiled = {
            "not_modified": lambda: Response(status=304),
            "shuffled": lambda: reply(shuffled=True),
        }
        return self.desk.serve(request, self._asked(thing, f"{kind} {key}"), reply, spoiled)

    def write(self, request: Request, token: str) -> Response:
        thing = self._thing(token)
        if thing is None:
            return _no_thing()

        def reply() -> Response:
            now = self.desk.now_ms()
            try:
                points = read_values(request.get_json(silent=True), now=now)
            except BadArguments as error:
                return _error(400, str(error))
            self.desk.store.write(thing, points, now)
            return answer({"status": "created", "message": "created"}, 201)

        return self.desk.serve(request, self._asked(thing, "write"), reply)

    def subscribe(self, request: Request, token: str) -> Response:
        """A long poll that never ends by itself: the client hears of each reading as it comes."""
        thing = self._thing(token)
        if thing is None:
            return _no_thing()
        kept_out = self.desk.keep_out(request, self._asked(thing, "stream"))
        keep_alive = request.args.get("keepAlive", KEEP_ALIVE_MS, type=int)
        return kept_out or Response(listen(self.desk, thing, keep_alive / 1000), mimetype="application/json")

    def date(self, request: Request) -> Response:
        """The server's clock. The shape of the answer is invented; that the route exists is not."""
        thing = self._thing(request.args.get("thingToken", ""))
        if thing is None:
            return _error(401, "Invalid session token")
        now = self.desk.now_ms()
        told = now // SECOND_MS if request.args.get("format") == "unix_timestamp" else iso_ms(now)
        return self.desk.serve(request, self._asked(thing, "info date"), lambda: answer({"datetime": told}))

    def _thing(self, token: str) -> Thing | None:
        return self.desk.scenario.thing(ENGINE, token=token)

    def _asked(self, thing: Thing, what: str) -> Asked:
        # Limits are said to count for each thing's token.
        return Asked(ENGINE, thing.name, what, self.words, thing.name)

    def _items(self, request: Request, thing: Thing, key: str, *, shuffled: bool = False) -> Response:
        track = self.desk.tracks(thing).get(key)
        # A resource comes into being with its first value.
        if track is None or track.latest(self.desk.now_ms()) is None:
            return _error(404, "Resource not found")
        try:
            items = self._newest_first(request, track)
        except BadArguments as error:
            return _error(400, str(error))
        if shuffled:
            items.sort(key=lambda item: chance("shuffled", key, item["datetime"]))
        return answer(items)

    def _newest_first(self, request: Request, track: Track) -> list[dict[str, object]]:
        start = read_instant(request.args.get("startDate"), -FOREVER)
        # `endDate` is inclusive, and its compact form knows only seconds: the whole second belongs to it.
        end = read_instant(request.args.get("endDate"), FOREVER) // SECOND_MS * SECOND_MS + SECOND_MS
        points = track.between(start, end, self.desk.now_ms(), newest_first=True, limit=read_limit(request))
        return [{"value": value, "datetime": iso_ms(time)} for time, value in points]


def _no_thing() -> Response:
    return _error(404, "Thing not found")


def _error(status: int, message: str) -> Response:
    return answer({"status": "error", "code": status, "message": message}, status)
