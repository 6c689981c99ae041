"""Telemetry of one entity: latest, ranges, and the names of its keys; providers.md §2.4 and §2.5."""

from collections.abc import Callable
from functools import partial

from werkzeug.exceptions import abort
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.chance import chance
from deploy.simulators.providers.thingsboard.gate import Gate
from deploy.simulators.scenario import Thing
from deploy.simulators.tracks import EMPTY, Value
from deploy.simulators.web import answer, route

DEFAULT_LIMIT = 100
Row = dict[str, object]
Rows = dict[str, list[Row]]
BASES = ("/tdata/v1/telemetry", "/api/plugins/telemetry")


def value_rules(gate: Gate) -> list[Rule]:
    values = Values(gate)
    rules = [route("GET", f"{base}/<entity>/<device>/values/timeseries", values.values) for base in BASES]
    return [*rules, *(route("GET", f"{base}/<entity>/<device>/keys/timeseries", values.keys) for base in BASES)]


class Values:
    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.desk = gate.desk

    def keys(self, request: Request, entity: str, device: str) -> Response:
        self.gate.enter(request)
        thing, now = self.gate.find(entity, device), self.desk.now_ms()
        found = [key for key, track in self.desk.tracks(thing).items() if track.latest(now)]
        return self.desk.serve(request, self.gate.asked(thing.name, "info keys"), lambda: answer(found))

    def values(self, request: Request, entity: str, device: str) -> Response:
        self.gate.enter(request)
        thing = self.gate.find(entity, device)
        keys = [key for part in request.args.getlist("keys") for key in part.split(",") if key]
        strict = request.args.get("useStrictDataTypes") == "true"
        if "startTs" in request.args or "endTs" in request.args:
            return self._range(request, thing, keys, strict=strict)
        return self._latest(request, thing, keys, strict=strict)

    def _latest(self, request: Request, thing: Thing, keys: list[str], *, strict: bool) -> Response:
        asked = self.gate.asked(thing.name, f"latest {','.join(keys)}")
        reply = partial(self._newest, thing, keys)
        spoiled: dict[str, Callable[[], Response]] = {
            # The sentinel of a key without value, for all that were asked: a dead sensor that looks fresh.
            "null_now": lambda: answer({key: [self._nothing()] for key in keys}),
            "other_types": lambda: answer(reply(strict=not strict)),
        }
        return self.desk.serve(request, asked, lambda: answer(reply(strict=strict)), spoiled)

    def _newest(self, thing: Thing, keys: list[str], *, strict: bool) -> Rows:
        now = self.desk.now_ms()
        seen = {key: track.latest(now) for key, track in self.desk.tracks(thing).items()}
        wanted = keys or [key for key, point in seen.items() if point]
        return {key: [row(*point, strict=strict) if (point := seen.get(key)) else self._nothing()] for key in wanted}

    def _range(self, request: Request, thing: Thing, keys: list[str], *, strict: bool) -> Response:
        """`asc` is not a parameter of ThingsBoard: it is ignored, and the newest come first."""
        start, end = self._integer(request, "startTs"), self._integer(request, "endTs")
        limit = self._integer(request, "limit", DEFAULT_LIMIT)
        if request.args.get("agg", "NONE") != "NONE":
            abort(self.gate.error(400, 31, "only agg=NONE is simulated"))
        descending = request.args.get("orderBy", "DESC") != "ASC"
        read = partial(self._between, thing, keys, start, end, limit)
        spoiled: dict[str, Callable[[], Response]] = {
            "ignores_order": lambda: answer(read(newest_first=True, strict=strict)),
            "other_types": lambda: answer(read(newest_first=descending, strict=not strict)),
            "shuffled": lambda: answer(_shuffled(read(newest_first=descending, strict=strict))),
        }
        asked = self.gate.asked(thing.name, f"history {','.join(keys)}")
        reply = partial(read, newest_first=descending, strict=strict)
        return self.desk.serve(request, asked, lambda: answer(reply()), spoiled)

    def _between(
        self, thing: Thing, keys: list[str], start: int, end: int, limit: int, *, newest_first: bool, strict: bool
    ) -> Rows:
        """A key without a point in the range is absent. `limit` counts for each key."""
        tracks, now = self.desk.tracks(thing), self.desk.now_ms()
        found = {
            key: tracks.get(key, EMPTY).between(start, end, now, newest_first=newest_first, limit=limit) for key in keys
        }
        return {key: [row(*point, strict=strict) for point in points] for key, points in found.items() if points}

    def _nothing(self) -> Row:
        """ThingsBoard's sentinel for a key that has no value: null, with the server's own time."""
        return {"ts": self.desk.now_ms(), "value": None}

    def _integer(self, request: Request, name: str, default: int | None = None) -> int:
        text = request.args.get(name)
        if text is None and default is not None:
            return default
        try:
            return int(text or "")
        except ValueError:
            message = f"Required request parameter '{name}' is missing or not a number"
            abort(self.gate.error(400, 31, message))


def row(time: int, value: Value, *, strict: bool) -> Row:
    return {"ts": time, "value": value if strict else text_of(value)}


def text_of(value: Value) -> str:
    """As the platform writes a value when it is not asked for its type."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _shuffled(rows: Rows) -> Rows:
    return {key: sorted(found, key=lambda row: chance("shuffled", key, row["ts"])) for key, found in rows.items()}
