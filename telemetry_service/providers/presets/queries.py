"""What each preset is and needs, for whoever chooses one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.errors import NotFound
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.row import Row
from telemetry_service.providers.presets import override, preset, preset_names

# A draft has no address of its own. It is parsed with one that can never be anybody's (RFC 2606).
NOBODY = "https://servidor.invalid"


@dataclass(frozen=True, slots=True)
class Mode:
    """One of the ways to show who one is: `auth.mode` chooses it. "" where there is but one."""

    name: str
    credentials: Sequence[str]


@dataclass(frozen=True, slots=True)
class Described:
    name: str
    config: dict[str, Any]
    row: Row
    modes: Sequence[Mode]


def described() -> list[Described]:
    return [describe(name) for name in preset_names()]


def describe(name: str) -> Described:
    if name not in preset_names():
        raise NotFound(f"No existe el preset «{name}».")
    config = preset(name)
    names = list(config["auth"].get("modes", ())) or [""]
    return Described(name, config, _row(config), [Mode(mode, _credentials(config, mode)) for mode in names])


def _credentials(config: dict[str, Any], mode: str) -> list[str]:
    return sorted(_row(override(config, {"auth": {"mode": mode}}) if mode else config).credentials)


def _row(config: dict[str, Any]) -> Row:
    return parse_row({"base_url": NOBODY, **config})
