from datetime import timedelta
from pathlib import Path

import pytest

from deploy.demo.replay import begin
from deploy.demo.settings import claim, empty, settings_of
from deploy.demo.works import START
from deploy.native.account import Account
from deploy.native.problem import Problem
from deploy.native.state import Installation, open_installation
from shared.clock import VirtualClock


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return open_installation(tmp_path, Account(), {})


def say(text: str) -> None:
    raise AssertionError(f"nothing to say, and yet: {text}")


def test_a_new_installation_becomes_a_demos(installation: Installation) -> None:
    claim(installation, say)
    assert installation.is_demo
    environment = installation.environment("compliance")
    assert environment["STACK_CLOCK_FILE"] == str(installation.clock_file)
    assert environment["OUTBOUND_ALLOW"] == "127.0.0.1"


def test_the_clock_is_set_once(tmp_path: Path) -> None:
    clock = VirtualClock(tmp_path / "clock.json")
    begin(clock)
    assert timedelta() <= clock.read() - START < timedelta(minutes=5)
    later = START + timedelta(days=3)
    clock.freeze(later)
    begin(clock)
    assert clock.read() == later


def test_the_password_stays_and_is_nobody_elses(installation: Installation) -> None:
    claim(installation, say)
    first = settings_of(installation)
    assert settings_of(installation).password == first.password
    assert installation.path("demo", "password").stat().st_mode & 0o077 == 0
    assert first.password not in repr(first)


def test_followers_see_their_own_schema_and_no_other(installation: Installation) -> None:
    claim(installation, say)
    for service, how in settings_of(installation).followed.items():
        assert f"search_path%3D{service}%20" in how.environment["DATABASE_URL"]


def test_a_database_of_somebody_elses_is_not_emptied(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://admin@db.example/stack"}
    installation = open_installation(tmp_path, Account(), given)
    installation.path("demo").mkdir()
    with pytest.raises(Problem, match="--fresh empties only"):
        empty(installation, say)


def test_what_is_no_demo_is_not_emptied(installation: Installation) -> None:
    kept = installation.path("postgres", "data")
    kept.mkdir()
    empty(installation, say)
    assert kept.exists()


def test_compliance_need_not_wait_for_all_of_telemetrys_pass(installation: Installation) -> None:
    claim(installation, say)
    followed = settings_of(installation).followed
    command = list(followed["telemetry"].command)
    assert command[command.index("--tell") + 1] == "process"
    assert "--tell" not in followed["compliance"].command
