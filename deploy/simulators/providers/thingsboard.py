"""ThingsBoard: T.Data's gateway (`/tdata/v1/...`) and direct (`/api/...`) paths, providers.md §2."""

from collections.abc import Callable, Mapping

from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.desk import Desk
from deploy.simulators.providers.sessions import Expired, NotOurs, Sessions
from deploy.simulators.scenario import Thing
from deploy.simulators.series import Number, Track
from deploy.simulators.web import answer, route

ENGINE = "thingsboard"
DEFAULT_LIMIT = 100
Point = dict[str, object]
Reply = Callable[[], Response]


class BadArguments(Exception):
    pass


def thingsboard_rules(desk: Desk) -> list[Rule]:
    engine = ThingsBoard(desk)
    rules = [
        route("POST", "/tdata/v1/login", engine.log_in),
        route("POST", "/api/auth/login", engine.log_in),
        route("POST", "/tdata/v1/token", engine.refresh),
        route("POST", "/api/auth/token", engine.refresh),
    ]
    for base in ("/tdata/v1/telemetry", "/api/plugins/telemetry"):
        rules += [
            route("GET", f"{base}/<entity>/<device>/values/timeseries", engine.values),
            route("GET", f"{base}/<entity>/<device>/keys/timeseries", engine.keys),
        ]
    return rules


class ThingsBoard:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sessions = Sessions(f"thingsboard:{desk.scenario.seed}")

    def log_in(self, request: Request) -> Response:
        body = request.get_json(silent=True) or {}
        name = str(body.get("username", ""))

        def reply() -> Response:
            if not name or self.desk.scenario.users.get(name) != body.get("password"):
                return self._error(401, 10, "Invalid username or password")
            return answer(self.sessions.open(name, self.desk.now()))

        return self._serve(request, "login", "login", reply)

    def refresh(self, request: Request) -> Response:
        def reply() -> Response:
            try:
                token = str((request.get_json(silent=True) or {}).get("refreshToken", ""))
                name = self.sessions.check(token, self.desk.now(), scope="REFRESH_TOKEN")
            except Expired:
                return self._error(401, 11, "Token has expired")
            except NotOurs:
                return self._error(401, 10, "Authentication failed")
            return answer(self.sessions.open(name, self.desk.now()))

        return self._serve(request, "login", "refresh", reply)

    def keys(self, request: Request, entity: str, device: str) -> Response:
        found = self._admit(request, entity, device)
        if isinstance(found, Response):
            return found
        now = self.desk.now_ms()
        return answer([key for key, track in found.tracks.items() if track.latest(now)])

    def values(self, request: Request, entity: str, device: str) -> Response:
        found = self._admit(request, entity, device)
        if isinstance(found, Response):
            return found
        keys = [key for part in request.args.getlist("keys") for key in part.split(",") if key]
        strict = request.args.get("useStrictDataTypes") == "true"
        is_range = "startTs" in request.args or "endTs" in request.args

        def reply() -> Response:
            if not is_range:
                return answer(self._latest(found, keys, strict=strict))
            try:
                return answer(self._history(found, keys, request.args, strict=strict))
            except BadArguments as error:
                return self._error(400, 31, str(error))

        what = f"{'history' if is_range else 'latest'} {','.join(keys)}"
        # The sentinel of a key without value, for all that were asked: a dead sensor that looks fresh.
        spoiled = {} if is_range else {"null_now": lambda: answer({key: [self._nothing()] for key in keys})}
        return self._serve(request, found.name, what, reply, spoiled)

    def _serve(
        self, request: Request, subject: str, what: str, reply: Reply, spoiled: Mapping[str, Reply] | None = None
    ) -> Response:
        return self.desk.serve(
            request,
            subject=subject,
            what=what,
            reply=reply,
            spoiled=spoiled,
            rate_limited=lambda: self._error(429, 33, "Too many requests"),
        )

    def _admit(self, request: Request, entity: str, device: str) -> Thing | Response:
        header = request.headers.get("X-Authorization") or request.headers.get("Authorization") or ""
        try:
            self.sessions.check(header.removeprefix("Bearer "), self.desk.now(), scope="TENANT_ADMIN")
        except Expired:
            return self._error(401, 11, "Token has expired")
        except NotOurs:
            return self._error(401, 10, "Authentication failed")
        found = self.desk.scenario.thing(ENGINE, device=device)
        if found is None or found.entity != entity:
            return self._error(404, 32, "Requested item wasn't found!")
        return found

    def _latest(self, thing: Thing, keys: list[str], *, strict: bool) -> dict[str, list[Point]]:
        now = self.desk.now_ms()
        seen = {key: track.latest(now) for key, track in thing.tracks.items()}
        wanted = keys or [key for key, point in seen.items() if point]
        return {key: [_point(*point, strict) if (point := seen.get(key)) else self._nothing()] for key in wanted}

    def _history(
        self, thing: Thing, keys: list[str], arguments: "MultiDict[str, str]", *, strict: bool
    ) -> dict[str, list[Point]]:
        """`asc` is not a parameter of ThingsBoard: it is ignored, and the newest come first."""
        start, end = _integer(arguments, "startTs"), _integer(arguments, "endTs")
        limit = _integer(arguments, "limit", DEFAULT_LIMIT)
        if arguments.get("agg", "NONE") != "NONE":
            raise BadArguments("only agg=NONE is simulated")
        rows: dict[str, list[Point]] = {}
        for key in keys:
            points = self._between(thing.tracks.get(key), start, end)
            if arguments.get("orderBy", "DESC") != "ASC":
                points.reverse()
            if points:
                rows[key] = [_point(*point, strict) for point in points[:limit]]
        return rows

    def _between(self, track: Track | None, start: int, end: int) -> list[tuple[int, Number]]:
        return track.between(start, end, self.desk.now_ms()) if track else []

    def _nothing(self) -> Point:
        """ThingsBoard's sentinel for a key that has no value: null, with the server's own time."""
        return {"ts": self.desk.now_ms(), "value": None}

    def _error(self, status: int, code: int, message: str) -> Response:
        body = {"status": status, "message": message, "errorCode": code, "timestamp": self.desk.now_ms()}
        return answer(body, status)


def _point(time: int, value: Number, strict: bool) -> Point:
    return {"ts": time, "value": value if strict else str(value)}


def _integer(arguments: "MultiDict[str, str]", name: str, default: int | None = None) -> int:
    text = arguments.get(name)
    if text is None and default is not None:
        return default
    try:
        return int(text or "")
    except ValueError:
        raise BadArguments(f"Required request parameter '{name}' is missing or not a number") from None
