from pathlib import Path

import pytest

from deploy.native.checks.plan import chosen, everything
from deploy.native.checks.servers import Servers
from deploy.native.problem import Problem

SERVERS = Servers(Path("/nowhere"), 5432, 6379)


def test_paths_run_under_their_own_services_settings() -> None:
    first, second = chosen(["tests/telemetry_service/raw", "tests/shared/test_clock.py", "-k", "a and b"], SERVERS)
    assert first.command[1:] == ("--ds=telemetry_service.settings", "-k", "a and b", "tests/telemetry_service/raw")
    assert first.environment["DATABASE_URL"].startswith("postgresql://telemetry:")
    assert second.command[1] == "--ds=shared.testing.settings"


def test_a_single_test_can_be_named() -> None:
    name = "tests/shared/test_clock.py::test_a_naive_instant_is_refused"
    (check,) = chosen([name], SERVERS)
    assert check.command[-1] == name


def test_a_path_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="tests/nothing"):
        chosen(["tests/nothing"], SERVERS)


def test_everything_holds_each_suite_and_each_services_types() -> None:
    names = {check.name for check in everything(SERVERS)}
    assert {"ruff check", "import order", "mypy core", "mypy compliance", "tests/e2e", "tests/core_service"} <= names


def test_what_starts_whole_systems_runs_alone() -> None:
    assert [check.name for check in everything(SERVERS) if check.alone] == ["tests/e2e"]
