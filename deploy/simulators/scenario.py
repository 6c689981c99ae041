"""A scenario says which devices and works exist, with which (synthetic) credentials, and what goes wrong how often."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from deploy.simulators.quirks import apply, read_quirks
from deploy.simulators.series import load_tracks, read_key
from deploy.simulators.sma.registry import Registry, read_registry
from deploy.simulators.tracks import Track

SCENARIOS = Path(__file__).parent / "scenarios"


class BadScenario(Exception):
    """The file does not describe a scenario; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Locations:
    """Records that hold a place and no value, `after_s` after each reading whose time `every_s` divides (TagoIO)."""

    every_s: int
    after_s: int = 1
    lat: float = -34.17
    lng: float = -70.74


@dataclass(frozen=True)
class Thing:
    """A device of a provider. `token` is its credential where the engine uses one.

    `kind` is ThingsBoard's type of a device or asset, `profile` the vendor's account whose budget of requests it uses,
    and `mqtt` how it publishes.
    """

    name: str
    engine: str
    device: str
    token: str
    entity: str
    tracks: Mapping[str, Track]
    kind: str = "default"
    profile: str = "default"
    locations: Locations | None = None
    mqtt: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """A registered work at DGA and who may report for it."""

    code: str
    resource: str
    informant: str
    password: str = field(repr=False)
    level_may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Of ThingsBoard's tokens; the defaults are what was seen (2.5 h and 7 days)."""

    access: timedelta = timedelta(seconds=9000)
    refresh: timedelta = timedelta(days=7)


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
    expired_users: frozenset[str] = frozenset()
    api_keys: frozenset[str] = frozenset()
    lifetimes: Lifetimes = Lifetimes()
    budgets: Mapping[str, int] = field(default_factory=dict)
    sma: Registry = field(default_factory=Registry)

    def thing(self, engine: str, *, token: str = "", device: str = "") -> Thing | None:
        wanted = (t for t in self.things if t.engine == engine)
        return next((t for t in wanted if (token and t.token == token) or (device and t.device == device)), None)


def read_scenario(path: Path | str, *, seed: int | None = None) -> Scenario:
    """Read a file, or a packaged scenario by its bare name."""
    named = SCENARIOS / f"{path}.json"
    return make_scenario(json.loads((named if named.exists() else Path(path)).read_text()), seed=seed)


def make_scenario(body: Mapping[str, Any], *, seed: int | None = None) -> Scenario:
    seed = body.get("seed", 0) if seed is None else seed
    try:
        works = [Work(**row) for row in body.get("works", [])]
        return Scenario(
            seed=seed,
            users={row["username"]: row["password"] for row in body.get("users", [])},
            things=tuple(_thing(row, seed) for row in body.get("things", [])),
            companies=frozenset(body.get("companies", [])),
            works={work.code: work for work in works},
            strict=body.get("strict", True),
            faults=body.get("faults", {}),
            body=body,
            expired_users=frozenset(row["username"] for row in body.get("users", []) if row.get("expired")),
            api_keys=frozenset(body.get("api_keys", [])),
            lifetimes=_lifetimes(**body.get("tokens", {})),
            budgets=body.get("budgets", {}),
            sma=read_registry(**body.get("sma", {})),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, FileNotFoundError) as error:
        raise BadScenario(f"the scenario is wrong: {error!r}") from error


def _thing(row: Mapping[str, Any], seed: int) -> Thing:
    keys = {key: read_key(**spec) for key, spec in row["keys"].items()}
    quirks = read_quirks(name=row["name"], seed=seed, **row.get("quirks", {}))
    return Thing(
        name=row["name"],
        engine=row["engine"],
        device=row.get("device", ""),
        token=row.get("token", ""),
        entity=row.get("entity", "DEVICE"),
        tracks=apply(quirks, load_tracks(row["data"], keys, every_s=row.get("every_s", 0))),
        kind=row.get("kind", "default"),
        profile=row.get("profile", "default"),
        locations=Locations(**row["locations"]) if "locations" in row else None,
        mqtt=row.get("mqtt", {}),
    )


def _lifetimes(*, access_s: float = 9000, refresh_s: float = 7 * 86_400) -> Lifetimes:
    return Lifetimes(timedelta(seconds=access_s), timedelta(seconds=refresh_s))
