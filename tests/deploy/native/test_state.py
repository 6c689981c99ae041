import os
from pathlib import Path

import pytest

from deploy.native.account import Account
from deploy.native.problem import Problem
from deploy.native.processes import SERVICES
from deploy.native.state import Installation, open_installation, read_env_file

ROOT = Path(__file__).parents[3]


def opened(folder: Path, **given: str) -> Installation:
    return open_installation(folder, Account(), given)


def test_secrets_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    assert first.secrets == second.secrets
    assert len(set(first.secrets.values())) == len(first.secrets)
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_came_later_is_added_to_the_others(tmp_path: Path) -> None:
    first = opened(tmp_path)
    lines = (tmp_path / "secrets.env").read_text().splitlines()
    (tmp_path / "secrets.env").write_text("\n".join(line for line in lines if not line.startswith("SECRET_KEY=")))
    second = opened(tmp_path)
    assert second.secrets["SECRET_KEY"] != first.secrets["SECRET_KEY"]
    assert second.secrets["ADMIN_DB_PASSWORD"] == first.secrets["ADMIN_DB_PASSWORD"]


def test_a_service_is_told_its_own_role_only(tmp_path: Path) -> None:
    installation = opened(tmp_path)
    for service in SERVICES:
        told = " ".join(installation.environment(service).values())
        others = [
            installation.secrets[f"{name.upper()}_DB_PASSWORD"] for name in ("admin", *SERVICES) if name != service
        ]
        assert not any(password in told for password in others)


def test_an_own_database_keeps_its_host_and_options(tmp_path: Path) -> None:
    installation = opened(tmp_path, DATABASE_URL="postgresql://boss:very-secret@db.local:5433/water?sslmode=require")
    url = installation.database_url("core")
    assert url.startswith("postgresql://core:")
    assert url.endswith("@db.local:5433/water?sslmode=require")
    assert "very-secret" not in url


@pytest.mark.parametrize("value", ["", "http", "0", "70000", "80 80"])
def test_a_port_that_is_none_is_said_in_one_line(tmp_path: Path, value: str) -> None:
    given = {"HTTP_PORT": value} if value else {"HTTP_PORT": "-"}
    with pytest.raises(Problem, match="HTTP_PORT") as stopped:
        _ = opened(tmp_path, **given).ports
    assert "\n" not in str(stopped.value)


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="STACK_STATE"):
        opened(tmp_path / "file" / "state")


def test_an_env_file_is_read_with_its_quotes_and_comments(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# comment\nA=1\nB = 'two # words' # why\nC=three # why\nD=   # nothing\nE=a#b\n\n")
    assert read_env_file(file) == {"A": "1", "B": "two # words", "C": "three", "D": "", "E": "a#b"}


def test_a_line_that_is_no_variable_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nnonsense\n")
    with pytest.raises(Problem, match="line 2"):
        read_env_file(tmp_path / ".env")


def test_the_example_can_be_used_as_it_is(tmp_path: Path) -> None:
    given = {name: value for name, value in read_env_file(ROOT / ".env.example").items() if value}
    installation = open_installation(tmp_path, Account(), given)
    assert installation.ports["nginx"] == 8080
    assert installation.own_database


def test_the_example_names_what_the_services_are_told() -> None:
    from deploy.native.state import CHOSEN

    named = set(read_env_file(ROOT / ".env.example"))
    addresses = {"CORE_URL", "TELEMETRY_URL", "COMPLIANCE_URL", "STACK_CLOCK_FILE"}
    assert set(CHOSEN) - named <= addresses


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop to another account")
def test_roots_state_belongs_to_the_account(tmp_path: Path) -> None:
    open_installation(tmp_path, Account("nobody"), {})
    assert (tmp_path / "secrets.env").owner() == "nobody"
    assert (tmp_path / "beat" / "core").owner() == "nobody"
