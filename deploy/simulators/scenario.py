"""A scenario says which devices and works exist, with which (synthetic) credentials, and what goes wrong how often."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.simulators.series import Track, load_rows, make_track

SCENARIOS = Path(__file__).parent / "scenarios"


class BadScenario(Exception):
    """The file does not describe a scenario; the message names the entry."""


@dataclass(frozen=True)
class Thing:
    """A device of a provider. `token` is its credential where the engine uses one."""

    name: str
    engine: str
    device: str
    token: str
    entity: str
    tracks: Mapping[str, Track]


@dataclass(frozen=True)
class Work:
    """A registered work at DGA and who may report for it."""

    code: str
    resource: str
    informant: str
    password: str = field(repr=False)
    level_may_be_empty: bool = False


@dataclass(frozen=True)
class Scenario:
    seed: int
    users: Mapping[str, str]
    things: tuple[Thing, ...]
    companies: frozenset[str]
    works: Mapping[str, Work]
    strict: bool
    faults: Mapping[str, Mapping[str, Any]]
    body: Mapping[str, Any]

    def thing(self, engine: str, *, token: str = "", device: str = "") -> Thing | None:
        wanted = (t for t in self.things if t.engine == engine)
        return next((t for t in wanted if (token and t.token == token) or (device and t.device == device)), None)


def read_scenario(path: Path | str, *, seed: int | None = None) -> Scenario:
    """Read a file, or a packaged scenario by its bare name."""
    named = SCENARIOS / f"{path}.json"
    return make_scenario(json.loads((named if named.exists() else Path(path)).read_text()), seed=seed)


def make_scenario(body: Mapping[str, Any], *, seed: int | None = None) -> Scenario:
    try:
        works = [Work(**row) for row in body.get("works", [])]
        return Scenario(
            seed=body.get("seed", 0) if seed is None else seed,
            users={row["username"]: row["password"] for row in body.get("users", [])},
            things=tuple(_thing(row) for row in body.get("things", [])),
            companies=frozenset(body.get("companies", [])),
            works={work.code: work for work in works},
            strict=body.get("strict", True),
            faults=body.get("faults", {}),
            body=body,
        )
    except (KeyError, TypeError, FileNotFoundError) as error:
        raise BadScenario(f"the scenario is wrong: {error!r}") from error


def _thing(row: Mapping[str, Any]) -> Thing:
    rows = load_rows(row["data"])
    every_s = row.get("every_s", 0)
    return Thing(
        name=row["name"],
        engine=row["engine"],
        device=row.get("device", ""),
        token=row.get("token", ""),
        entity=row.get("entity", "DEVICE"),
        tracks={
            key: make_track(
                rows, spec["column"], scale=spec.get("scale", "1"), unit=spec.get("unit", ""), every_s=every_s
            )
            for key, spec in row["keys"].items()
        },
    )
