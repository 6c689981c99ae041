"""A dry run of what a source asks for. Nothing of it is stored, and no transaction is open while it speaks."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from shared.errors import InvalidInput
from telemetry_service.points.queries import config_at
from telemetry_service.providers.adapters import Account, Ask, Failure, FailureClass, Poll, Tried
from telemetry_service.providers.adapters.trial import try_out
from telemetry_service.providers.models import POLLED, Provider
from telemetry_service.providers.queries import Spoken, spoken
from telemetry_service.providers.turns import Gate
from telemetry_service.sources.findings import Evidence, Finding, Severity, find
from telemetry_service.sources.findings.evidence import m3_per_count
from telemetry_service.sources.plans import Plan, least_period

logger = logging.getLogger(__name__)
# nginx gives up after a minute.
LONGEST_S = 45.0
PLACES = 4
# So many readings show how a device behaves; a device of a minute needs less of the past for them than one of an hour.
READINGS = 100
SHORTEST, LONGEST = timedelta(hours=2), timedelta(days=2)
AHEAD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Trial:
    plan: Plan
    at: datetime
    evidence: Evidence
    findings: Sequence[Finding]

    @property
    def faults(self) -> list[Finding]:
        """What keeps the source from going live."""
        return [one for one in self.findings if one.severity is Severity.BLOCKING]


def run_trial(plan: Plan, *, now: datetime) -> Trial:
    """Asks the provider once, as the source would. Whatever goes wrong there is a finding, never an error."""
    said = spoken(plan.provider)
    is_asked = plan.provider.type in POLLED
    tried = Tried()
    if is_asked:
        tried = _told_to_wait(plan.provider, now) or asyncio.run(_ask(plan, said, now))
    config = config_at(plan.point_id, now)
    evidence = Evidence(
        now=now,
        variables=plan.variables,
        tried=tried,
        period=timedelta(seconds=plan.period_s),
        cadence=plan.expected,
        min_period=least_period(plan),
        is_asked=is_asked,
        m3_per_count=m3_per_count(config.config if config else {}),
    )
    return Trial(plan, now, evidence, find(evidence))


def _told_to_wait(provider: Provider, now: datetime) -> Tried | None:
    """A provider that said how long to wait is not asked before, by nobody. After failures it is only we who wait."""
    until = provider.postponed_until
    if until is None or until <= now or provider.failures:
        return None
    return _failed(FailureClass.RATE_LIMITED, f"el proveedor pidió esperar hasta las {until:%H:%M:%S} UTC")


async def _ask(plan: Plan, said: Spoken, now: datetime) -> Tried:
    since = now - min(max(READINGS * plan.expected, SHORTEST), LONGEST)
    starts = dict.fromkeys(plan.variables, since)
    ask = Ask(plan.params, starts, now + AHEAD, now, plan.overrides)
    provider = plan.provider
    account = Account(
        provider.id, said.parsed, provider.credentials, frozenset(settings.OUTBOUND_ALLOW), Gate(PLACES), asyncio.sleep
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            return await try_out(said.adapter, account, ask)
    except TimeoutError:
        return _failed(FailureClass.TRANSIENT, f"la prueba no termina en {LONGEST_S:.0f} s")
    except InvalidInput as error:
        return _failed(FailureClass.CONFIG, str(error))
    except Exception as error:
        # A stranger's adapter may raise anything; a person waits for an answer.
        logger.exception("dry run broke", extra={"provider": str(provider.id)})
        return _failed(FailureClass.PARSE, f"error interno al leer ({type(error).__name__})")


def _failed(kind: FailureClass, message: str) -> Tried:
    return Tried(latest=Poll(failure=Failure(kind, message)))
