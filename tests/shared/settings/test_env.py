from pathlib import Path
from typing import Any

import pytest

from shared.settings.database import databases
from shared.settings.env import Env, EnvironmentProblem


def read(method: str, value: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(Env({"NAME": value}), method)("NAME", *args, **kwargs)


@pytest.mark.parametrize(
    ("method", "text", "value"),
    [
        ("text", " a ", "a"),
        ("integer", "12", 12),
        ("number", "1.5", 1.5),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
        ("listing", "a, b,,c", ["a", "b", "c"]),
        ("url", "http://core:8000/", "http://core:8000"),
    ],
)
def test_a_right_value_is_read_with_its_type(method: str, text: str, value: object) -> None:
    assert read(method, text) == value


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("integer", "twelve"),
        ("integer", "-1"),
        ("number", "inf"),
        ("number", "x"),
        ("boolean", "maybe"),
        ("url", "core:8000"),
        ("url", "http://core:port"),
        ("url", "ftp://core"),
        ("database", "mysql://u:p@h/d"),
        ("database", "postgresql://h/d"),
        ("fernet_keys", "c2hvcnQ="),
        ("secret", "short"),
        ("text", ""),
    ],
)
def test_nonsense_stops_the_start_with_one_line_that_names_the_variable(method: str, text: str) -> None:
    with pytest.raises(EnvironmentProblem) as stopped:
        read(method, text)
    message = str(stopped.value)
    assert message.startswith("NAME ")
    assert "\n" not in message


def test_the_line_about_a_database_does_not_show_its_password() -> None:
    with pytest.raises(EnvironmentProblem) as stopped:
        read("database", "mysql://user:very-secret@host/d")
    assert "very-secret" not in str(stopped.value)


def test_a_database_address_is_taken_apart() -> None:
    url = read("database", "postgresql://core:p%40ss@db:5433/stack?sslmode=require")
    assert (url.user, url.password, url.host, url.port, url.name) == ("core", "p@ss", "db", 5433, "stack")
    assert url.options == {"sslmode": "require"}
    assert "p@ss" not in repr(url)


def test_a_default_stands_in_for_what_is_not_given() -> None:
    assert Env({}).integer("NAME", 5) == 5
    assert Env({}).listing("NAME", "") == []


def test_a_choice_must_be_one_of_the_allowed() -> None:
    with pytest.raises(EnvironmentProblem, match="INFO, DEBUG"):
        Env({"NAME": "LOUD"}).choice("NAME", "INFO", ("INFO", "DEBUG"))


def test_a_path_that_must_exist_does(tmp_path: Path) -> None:
    assert Env({"NAME": str(tmp_path)}).path("NAME", exists=True) == tmp_path
    with pytest.raises(EnvironmentProblem, match="does not exist"):
        Env({"NAME": str(tmp_path / "none")}).path("NAME", exists=True)


def test_a_copy_has_the_roles_of_what_it_copies() -> None:
    own = {"DATABASE_URL": "postgresql://telemetry:s%40cret@db:5433/stack"}
    found = Env({**own, "DATABASE_REPLICA_URL": "postgresql://copy:5434/?sslmode=require"}).replica()
    assert (found.user, found.password, found.host, found.port, found.name) == (
        "telemetry",
        "s@cret",
        "copy",
        5434,
        "stack",
    )
    assert found.options == {"sslmode": "require"}
    other = Env({**own, "DATABASE_REPLICA_URL": "postgresql://reader:other@copy/copied"}).replica()
    assert (other.user, other.password, other.port, other.name) == ("reader", "other", 5432, "copied")


@pytest.mark.parametrize("wrong", ["copy:5434", "mysql://copy", "postgresql:///stack"])
def test_a_copy_that_is_no_address_stops_the_start(wrong: str) -> None:
    with pytest.raises(EnvironmentProblem, match="DATABASE_REPLICA_URL must look like postgresql://host:5432"):
        Env({"DATABASE_URL": "postgresql://telemetry@db/stack", "DATABASE_REPLICA_URL": wrong}).replica()


def test_a_replica_is_named_only_where_there_is_one() -> None:
    own = {"DATABASE_URL": "postgresql://telemetry@db/stack"}
    assert list(databases(Env(own), schema="telemetry")) == ["default"]
    found = databases(Env({**own, "DATABASE_REPLICA_URL": "postgresql://copy"}), schema="telemetry")
    assert found["replica"]["HOST"] == "copy"
    assert "default_transaction_read_only=on" in found["replica"]["OPTIONS"]["options"]
    assert "read_only" not in found["default"]["OPTIONS"]["options"]
