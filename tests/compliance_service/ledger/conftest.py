"""An hour that was sent and sealed, and the ledger as it then reads."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from compliance_service.ledger.models import LedgerEntry
from compliance_service.ledger.operations import seal
from compliance_service.obligations.models import Cause
from compliance_service.obligations.operations import explain
from tests.compliance_service.conftest import LOOK, SLOT, Regulator, Telemetry

Make = Callable[..., Any]
HOUR = timedelta(hours=1)


@pytest.fixture
def read() -> Callable[[], list[dict[str, Any]]]:
    """All entries, in their order."""

    def entries() -> list[dict[str, Any]]:
        bodies = LedgerEntry.objects.order_by("seq").values_list("body", flat=True)
        return [json.loads(bytes(body)) for body in bodies]

    return entries


@pytest.fixture
def facts(read: Callable[[], list[dict[str, Any]]]) -> Callable[..., list[dict[str, Any]]]:
    """All facts of some kinds, in their order."""

    def found(*kinds: str) -> list[dict[str, Any]]:
        return [said for entry in read() for said in entry["facts"] if not kinds or said["kind"] in kinds]

    return found


@pytest.fixture
def sent(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make) -> Callable[..., Any]:
    """Sends an hour of a work and seals it; gives the work's configuration."""

    def send(code: str = "OB-0601-101", *, at: datetime = LOOK, sealed_at: datetime | None = None) -> Any:
        config = make_config(code)
        telemetry.good(config.point_id)
        run(at)
        seal(sealed_at or at)
        return config

    return send


@pytest.fixture
def told(make_config: Make) -> Callable[..., Any]:
    """Explains three hours of a work and seals that; gives the work's configuration. Four entries, no regulator."""

    def tell(code: str = "OB-0601-101", *, at: datetime = LOOK, sealed_at: datetime | None = None) -> Any:
        config = make_config(code, start=SLOT - 2 * HOUR, hours=3)
        said: dict[str, Any] = {"cause": Cause.POWER_FAILURE, "note": "corte de energía", "by": "user:ops@example.cl"}
        explain(config_id=config.id, start=SLOT - 2 * HOUR, end=SLOT + HOUR, leave=[], now=at, **said)
        seal(sealed_at or at)
        return config

    return tell


@pytest.fixture
def emptied(transactional_db: None) -> Iterator[None]:
    """For tests that commit."""
    from compliance_service.authorities.operations import sync_sources
    from tests.compliance_service.emptying import empty_ledger

    empty_ledger()
    sync_sources()
    yield
    empty_ledger()
