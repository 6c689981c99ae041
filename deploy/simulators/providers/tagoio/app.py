"""TagoIO: the token is the device, in any of three headers; providers.md §4."""

from datetime import datetime
from functools import partial

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.budget import wait_s
from deploy.simulators.providers.desk import Asked, Desk, Reply, Words
from deploy.simulators.providers.tagoio.query import BadArguments, Query, find, read_query
from deploy.simulators.providers.tagoio.records import device_id
from deploy.simulators.providers.tagoio.write import read_records
from deploy.simulators.scenario import Thing
from deploy.simulators.times import iso_ms
from deploy.simulators.web import answer, route

ENGINE = "tagoio"
TOKEN_HEADERS = ("Device-Token", "Authorization", "token")
# The platform's own count of calls to this route is apart, and far smaller.
AGGREGATE = "tagoio-aggregate"


def tagoio_rules(desk: Desk) -> list[Rule]:
    engine = TagoIO(desk)
    return [
        route("GET", "/data", engine.read),
        route("POST", "/data", engine.write),
        route("GET", "/info", engine.info),
    ]


class TagoIO:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.words = Words(
            # The wait is inside the message: the window begins again at the next full minute.
            rate_limited=lambda: _refused(429, f"Too many requests (Retry-After: {wait_s(desk.now())})"),
            forbidden=lambda: _refused(403, "Authorization Denied"),
            token_refused=lambda: _refused(401, "Authorization Denied"),
            failed=lambda: _refused(500, "Internal Server Error"),
        )

    def read(self, request: Request) -> Response:
        thing = self._thing(request)
        if thing is None:
            return _denied()
        what = f"{request.args.get('query', 'history')} {','.join(read_query(request.args).variables)}"
        engine = AGGREGATE if request.args.get("query") == "aggregate" else ENGINE
        spoiled: dict[str, Reply] = {
            # Invented text; that a failure can come with a 200 was seen.
            "status_false": lambda: _refused(200, "Resource temporarily unavailable"),
            "shuffled": partial(self._found, request, thing, shuffled=True),
        }
        return self.desk.serve(request, self._asked(thing, what, engine), partial(self._found, request, thing), spoiled)

    def write(self, request: Request) -> Response:
        thing = self._thing(request)
        if thing is None:
            return _denied()

        def reply() -> Response:
            now = self.desk.now_ms()
            try:
                points, count = read_records(request.get_json(silent=True), now=now)
            except BadArguments as error:
                return _refused(400, str(error))
            # Under the name that it has already, whatever its spelling.
            names = {key.lower(): key for key in self.desk.tracks(thing)}
            self.desk.store.write(thing, {names.get(name, name): rows for name, rows in points.items()}, now)
            return answer({"status": True, "result": f"{count} Data Added"}, 202)

        return self.desk.serve(request, self._asked(thing, "write"), reply)

    def info(self, request: Request) -> Response:
        thing = self._thing(request)
        if thing is None:
            return _denied()
        now = self.desk.now_ms()
        newest = [point[0] for track in self.desk.tracks(thing).values() if (point := track.latest(now))]
        result = {
            "id": device_id(thing),
            "name": thing.name,
            "active": True,
            "visible": True,
            "tags": [],
            "last_input": iso_ms(max(newest)) if newest else None,
        }
        return self.desk.serve(request, self._asked(thing, "info"), lambda: answer({"status": True, "result": result}))

    def _thing(self, request: Request) -> Thing | None:
        token = next((request.headers[name] for name in TOKEN_HEADERS if name in request.headers), "")
        return self.desk.scenario.thing(ENGINE, token=token)

    def _asked(self, thing: Thing, what: str, engine: str = ENGINE) -> Asked:
        return Asked(engine, thing.name, what, self.words, thing.profile)

    def _found(self, request: Request, thing: Thing, *, shuffled: bool = False) -> Response:
        try:
            result = self._result(read_query(request.args), thing, self.desk.now())
        except BadArguments as error:
            # Invented text: the real one is not known.
            return _refused(400, str(error))
        if shuffled and isinstance(result, list):
            result = sorted(result, key=lambda row: str(row.get("id")))
        return answer({"status": True, "result": result})

    def _result(self, query: Query, thing: Thing, now: datetime) -> object:
        return find(query, thing, self.desk.tracks(thing), now)


def _refused(status: int, message: str) -> Response:
    return answer({"status": False, "message": message}, status)


def _denied() -> Response:
    return _refused(401, "Authorization Denied")
