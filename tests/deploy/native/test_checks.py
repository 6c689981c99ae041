from pathlib import Path

import psycopg2
import pytest

from deploy.native.checks.plan import HALVES, chosen, everything
from deploy.native.checks.servers import PASSWORD, Servers, own_servers
from deploy.native.problem import Problem
from deploy.native.state import ROOT

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


def test_a_suite_in_two_halves_is_whole_and_neither_half_disturbs_the_other() -> None:
    for folder, names in HALVES.items():
        first, rest = (check for check in everything(SERVERS) if check.name.startswith(folder))
        named = [f"{folder}/{name}" for name in names]
        assert all((ROOT / path).is_dir() for path in named)
        assert list(first.command[2:]) == named
        assert list(rest.command[2:]) == [*(f"--ignore={path}" for path in named), folder]
        assert "STACK_TEST_HALF" in rest.environment.keys() - first.environment.keys()
        assert rest.environment["REDIS_URL"] != first.environment["REDIS_URL"]


def test_a_server_ends_though_somebody_is_still_connected(tmp_path: Path) -> None:
    with own_servers() as servers:
        where = {"host": "127.0.0.1", "port": servers.postgres_port, "user": "postgres", "dbname": "postgres"}
        opened = psycopg2.connect(password=PASSWORD, **where)
        log = tmp_path / "log"
        log.hardlink_to(servers.folder / "postgres" / "log")
    opened.close()
    assert "database system is shut down" in log.read_text()
