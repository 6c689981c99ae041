from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.errors import InvalidInput, NotFound, StackError, invalid
from telemetry_service.providers.adapters import Adapter, NoAdapter, Param, adapter_for
from telemetry_service.providers.adapters.registry import installed_names
from telemetry_service.providers.models import Provider, ProviderType


@dataclass(frozen=True, slots=True)
class Spoken:
    """An account's adapter, and the account's configuration as that adapter reads it."""

    adapter: Adapter
    parsed: Any

    @property
    def params(self) -> Sequence[Param]:
        return self.adapter.params(self.parsed)


@dataclass(frozen=True, slots=True)
class TypeState:
    """`problem` is empty where accounts of the type can be made; `adapters` are the choices of CUSTOM."""

    type: ProviderType
    problem: str
    adapters: Sequence[str] = ()


def find_provider(provider_id: UUID) -> Provider | None:
    return Provider.objects.filter(id=provider_id).first()


def get_provider(provider_id: UUID) -> Provider:
    provider = find_provider(provider_id)
    if provider is None:
        raise NotFound("No existe esa cuenta de proveedor.")
    return provider


def providers_page(*, after: str, limit: int) -> list[Provider]:
    """Accounts by name, those after `after`."""
    return list(Provider.objects.filter(name__gt=after).order_by("name")[:limit])


def spoken(provider: Provider) -> Spoken:
    """InvalidInput where its adapter is gone, or reads its configuration no more."""
    return speak(provider.type, provider.adapter, provider.config)


def speak(type_: str, adapter: str, config: Mapping[str, Any]) -> Spoken:
    found = adapter_for(type_, adapter)
    try:
        return Spoken(found, found.parse(config))
    except StackError:
        raise
    except Exception as error:
        # A stranger's adapter may raise anything; it must not take the list of all accounts with it.
        problem = f"el adaptador falló al leerla ({type(error).__name__})"
        raise invalid("config", problem, expected="lo que el adaptador documenta") from error


def problem_of(provider: Provider) -> str:
    """Why nobody can speak with it; empty where somebody can."""
    try:
        spoken(provider)
    except InvalidInput as error:
        return str(error)
    return ""


def type_states() -> list[TypeState]:
    return [_state(one) for one in ProviderType]


def _state(type_: ProviderType) -> TypeState:
    if type_ is ProviderType.CUSTOM:
        names = [name for name in installed_names() if name not in ProviderType.values]
        return TypeState(type_, "" if names else "No hay ningún adaptador a medida instalado.", names)
    try:
        adapter_for(type_)
    except NoAdapter as error:
        return TypeState(type_, error.detail)
    return TypeState(type_, "")
