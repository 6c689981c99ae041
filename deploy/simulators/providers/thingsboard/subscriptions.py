"""What a WebSocket command watches, its first answer, and a frame for each reading that came since."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.simulators.providers.desk import Desk
from deploy.simulators.providers.thingsboard.entities import page_of, things_of
from deploy.simulators.providers.thingsboard.gate import ENGINE
from deploy.simulators.providers.thingsboard.values import text_of
from deploy.simulators.scenario import Thing
from deploy.simulators.tracks import EMPTY, Value

Frame = dict[str, Any]
Arrival = tuple[int, Thing, str, int, Value]
# An entity query answers with this for a key that has no value.
NOTHING = {"ts": 0, "value": ""}
DEFAULT_PAGE = 100


class BadCommand(Exception):
    pass


@dataclass
class Subscription(ABC):
    """`keys` are those of TIME_SERIES; `told_ms` is up to when the client knows what came."""

    desk: Desk
    number: int
    things: Sequence[Thing]
    keys: Sequence[str]
    told_ms: int = field(init=False)

    def __post_init__(self) -> None:
        self.told_ms = self.desk.now_ms()

    @abstractmethod
    def opening(self) -> Frame: ...

    @abstractmethod
    def frame(self, thing: Thing, key: str, time: int, value: Value) -> Frame: ...

    def news(self) -> Iterator[Frame]:
        """In the order in which the provider got them."""
        start, self.told_ms = self.told_ms + 1, self.desk.now_ms()
        if start > self.told_ms:
            return
        for _, thing, key, time, value in sorted(self._arrivals(start), key=lambda arrival: arrival[0]):
            yield self.frame(thing, key, time, value)

    def _arrivals(self, start: int) -> Iterator[Arrival]:
        for thing in self.things:
            tracks = self.desk.tracks(thing)
            for key in self.keys:
                for seen, time, value in tracks.get(key, EMPTY).arrivals(start, self.told_ms + 1):
                    yield seen, thing, key, time, value


@dataclass
class EntityData(Subscription):
    """The newer form: a query over many entities, by pages."""

    page: Mapping[str, Any]
    fields: Sequence[str]

    def opening(self) -> Frame:
        return self._whole([self._row(thing) for thing in self.things])

    def frame(self, thing: Thing, key: str, time: int, value: Value) -> Frame:
        latest = {"TIME_SERIES": {key: {"ts": time, "value": text_of(value)}}}
        update = [{"entityId": _id(thing), "latest": latest}]
        return {"cmdId": self.number, "errorCode": 0, "errorMsg": None, "data": None, "update": update}

    def _whole(self, rows: Sequence[Frame]) -> Frame:
        size, page = self.page.get("pageSize") or DEFAULT_PAGE, self.page.get("page") or 0
        data = page_of(rows, size=size, page=page)
        return {"cmdId": self.number, "errorCode": 0, "errorMsg": None, "data": data, "update": None}

    def _row(self, thing: Thing) -> Frame:
        values = {"name": thing.name, "type": thing.kind}
        fields = {name: {"ts": 0, "value": values.get(name, "")} for name in self.fields}
        tracks, now = self.desk.tracks(thing), self.desk.now_ms()
        points = {key: tracks.get(key, EMPTY).latest(now) for key in self.keys}
        series = {key: {"ts": p[0], "value": text_of(p[1])} if p else NOTHING for key, p in points.items()}
        return {
            "entityId": _id(thing),
            "latest": {"ENTITY_FIELD": fields} | ({"TIME_SERIES": series} if series else {}),
        }


@dataclass
class TimeSeries(Subscription):
    """The older form, one entity: arrays of time and text."""

    def opening(self) -> Frame:
        tracks, now = self.desk.tracks(self.things[0]), self.desk.now_ms()
        points = {key: tracks.get(key, EMPTY).latest(now) for key in self.keys}
        return self._frame({key: point for key, point in points.items() if point})

    def frame(self, thing: Thing, key: str, time: int, value: Value) -> Frame:
        return self._frame({key: (time, value)})

    def _frame(self, points: Mapping[str, tuple[int, Value]]) -> Frame:
        return {
            "subscriptionId": self.number,
            "errorCode": 0,
            "errorMsg": None,
            "data": {key: [[time, text_of(value)]] for key, (time, value) in points.items()},
            "latestValues": {key: time for key, (time, _) in points.items()},
        }


def subscribe(desk: Desk, command: Mapping[str, Any]) -> Subscription:
    """Raises BadCommand for what is not simulated or cannot be read."""
    makers = {"ENTITY_DATA": _entity_data, "TIMESERIES": _time_series}
    maker = makers.get(str(command.get("type")))
    if maker is None:
        raise BadCommand(f"Cmd type {command.get('type')} is not simulated")
    try:
        return maker(desk, command)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadCommand(f"Bad command: {error!r}") from error


def _entity_data(desk: Desk, command: Mapping[str, Any]) -> EntityData:
    query = command["query"]
    latest = [*query.get("latestValues", []), *(command.get("latestCmd") or {}).get("keys", [])]
    return EntityData(
        desk=desk,
        number=command["cmdId"],
        things=_filtered(desk, query["entityFilter"], query["pageLink"]),
        keys=list(dict.fromkeys(key["key"] for key in latest if key["type"] == "TIME_SERIES")),
        page=query["pageLink"],
        fields=[field["key"] for field in query.get("entityFields", [])],
    )


def _time_series(desk: Desk, command: Mapping[str, Any]) -> TimeSeries:
    thing = desk.scenario.thing(ENGINE, device=command["entityId"])
    if thing is None or thing.entity != command["entityType"]:
        raise BadCommand("Requested item wasn't found!")
    keys = [key for key in str(command.get("keys") or "").split(",") if key]
    return TimeSeries(desk=desk, number=command["cmdId"], things=[thing], keys=keys or list(desk.tracks(thing)))


def _filtered(desk: Desk, wanted: Mapping[str, Any], page: Mapping[str, Any]) -> list[Thing]:
    kind = wanted["type"]
    if kind in ("assetType", "deviceType"):
        name = kind.removesuffix("Type")
        kinds = wanted.get(f"{name}Types") or [wanted[kind]]
        found = things_of(desk.scenario.things, name.upper(), kinds=kinds)
        found = [thing for thing in found if thing.name.startswith(wanted.get(f"{name}NameFilter") or "")]
    elif kind == "entityList":
        found = [t for t in things_of(desk.scenario.things, wanted["entityType"]) if t.device in wanted["entityList"]]
    elif kind == "singleEntity":
        one = wanted["singleEntity"]
        found = [t for t in things_of(desk.scenario.things, one["entityType"]) if t.device == one["id"]]
    else:
        raise BadCommand(f"Entity filter {kind} is not simulated")
    text = (page.get("textSearch") or "").lower()
    found = [thing for thing in found if text in thing.name.lower()]
    return found[::-1] if (page.get("sortOrder") or {}).get("direction") == "DESC" else found


def _id(thing: Thing) -> dict[str, str]:
    return {"entityType": thing.entity, "id": thing.device}
