"""Who is registered at SMA: users, their unidades fiscalizables and procesos, and each dispositivo's parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

Process = tuple[str, str]  # unidad fiscalizable, proceso


@dataclass(frozen=True)
class User:
    usuario: str
    procesos: frozenset[Process]
    password: str = field(repr=False)


@dataclass(frozen=True)
class Registry:
    """`devices`: of each proceso, dispositivo to its parameters with their units. `lifetime` is a token's."""

    users: Mapping[str, User] = field(default_factory=dict)
    devices: Mapping[Process, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    lifetime: timedelta = timedelta(hours=24)


def read_registry(
    users: list[Mapping[str, Any]] | None = None,
    procesos: list[Mapping[str, Any]] | None = None,
    token_s: float = 86_400,
) -> Registry:
    """As a scenario writes it under `sma`. Raises TypeError, KeyError for what does not exist or is missing."""
    return Registry(
        users={row["usuario"]: _user(**row) for row in users or []},
        devices={(row["uf"], row["proceso"]): dict(row["dispositivos"]) for row in procesos or []},
        lifetime=timedelta(seconds=token_s),
    )


def _user(usuario: str, password: str, procesos: list[list[str]]) -> User:
    return User(usuario, frozenset((uf, proceso) for uf, proceso in procesos), password)
