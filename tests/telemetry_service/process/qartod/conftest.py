from collections.abc import Callable, Sequence

import numpy as np
import pytest

from telemetry_service.process.qartod.series import HOUR, Series, series_of

START = 1_700_000_000 * 1_000_000


@pytest.fixture
def hourly() -> Callable[..., Series]:
    """Hourly readings, or at `hours`; None is a time without a value."""

    def build(values: Sequence[float | None], hours: Sequence[float] | None = None) -> Series:
        at = np.arange(len(values)) if hours is None else np.asarray(hours)
        return series_of(START + (at * HOUR).astype(np.int64), [np.nan if value is None else value for value in values])

    return build
