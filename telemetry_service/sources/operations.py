"""Writes of sources."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from shared.errors import Conflict, FieldError, InvalidInput, NotFound, invalid
from telemetry_service.points.queries import known_points
from telemetry_service.providers.engine.row import Row
from telemetry_service.providers.models import POLLED, Provider
from telemetry_service.providers.operations import renew_sessions
from telemetry_service.providers.queries import find_provider, row_of
from telemetry_service.raw.operations import map_series
from telemetry_service.raw.precedence import Rank
from telemetry_service.sources.models import Source, State


def create_source(
    *,
    provider_id: UUID,
    point_id: UUID,
    params: Mapping[str, str],
    variables: Mapping[str, str],
    period_s: int,
    history_from: datetime | None,
    actor: str,
    now: datetime,
    variable_params: Mapping[str, Mapping[str, str]] | None = None,
    fallback_rank: int = 0,
    cadence_s: int | None = None,
    phase_s: int | None = None,
) -> Source:
    """A source that is due at once, if it is one that is asked. `variables` maps the provider's keys to our codes."""
    provider = find_provider(provider_id)
    if provider is None:
        raise invalid("provider", "no existe", received=str(provider_id), expected="el id de una cuenta de proveedor")
    if point_id not in known_points([point_id]):
        raise invalid("point", "no existe", received=str(point_id), expected="el id de un punto que Core conoce")
    row = row_of(provider)
    _check_params(row, params)
    secret: Any = {name: value for name, value in params.items() if name in row.secret_params}
    of_variables: Any = {key: dict(said) for key, said in (variable_params or {}).items()}
    try:
        with transaction.atomic():
            source = Source.objects.create(
                provider=provider,
                point_id=point_id,
                params={name: value for name, value in params.items() if name not in row.secret_params},
                secret_params=secret,
                variable_params=of_variables,
                fallback_rank=fallback_rank,
                period_s=period_s,
                cadence_s=cadence_s,
                phase_s=phase_s,
                history_from=history_from,
                next_poll_at=now if provider.type in POLLED else None,
                created_at=now,
                created_by=actor,
            )
            map_series(
                source_id=source.id,
                origin=origin_of(provider, params),
                point_id=point_id,
                variables=variables,
                rank=Rank.FIRST + fallback_rank,
                holds_s=source.expected_s,
            )
    except IntegrityError as error:
        raise _taken(error) from error
    return source


def resume_source(*, source_id: UUID, now: datetime) -> Source:
    """A stopped source is due at once: whoever asks has looked at why it stopped.

    Credentials that were refused are tried once more, which takes a new session of the account.
    """
    stopped = Source.objects.filter(id=source_id, state=State.STOPPED)
    resumed = stopped.update(state=State.ACTIVE, stop_reason="", failures=0, next_poll_at=now, leased_until=None)
    source = Source.objects.filter(id=source_id).first()
    if source is None:
        raise NotFound("No existe esa fuente.")
    if not resumed:
        raise Conflict("La fuente no está detenida.")
    renew_sessions(provider_id=source.provider_id)
    return source


def origin_of(provider: Provider, params: Mapping[str, str]) -> str:
    """The same for the same device of the same account. A digest: a parameter may be a secret."""
    said = json.dumps([str(provider.id), sorted(params.items())])
    return hashlib.sha256(said.encode()).hexdigest()


def _check_params(row: Row, params: Mapping[str, str]) -> None:
    known = {param.name: param for param in row.params}
    expected = ", ".join(f"{one.name}{'' if one.required else ' (opcional)'}" for one in row.params) or "ninguno"
    missing = [
        FieldError(f"params.{one.name}", "falta", None, expected)
        for one in row.params
        if one.required and one.name not in params
    ]
    unknown = [
        FieldError(f"params.{name}", "el proveedor no lo usa", "***", expected) for name in params if name not in known
    ]
    if missing or unknown:
        raise InvalidInput("Los parámetros no son los que el proveedor usa.", errors=[*missing, *unknown])


def _taken(error: IntegrityError) -> Conflict:
    diagnosis = getattr(error.__cause__, "diag", None)
    field, problem = TAKEN.get(getattr(diagnosis, "constraint_name", None) or "", ("(body)", "contradice a lo que hay"))
    return Conflict("La fuente choca con lo que ya existe.", errors=[FieldError(field, problem)])


TAKEN = {
    "series_key_once_per_origin": ("variables", "otra fuente ya lee esa clave de ese mismo dispositivo"),
    "series_variable_once_per_source": ("variables", "dos claves dicen ser la misma variable"),
}
