"""A work that reported three hours, and a client whose Telemetry is the tests' own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Regulator, Telemetry

Make = Callable[..., Any]
HOUR = timedelta(hours=1)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, telemetry: Telemetry) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: LOOK + 8 * DAY)
    monkeypatch.setattr("compliance_service.impact.api._read", telemetry.read)
    return api_client(user_token())


@pytest.fixture
def work(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make) -> Any:
    """Three hours that were reported, and one that was not."""
    config = make_config(hours=4)
    for hour in range(3):
        telemetry.good(config.point_id, SLOT + hour * HOUR, total=1010.9 + hour)
        run(LOOK + hour * HOUR)
    return config
