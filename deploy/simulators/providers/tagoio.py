"""TagoIO: the token is the device, in any of three headers; providers.md §4."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.desk import Desk
from deploy.simulators.scenario import Thing
from deploy.simulators.series import Number, epoch_ms, iso_ms
from deploy.simulators.web import answer, route

ENGINE = "tagoio"
DEFAULT_QTY = 15
MOST_QTY = 10_000
VARIABLES = re.compile(r"variables?(\[\d*\])?")
# A series without locations: newest item and newest value are the same record.
NEWEST = {"last_item", "last_value"}
OLDEST = {"first_item", "first_value"}


class BadArguments(Exception):
    pass


def tagoio_rules(desk: Desk) -> list[Rule]:
    engine = TagoIO(desk)
    return [route("GET", "/data", engine.data), route("GET", "/info", engine.info)]


class TagoIO:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def info(self, request: Request) -> Response:
        thing = self._thing(request)
        if thing is None:
            return _denied()
        return answer({"status": True, "result": {"id": _digest(thing.name), "name": thing.name, "active": True}})

    def data(self, request: Request) -> Response:
        thing = self._thing(request)
        if thing is None:
            return _denied()
        return self.desk.serve(
            request,
            subject=thing.name,
            what=f"{request.args.get('query', 'history')} {','.join(_variables(request))}",
            reply=lambda: self._reply(request, thing),
            rate_limited=self._too_many,
        )

    def _thing(self, request: Request) -> Thing | None:
        names = ("Device-Token", "Authorization", "token")
        token = next((request.headers[name] for name in names if name in request.headers), "")
        return self.desk.scenario.thing(ENGINE, token=token)

    def _reply(self, request: Request, thing: Thing) -> Response:
        try:
            result = self._find(request, thing)
        except BadArguments as error:
            # Invented text: the real one is not known.
            return answer({"status": False, "message": str(error)}, 400)
        return answer({"status": True, "result": result})

    def _find(self, request: Request, thing: Thing) -> list[dict[str, object]]:
        query = request.args.get("query", "default")
        # The platform stores names in lower case and finds nothing under any other spelling.
        names = {key.lower(): key for key in thing.tracks}
        wanted = [names[name] for name in _variables(request) or names if name in names]
        rows = [row for key in wanted for row in self._rows(request, thing, key, query)]
        if query not in NEWEST | OLDEST:
            rows.sort(key=lambda row: str(row["time"]), reverse=request.args.get("ordination") != "ascending")
        return rows

    def _rows(self, request: Request, thing: Thing, key: str, query: str) -> list[dict[str, object]]:
        record = _record(thing, key)
        start = _instant(request.args.get("start_date"), 0)
        # The end is inclusive, to the millisecond.
        end = _instant(request.args.get("end_date"), self.desk.now_ms()) + 1
        points = thing.tracks[key].between(start, end, self.desk.now_ms())
        if query in NEWEST:
            return [record(*point) for point in points[-1:]]
        if query in OLDEST:
            return [record(*point) for point in points[:1]]
        if query != "default":
            raise BadArguments(f"query {query} is not simulated")
        if request.args.get("ordination") != "ascending":
            points.reverse()
        skip, quantity = _count(request, "skip", 0), min(_count(request, "qty", DEFAULT_QTY), MOST_QTY)
        return [record(*point) for point in points[skip : skip + quantity]]

    def _too_many(self) -> Response:
        """The wait is inside the message: the window begins again at the next full minute."""
        wait = 60 - self.desk.now().second
        return answer({"status": False, "message": f"Too many requests (Retry-After: {wait})"}, 429)


def _denied() -> Response:
    return answer({"status": False, "message": "Authorization Denied"}, 401)


def _variables(request: Request) -> list[str]:
    """`variable`, `variables`, `variable[]`, `variables[0]`: all are sent by clients in use."""
    return [value for name, value in request.args.items(multi=True) if VARIABLES.fullmatch(name)]


def _record(thing: Thing, key: str) -> Callable[[int, Number], dict[str, object]]:
    unit = thing.tracks[key].unit

    def record(time: int, value: Number) -> dict[str, object]:
        return {
            "id": _digest(f"{thing.name}|{key}|{time}"),
            "device": _digest(thing.name),
            "variable": key.lower(),
            "value": value,
            "unit": unit,
            "group": str(time),
            "time": iso_ms(time),
        }

    return record


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _instant(text: str | None, default: int) -> int:
    if not text:
        return default
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadArguments(f"{text} is not a date") from None
    return epoch_ms(at if at.tzinfo else at.replace(tzinfo=UTC))


def _count(request: Request, name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal():
        raise BadArguments(f"{name} is not a number")
    return int(text)
