"""One key never holds every thread: said at the start, in one line that names both variables."""

import pytest

from shared.settings.env import Env, EnvironmentProblem
from telemetry_service.keys.share import share_of_threads


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ({}, 2),
        ({"WEB_THREADS": "8"}, 2),
        ({"WEB_THREADS": "2"}, 1),
        ({"WEB_THREADS": "8", "API_KEY_AT_ONCE": "7"}, 7),
        ({"API_KEY_AT_ONCE": "3"}, 3),
    ],
)
def test_fewer_than_there_are(said: dict[str, str], share: int) -> None:
    assert share_of_threads(Env(said)) == share


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ({"API_KEY_AT_ONCE": "4"}, "set it to 1 … 3"),
        ({"WEB_THREADS": "2", "API_KEY_AT_ONCE": "100"}, "set it to 1 … 1"),
        ({"WEB_THREADS": "1"}, "set WEB_THREADS to 2 or more"),
    ],
)
def test_as_many_as_there_are_stops_the_start(said: dict[str, str], right: str) -> None:
    with pytest.raises(EnvironmentProblem) as stopped:
        share_of_threads(Env(said))
    message = str(stopped.value)
    assert message.startswith("API_KEY_AT_ONCE is ")
    assert "WEB_THREADS" in message
    assert message.endswith(right)
    assert "\n" not in message
