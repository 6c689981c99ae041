"""What a source asks for, as a person said it, held against its account. Nothing is written, nobody is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.errors import FieldError, InvalidInput, invalid
from telemetry_service.points.queries import known_points
from telemetry_service.providers.adapters.extras import key_as_asked, min_period, origin_of
from telemetry_service.providers.models import Provider
from telemetry_service.providers.params import wrong_params
from telemetry_service.providers.queries import Spoken, find_provider, spoken
from telemetry_service.raw.mapping import Mapped
from telemetry_service.raw.queries import variables_of
from telemetry_service.sources.models import Source


@dataclass(frozen=True, slots=True)
class Plan:
    """`variables` maps the provider's keys to our codes; `overrides` says what a key needs instead of `params`."""

    provider: Provider
    point_id: UUID
    params: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str]
    overrides: Mapping[str, Mapping[str, str]] = field(repr=False)
    period_s: int
    cadence_s: int | None = None
    fallback_rank: int = 0
    history_from: datetime | None = None
    phase_s: int | None = None  # when in its period; None: its id decides

    @property
    def expected(self) -> timedelta:
        """Between two readings of the device."""
        return timedelta(seconds=self.cadence_s or self.period_s)

    def params_of(self, key: str) -> dict[str, str]:
        return {**self.params, **self.overrides.get(key, {})}

    def is_part_of(self, other: "Plan") -> bool:
        """Whether it asks the provider nothing that `other` does not."""
        return self.params == other.params and all(
            other.variables.get(key) == variable and self.overrides.get(key) == other.overrides.get(key)
            for key, variable in self.variables.items()
        )


def make_plan(
    *,
    provider_id: UUID,
    point_id: UUID,
    params: Mapping[str, str],
    variables: Mapping[str, str],
    period_s: int,
    history_from: datetime | None,
    variable_params: Mapping[str, Mapping[str, str]] | None = None,
    fallback_rank: int = 0,
    cadence_s: int | None = None,
    phase_s: int | None = None,
) -> Plan:
    """The plan, checked. InvalidInput names what is wrong."""
    provider = find_provider(provider_id)
    if provider is None:
        raise invalid("provider", "no existe", received=str(provider_id), expected="el id de una cuenta de proveedor")
    if point_id not in known_points([point_id]):
        raise invalid("point", "no existe", received=str(point_id), expected="el id de un punto que Core conoce")
    overrides = {key: dict(said) for key, said in (variable_params or {}).items() if said}
    plan = Plan(
        provider=provider,
        point_id=point_id,
        params=params,
        variables=variables,
        overrides=overrides,
        period_s=period_s,
        cadence_s=cadence_s,
        fallback_rank=fallback_rank,
        history_from=history_from,
        phase_s=phase_s,
    )
    return checked(plan)


def plan_of(source: Source) -> Plan:
    """What a saved source asks for."""
    return Plan(
        provider=source.provider,
        point_id=source.point_id,
        params={**source.params, **source.secret_params},
        variables=variables_of([source.id]).get(source.id, {}),
        overrides=source.variable_params,
        period_s=source.period_s,
        cadence_s=source.cadence_s,
        fallback_rank=source.fallback_rank,
        history_from=source.history_from,
        phase_s=source.phase_s,
    )


def checked(plan: Plan) -> Plan:
    """The plan with its keys as the provider writes them. InvalidInput names everything that is wrong."""
    said = spoken(plan.provider)
    errors = [*_wrong_params(plan, said), *_wrong_overrides(plan, said), *_wrong_period(plan, said)]
    if errors:
        raise InvalidInput("La fuente no es como su proveedor la necesita.", errors=errors)
    written = {key: key_as_asked(said.adapter, said.parsed, key) for key in plan.variables}
    twice = sorted({key for key in written.values() if list(written.values()).count(key) > 1})
    if twice:
        problem = f"para el proveedor son una misma clave: {', '.join(twice)}"
        raise invalid("variables", problem, expected="cada clave una sola vez")
    return replace(
        plan,
        variables={written[key]: variable for key, variable in plan.variables.items()},
        overrides={written[key]: said for key, said in plan.overrides.items()},
    )


def least_period(plan: Plan) -> timedelta:
    """The provider forbids to ask a device more often."""
    said = spoken(plan.provider)
    return min_period(said.adapter, said.parsed)


def mapped(plan: Plan, source_id: UUID) -> dict[str, Mapped]:
    """Each key with its variable, and with whose key it is."""
    said = spoken(plan.provider)
    # Who says nothing of his device is told apart by the source alone.
    account = str(plan.provider.id if said.params else source_id)
    credentials = plan.provider.credentials
    return {
        key: Mapped(
            variable,
            origin_of(said.adapter, said.parsed, account=account, credentials=credentials, params=plan.params_of(key)),
        )
        for key, variable in plan.variables.items()
    }


def _wrong_params(plan: Plan, said: Spoken) -> list[FieldError]:
    """What every key says for itself the source need not say."""
    by_all = [set(plan.overrides.get(key, {})) for key in plan.variables]
    for_itself = set.intersection(*by_all) if by_all else set()
    return [
        error
        for error in wrong_params(said.params, plan.params)
        if error.problem != "falta" or error.field.removeprefix("params.") not in for_itself
    ]


def _wrong_overrides(plan: Plan, said: Spoken) -> Iterator[FieldError]:
    for number, key in enumerate(plan.variables):
        own = plan.overrides.get(key, {})
        yield from wrong_params(said.params, own, field=f"variables.{number}.params", required=False)


def _wrong_period(plan: Plan, said: Spoken) -> Iterator[FieldError]:
    if plan.phase_s is not None and plan.phase_s >= plan.period_s:
        yield FieldError("phase_s", "no cabe en el período", plan.phase_s, f"menos de {plan.period_s}")
    least = min_period(said.adapter, said.parsed)
    if timedelta(seconds=plan.period_s) < least:
        expected = f"{least.total_seconds():.0f} o más"
        yield FieldError("period_s", "el proveedor prohíbe preguntar más seguido", plan.period_s, expected)
