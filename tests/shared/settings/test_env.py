from pathlib import Path
from typing import Any

import pytest

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
