"""The simulated clouds as the conformance suite uses them: one device of every engine, and how each preset reads it.

A new preset is one line in CONTRACTS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import httpx

from deploy.simulators.scenario import Scenario, Thing, make_scenario
from telemetry_service.providers.engine.results import Poll
from telemetry_service.providers.presets import override, preset
from tests.telemetry_service.providers.conftest import Open, Opened

NOW = datetime(2024, 6, 10, 14, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USER = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
BIG = 3_000_000_000  # a totaliser that no 32 bits hold


@dataclass(frozen=True, slots=True)
class Contract:
    """The simulator's engine, where below its address it answers, and what the keys are called there."""

    engine: str
    keys: Mapping[str, str]  # the provider's key -> the device's own
    params: Mapping[str, str]  # the row's parameter -> the device's attribute
    folder: str = ""
    credentials: tuple[str, ...] = ()
    most_rows: int = 100_000  # that the provider gives a page

    @property
    def has_history(self) -> bool:
        return not self.engine.endswith("-draft")


def _same(*keys: str) -> dict[str, str]:
    return {key: key for key in keys}


def _roles(flow: str, total: str, level: str) -> dict[str, str]:
    return {flow: "flow", total: "total", level: "level"}


THINGSBOARD = {"keys": _same("5001", "5002", "5003"), "params": {"device": "device", "entity": "entity"}}
TAGO = {"keys": _same("caudal", "nivel", "totalizado"), "params": {"token": "token"}, "most_rows": 10_000}
THINGS = {"keys": _same("caudal", "nivel", "pulsos"), "params": {"thing_token": "token"}, "most_rows": 100}
DEVICE = {"device": "device"}
LOGIN = ("username", "password")
CONTRACTS: Mapping[str, Contract] = {
    "tdata": Contract("thingsboard", **THINGSBOARD, credentials=LOGIN),
    "twin": Contract("thingsboard", **THINGSBOARD, folder="/tdata/v1", credentials=LOGIN),
    "nettra": Contract("thingsboard", **THINGSBOARD, credentials=LOGIN),
    "nettra-thethings": Contract("thethings", **THINGS, folder="/v2"),
    "tago": Contract("tagoio", **TAGO),
    "novus": Contract("tagoio", **TAGO),
    "thingsio": Contract("thethings", **THINGS, folder="/v2"),
    "keller": Contract("keller", _same("2", "5", "7"), DEVICE, credentials=("access_token",)),
    "twin-draft": Contract(
        "twin-draft", _roles("flow", "total", "level"), DEVICE, folder="/flat/twin", credentials=("api_key",)
    ),
    "nettra-draft": Contract(
        "nettra-draft", _roles("caudal", "acumulado", "nivel"), DEVICE, folder="/flat/nettra", credentials=LOGIN
    ),
    "novus-draft": Contract(
        "novus-draft",
        _roles("flow_rate", "total_volume", "water_level"),
        DEVICE,
        folder="/flat/novus",
        credentials=("token",),
    ),
    "tago-draft": Contract(
        "tago-draft", _roles("flow", "total", "level"), {"token": "token"}, folder="/flat/tago"
    ),
    "tdata-draft": Contract(
        "tdata-draft",
        _roles("caudal_actual", "volumen_total", "nivel_agua"),
        DEVICE,
        folder="/flat/tdata",
        credentials=("api_key",),
    ),
    "thingsio-draft": Contract(
        "thingsio-draft", _roles("flow_rate", "total_volume", "water_level"), DEVICE, folder="/flat/thingsio"
    ),
}  # fmt: skip
COLUMNS = {"flow": "flow", "level": "level", "total": "total"}
DEVICE_KEYS = {
    "thingsboard": {"5001": "flow", "5002": "level", "5003": "total"},
    "tagoio": {"caudal": "flow", "nivel": "level", "totalizado": "total"},
    "thethings": {"caudal": "flow", "nivel": "level", "pulsos": "total"},
    "keller": {"2": "level", "5": "flow", "7": "total"},
}


