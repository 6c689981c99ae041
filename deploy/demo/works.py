"""The three works of the demo: what an operator would enter for each, taken from the simulators' scenario."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.api import Api, ApiError
from deploy.demo.drive import AFTER_THE_HOUR
from deploy.simulators.scenario import Scenario, Thing
from deploy.simulators.truth import drawn_m3

START = datetime.fromisoformat("2024-03-25T13:00:00-04:00")
END = START + timedelta(days=60)
LATE_START = END - timedelta(days=15)
TRIES = 4

# Each engine: the preset that speaks it, how a source names its device, and which credentials its account has.
PRESETS = {"thingsboard": "tdata", "tagoio": "tago", "thethings": "thingsio"}
VARIABLES = {
    "thingsboard": {"5001": "flow", "5002": "level", "5003": "total"},
    "tagoio": {"caudal": "flow", "nivel": "level", "totalizado": "total"},
    "thethings": {"caudal": "flow", "nivel": "level", "pulsos": "pulses"},
}
# The replayed well gives the depth already (more while the pump runs); the others give the column above the sensor.
CONFIGS: dict[str, dict[str, Any]] = {
    "thingsboard": {
        "pulse_constants": {"total": {"pulses_per_liter": 0.001, "calibration_factor": 1}},
        "level_reading": "depth",
        "pipe_diameter": 0.15,
        "well_depth": 60,
    },
    "tagoio": {
        "pulse_constants": {"total": {"pulses_per_liter": 0.001, "calibration_factor": 1}},
        "level_reading": "column",
        "sensor_depth": 60,
        "well_depth": 80,
        "pipe_diameter": 0.1,
    },
    "thethings": {
        "pulse_constants": {
            "total": {"pulses_per_liter": 0.1, "calibration_factor": 1, "description": "10 L por pulso"}
        },
        "level_reading": "column",
        "meter_digits": 6,
        "sensor_depth": 60,
        "well_depth": 80,
        "pipe_diameter": 0.1,
    },
}
STARTS = {"thingsboard": START, "tagoio": LATE_START, "thethings": LATE_START}
NAMES = {
    "thingsboard": "Pozo real repetido (T.Data)",
    "tagoio": "Pozo sintético, medidor en m³ (TagoIO)",
    "thethings": "Pozo sintético, pulsos de 10 L (thethings.iO)",
}


@dataclass(frozen=True)
class DemoWork:
    """One work: its thing at the provider, its registration at DGA, and the days it is followed."""

    code: str
    thing: Thing
    data: Mapping[str, Any]
    informant: str
    password: str
    company: str
    user: tuple[str, str]

    @property
    def engine(self) -> str:
        return self.thing.engine

    @property
    def start(self) -> datetime:
        return STARTS[self.engine]

    def truth_m3(self) -> float:
        return drawn_m3(self.data, start=self.start, end=END)


def demo_works(scenario: Scenario) -> list[DemoWork]:
    """The scenario lists things and works in the same order."""
    rows = scenario.body["things"]
    return [
        DemoWork(
            code=work.code,
            thing=thing,
            data=row["data"],
            informant=work.informant,
            password=work.password,
            company=min(scenario.companies),
            user=next(iter(scenario.users.items()), ("", "")),
        )
        for row, thing, work in zip(rows, scenario.things, scenario.works.values(), strict=True)
    ]


def set_up(api: Api, work: DemoWork, *, providers_url: str, look: Callable[[], object]) -> None:
    """Enters a work as an operator would; what is there already is left. `look` lets the services see the new point."""
    point = find_point(api, work)
    if point is None:
        point = api.post("/api/core/points/", _point(work))
    look()
    source = _find(api, "/api/telemetry/sources/", "point", point["id"])
    if source is None:
        provider = _provider(api, work, providers_url)
        source = api.post("/api/telemetry/sources/", _source(work, provider["id"], point["id"]))
    if source["state"] == "draft":
        _activate(api, source["id"])
    if find_duty(api, work) is None:
        api.post("/api/compliance/configs/", _duty(work, point["id"]))


def _activate(api: Api, source_id: str) -> None:
    """A source goes live once a dry run has seen it working. The simulated clouds stumble, as real ones do."""
    for remaining in reversed(range(TRIES)):
        try:
            api.post(f"/api/telemetry/sources/{source_id}/activate/", {})
        except ApiError:
            if not remaining:
                raise
        else:
            return


def find_point(api: Api, work: DemoWork) -> dict[str, Any] | None:
    return _find(api, "/api/core/points/", "code", work.code)


def find_duty(api: Api, work: DemoWork) -> dict[str, Any] | None:
    return _find(api, "/api/compliance/configs/", "work_code", work.code)


def _find(api: Api, path: str, name: str, value: str) -> dict[str, Any] | None:
    return next((row for row in api.every(path) if row[name] == value), None)


def _point(work: DemoWork) -> dict[str, Any]:
    number = int(work.code.rsplit("-", 1)[1])
    return {
        "code": work.code,
        "name": NAMES[work.engine],
        "point_type": "WELL",
        "latitude": f"-34.{number:06d}",
        "longitude": f"-70.{number:06d}",
        "altitude": "480.0",
        "sampling_frequency": 60,
        "device_id": f"demo-{work.code}",
        "provider": PRESETS[work.engine],
        "config": CONFIGS[work.engine],
    }


def _provider(api: Api, work: DemoWork, providers_url: str) -> dict[str, Any]:
    name = f"demo {PRESETS[work.engine]}"
    body: dict[str, Any] = {
        "name": name,
        "preset": PRESETS[work.engine],
        "base_url": _base(work, providers_url),
        # Two months pass in a minute: what paces a real provider by the wall clock would only hold up the virtual one.
        # A failed poll comes again by its row, as it does anyway.
        "config": {"limits": {"rate": "500/s", "retries": 0}},
    }
    if work.engine == "thingsboard":
        body["credentials"] = {"username": work.user[0], "password": work.user[1]}
    return _find(api, "/api/telemetry/providers/", "name", name) or api.post("/api/telemetry/providers/", body)


def _base(work: DemoWork, providers_url: str) -> str:
    return f"{providers_url}/v2" if work.engine == "thethings" else providers_url


def _source(work: DemoWork, provider_id: str, point_id: str) -> dict[str, Any]:
    return {
        "provider": provider_id,
        "point": point_id,
        "params": _device(work.thing),
        "variables": [{"key": key, "variable": variable} for key, variable in VARIABLES[work.engine].items()],
        "period_s": 3600,
        "phase_s": AFTER_THE_HOUR.seconds,
        "history_from": work.start.isoformat(),
    }


def _device(thing: Thing) -> dict[str, str]:
    if thing.engine == "thingsboard":
        return {"device": thing.device, "entity": thing.entity}
    return {"token": thing.token} if thing.engine == "tagoio" else {"thing_token": thing.token}


def _duty(work: DemoWork, point_id: str) -> dict[str, Any]:
    return {
        "point": point_id,
        "source": "DGA",
        "work_code": work.code,
        "standard": "MAYOR",
        "informant_rut": work.informant,
        "company_rut": work.company,
        "password": work.password,
        "start_date": work.start.isoformat(),
    }
