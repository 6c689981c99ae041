"""Changes of a provider account, with what they mean for its sources."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from shared.errors import Conflict, FieldError, InvalidInput
from telemetry_service.providers.adapters import FailureClass
from telemetry_service.providers.models import POLLED, Provider
from telemetry_service.providers.operations import AccountChange, change_provider, check_account
from telemetry_service.providers.presets import override
from telemetry_service.providers.queries import get_provider
from telemetry_service.sources.models import REFUSED, Source, State
from telemetry_service.sources.operations import lay_down_again, resume
from telemetry_service.sources.plans import checked, plan_of
from telemetry_service.sources.trials import run_trial


class NotTaken(Conflict):
    """The provider does not take the new credentials: those that worked stay."""

    code, title = "credentials_refused", "El proveedor no acepta las credenciales"


def change_account(*, provider_id: UUID, change: AccountChange, untested: bool, actor: str, now: datetime) -> Provider:
    """The account changed, unless a source of it could not live with that.

    New credentials are tried with one of its sources first, and those that work stay until they have worked once:
    a refused account stops all of its sources. `untested` takes them on trust, for a provider that is away.
    """
    tested = change.credentials is not None and not untested and _try_out(provider_id, change, now)
    with transaction.atomic():
        provider = change_provider(provider_id=provider_id, change=change)
        if change.config is not None or change.credentials is not None:
            _carry_over(provider)
        if tested:
            _resume_refused(provider, actor, now)
    return provider


def _try_out(provider_id: UUID, change: AccountChange, now: datetime) -> bool:
    """True where a source was read with the new credentials; False where the account has none to try with."""
    provider = get_provider(provider_id)
    provider.config = override(provider.config, change.config or {})
    provider.credentials = dict(change.credentials or {})
    check_account(provider.type, provider.adapter, config=provider.config, credentials=provider.credentials)
    source = _speaker(provider)
    if source is None:
        return False
    failure = run_trial(checked(replace(plan_of(source), provider=provider)), now=now).evidence.tried.failure
    if failure is not None and failure.kind in {FailureClass.AUTH, FailureClass.TRANSIENT, FailureClass.RATE_LIMITED}:
        expected = "las que el proveedor acepte; con untested se cambian sin probar"
        error = FieldError("credentials", failure.message, "***", expected, code=failure.kind.value)
        raise NotTaken("Las credenciales anteriores siguen vigentes.", errors=[error])
    return True


def _speaker(provider: Provider) -> Source | None:
    """Of its sources that are read, or were until they were refused, the one that gave something last."""
    if provider.type not in POLLED:
        return None
    read = Q(state=State.ACTIVE) | Q(state=State.STOPPED, stop_reason__startswith=REFUSED)
    mine = Source.objects.select_related("provider").filter(read, provider_id=provider.id)
    return mine.order_by(F("newest_at").desc(nulls_last=True), "created_at").first()


def _carry_over(provider: Provider) -> None:
    """All its sources held against the account as it is now: what is wrong with any of them undoes the change."""
    wrong: list[FieldError] = []
    sources = list(Source.objects.select_for_update().filter(provider_id=provider.id).order_by("id"))
    for source in sources:
        source.provider = provider
        try:
            lay_down_again(source, checked(plan_of(source)))
        except InvalidInput as error:
            wrong += _of_source(source, error.errors)
    if wrong:
        raise InvalidInput("Hay fuentes de la cuenta que no van con el cambio.", errors=wrong)


def _of_source(source: Source, errors: Sequence[FieldError]) -> list[FieldError]:
    return [replace(one, field=f"sources[{source.id}].{one.field}") for one in errors]


def _resume_refused(provider: Provider, actor: str, now: datetime) -> None:
    """What stopped because the old credentials were refused has no reason to stay stopped."""
    refused = Source.objects.filter(provider_id=provider.id, state=State.STOPPED, stop_reason__startswith=REFUSED)
    for source in refused.select_related("provider"):
        resume(source, actor=actor, now=now)
