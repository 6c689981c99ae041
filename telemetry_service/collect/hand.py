"""What a process has in hand: accounts that it alone asks, and of each the sources that are claimed and not stored."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from telemetry_service.collect.asking import Job
from telemetry_service.collect.breaker import Circuit
from telemetry_service.collect.claims import Waiting, claim_due, free_orphans, waiting_accounts
from telemetry_service.collect.locks import AccountLocks
from telemetry_service.collect.sessions import Lane, Wave
from telemetry_service.gaps.windows import next_windows
from telemetry_service.providers.models import Provider
from telemetry_service.raw.queries import variables_of
from telemetry_service.sources.models import Source

MOST_ACCOUNTS = 1000
# So many times an account's concurrency is claimed: the next are at hand when the first are done.
AT_HAND = 4
OpenLane = Callable[[Provider], Lane]


@dataclass(slots=True)
class AccountInHand:
    provider: Provider
    lane: Lane
    sources: dict[UUID, Source] = field(default_factory=dict)


class Hand:
    def __init__(self, open_lane: OpenLane) -> None:
        self._open_lane = open_lane
        self._locks = AccountLocks()
        self._accounts: dict[UUID, AccountInHand] = {}
        self._searches: Counter[UUID] = Counter()  # windows of each account in this round

    def __len__(self) -> int:
        return sum(len(account.sources) for account in self._accounts.values())

    def claim(self, now: datetime) -> list[Job]:
        """Takes what is due of each account, as far as the account has room. A slow one fills its own room only."""
        waiting = self._take(waiting_accounts(now=now)[:MOST_ACCOUNTS])
        places = {one.provider_id: room for one in waiting if (room := self._room(one, now)) > 0}
        claimed = claim_due(now=now, places=places)
        if not claimed:
            return []
        keys = variables_of(source.id for source in claimed)
        jobs = [self._job(source, keys.get(source.id, {})) for source in claimed]
        windows = next_windows(claimed, now=now, asked=self._searches)
        return [replace(job, windows=tuple(windows.get(job.source.id, ()))) for job in jobs] if windows else jobs

    def settle(self, source: Source) -> None:
        self._accounts[source.provider_id].sources.pop(source.id, None)

    def hold_back(self, provider_id: UUID) -> None:
        """What was claimed of the account and not asked yet is not to be asked now."""
        self._accounts[provider_id].lane.wave.halted = True

    def leave_idle(self) -> None:
        """A round is over: lets other processes have the accounts of which nothing is in hand."""
        self._searches.clear()
        idle = [provider_id for provider_id, account in self._accounts.items() if not account.sources]
        self._locks.leave(idle)
        for provider_id in idle:
            del self._accounts[provider_id]

    def close(self) -> None:
        self._locks.close()

    def _take(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Those of the accounts that are this process's to ask."""
        taken = self._locks.take([one.provider_id for one in waiting])
        if taken:
            in_hand = [source_id for account in self._accounts.values() for source_id in account.sources]
            free_orphans(accounts=taken, in_hand=in_hand)
        mine = [one for one in waiting if one.provider_id in self._locks.held]
        self._open([one.provider_id for one in mine if self._is_new(one)])
        return [one for one in mine if one.provider_id in self._accounts]

    def _is_new(self, one: Waiting) -> bool:
        known = self._accounts.get(one.provider_id)
        return known is None or known.lane.version != one.version

    def _open(self, provider_ids: Sequence[UUID]) -> None:
        if not provider_ids:
            return
        for provider in Provider.objects.filter(id__in=provider_ids):
            known = self._accounts.get(provider.id)
            sources = known.sources if known else {}
            self._accounts[provider.id] = AccountInHand(provider, self._open_lane(provider), sources)

    def _room(self, one: Waiting, now: datetime) -> int:
        account = self._accounts[one.provider_id]
        probes = Circuit(one.failures, one.postponed_until).probes(now)
        return (1 if probes else AT_HAND * account.lane.session.concurrency) - len(account.sources)

    def _job(self, source: Source, keys: dict[str, str]) -> Job:
        account = self._accounts[source.provider_id]
        source.provider = account.provider
        account.sources[source.id] = source
        if account.lane.wave.halted:
            account.lane.wave = Wave()  # the account has waited
        return Job(source, keys, account.lane, account.lane.wave)
