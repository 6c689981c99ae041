import numpy as np
import pytest

from telemetry_service.measurements.quality import Quality
from telemetry_service.process.qartod.series import all_of, raise_flags, series_of


@pytest.mark.parametrize(
    ("times", "values", "problem"),
    [
        ([1, 2], [1.0], "as many of each"),
        ([[1, 2]], [[1.0, 2.0]], "in one dimension"),
        ([1, 1], [1.0, 2.0], "do not ascend"),
        ([2, 1], [1.0, 2.0], "do not ascend"),
    ],
)
def test_what_is_no_series_is_refused(times: list[int], values: list[float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        series_of(times, values)


def test_a_missing_reading_stays_missing_and_a_worse_flag_stays() -> None:
    flags = all_of(series_of([1, 2, 3], [1.0, np.nan, 1.0]), Quality.GOOD)
    raise_flags(flags, np.array([True, True, False]), Quality.FAIL)
    raise_flags(flags, np.array([True, True, True]), Quality.SUSPECT)
    assert flags.tolist() == [4, 9, 3]