@lru_cache
def conformance_scenario(**quirks: Any) -> Scenario:
    """An hourly device of every engine, from March to October of 2024: both nights in which Chile's clocks change."""
    engines = dict.fromkeys(contract.engine for contract in CONTRACTS.values())
    return make_scenario(
        {"seed": 7, "users": [USER], "things": [_thing(engine, n, quirks) for n, engine in enumerate(engines)]}
    )


def _thing(engine: str, n: int, quirks: Mapping[str, Any]) -> dict[str, Any]:
    keys = DEVICE_KEYS.get(engine, COLUMNS)
    return {
        "name": engine,
        "engine": engine,
        "device": str(2100 + n),
        "token": f"token-{n:03}-secreto-de-{engine}",
        "every_s": 3600,
        "data": {"synthetic": "minutes", "seed": n, "start": "2024-03-01T00:00:00Z", "minutes": 320_000},
        "keys": {
            key: {"column": column, "add": str(BIG) if column == "total" else "0"} for key, column in keys.items()
        },
        "quirks": dict(quirks),
    }


@dataclass
class Clouds:
    """All clouds at one address, on a clock that the test moves."""

    scenario: Scenario
    open: Open
    url: str = ""
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def thing(self, name: str) -> Thing:
        return next(one for one in self.scenario.things if one.engine == CONTRACTS[name].engine)

    def config(self, name: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        base = {"base_url": self.url + CONTRACTS[name].folder, "limits": {"rate": "1000/s", "retries": 0}}
        return override(override(preset(name), base), changes or {})

    def credentials(self, name: str) -> dict[str, str]:
        """The user's, or the token that stands for it."""
        return {one: USER.get(one, self.thing(name).token) for one in CONTRACTS[name].credentials}

    def params(self, name: str) -> dict[str, str]:
        return {param: getattr(self.thing(name), attribute) for param, attribute in CONTRACTS[name].params.items()}

    def secrets(self, name: str) -> set[str]:
        """Whatever of the account or the device nobody may see written down."""
        shown = {"username", "entity", "device"} if name != "thingsio-draft" else {"username"}
        said = {**self.credentials(name), **self.params(name)}
        return {value for key, value in said.items() if key not in shown}

    def session(self, name: str, changes: Mapping[str, Any] | None = None, **more: Any) -> Opened:
        return self.open(name, self.config(name, changes), credentials=self.credentials(name), **more)

    def latest(self, name: str, session: Opened | None = None) -> Poll:
        return (session or self.session(name)).latest(self.params(name), list(CONTRACTS[name].keys), self.at)

    def history(self, name: str, session: Opened, start: datetime, end: datetime | None = None) -> Poll:
        starts = dict.fromkeys(CONTRACTS[name].keys, start)
        return session.history(self.params(name), starts, end=end or self.at, now=self.at)

    def truth(self, name: str, start: datetime, end: datetime | None = None) -> set[tuple[str, int, str]]:
        """What the device has by now in the span, as (key, epoch ms, value)."""
        first, last, now = (int(at.timestamp() * 1000) for at in (start, end or self.at, self.at))
        return {
            (key, at, str(value))
            for key, own in CONTRACTS[name].keys.items()
            for at, value in self.thing(name).tracks[own].between(first, last, now)
        }

    def newest(self, name: str) -> set[tuple[str, int, str]]:
        now = int(self.at.timestamp() * 1000)
        found = {key: self.thing(name).tracks[own].latest(now) for key, own in CONTRACTS[name].keys.items()}
        return {(key, point[0], str(point[1])) for key, point in found.items() if point}

    def break_(self, **faults: Any) -> None:
        httpx.post(f"{self.url}/_sim/faults", json=faults, trust_env=False).raise_for_status()

    def spoil(self, name: str, fault: str) -> None:
        """Everything that is asked about the device goes wrong so; logging in does not."""
        self.break_(**{fault: {"rate": 1.0, "only": [self.thing(name).name]}})

    def log(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = httpx.get(f"{self.url}/_sim/log", trust_env=False).json()["results"]
        return rows


def found(poll: Poll) -> set[tuple[str, int, str]]:
    return {(one.key, int(one.device_time.timestamp() * 1000), one.value) for one in poll.readings}
