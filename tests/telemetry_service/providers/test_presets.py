"""What we ship: rows that say everything, and that no slip of the pen changes in silence."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from shared.errors import InvalidInput
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.presets import preset, preset_names

DRAFTS = {"twin-draft", "nettra-draft", "novus-draft", "tago-draft", "tdata-draft", "thingsio-draft"}
REAL = {"tdata", "twin", "nettra", "nettra-thethings", "tago", "novus", "thingsio", "keller"}
PRESETS = pytest.mark.parametrize("name", preset_names())
Steps = tuple[str | int, ...]


def whole(name: str) -> dict[str, Any]:
    """The preset's row, with an address where the operator has to give his own."""
    return {"base_url": "https://api.example.cl", **preset(name)}


def test_all_that_we_ship_is_here() -> None:
    assert set(preset_names()) == DRAFTS | REAL


@PRESETS
def test_every_preset_is_a_row_that_says_what_it_is(name: str) -> None:
    row = parse_row(whole(name))
    assert row.base_url.startswith("https://")
    assert row.credentials or row.secret_params
    assert (row.history is None) == (name in DRAFTS)
    said = preset(name)
    assert said["title"]
    assert said["description"].endswith(".")
    assert all(param["description"] for param in said["params"].values())
    assert ("base_url" in said) == (name in REAL)
    assert said.get("legacy", False) == (name == "thingsio")


@pytest.mark.parametrize("name", ["tdata", "twin", "nettra"])
def test_an_api_key_in_place_of_the_login_is_one_word(name: str) -> None:
    said = preset(name)
    assert parse_row(said).credentials == {"username", "password"}
    said["auth"]["mode"] = "api_key"
    row = parse_row(said)
    assert (row.auth.kind, row.credentials) == ("header", {"api_key"})
    assert row.auth.apply is not None
    assert (row.auth.apply.name, row.auth.apply.value.text) == ("X-Authorization", "ApiKey {cred.api_key}")


# --- one slip: a member dropped, misspelled, or of another type

RETYPED: tuple[Any, ...] = (None, True, 7, 1.5, "otra", [], {}, ["otra"], {"otra": 1})
# Where what is written is what is meant: texts of the request, places in the answer, lists, numbers within bounds.
FREE = re.compile(
    r".*\.(query|headers|json)\.[^.]+|.*\.(query|headers|json)|.*\.path|.*\.header|.*\[\d+\]|base_url|time\.assume_tz|"
    r"errors|.*\.(status|in|contains|equals|backoff_s|formats|coerce|wait|secret|required|legacy)|"
    r"limits\.(retries|concurrency|jitter|timeout_s\.(connect|read))|.*\.(max_keys|max_pages|limit|granularity_ms)|"
    r".*\.expires\.(margin_s|min_s|fallback_s)"
)
# Names that the row itself gives, and uses elsewhere.
NAMES = re.compile(r"auth\.modes\.[a-z_]+")
# What may be left out, and what then holds.
DEFAULTS: dict[str, Any] = {
    r"params\.[a-z_]+\.required": True,
    r"limits\.concurrency": 4,
    r"limits\.retries": 2,
    r"limits\.min_period": "PT0S",
    r"history\.page\.order": "auto",
    r"history\.page\.granularity_ms": 1,
    r"history\.page\.max_pages": 200,
    r"history\.max_window": "P31D",
    r"extract\.time_in": "record",
}
# Left out, they say that the provider offers no such thing; the dry run of a source says so too.
NOT_OFFERED = re.compile(r"history|discovery|envelope(\.ok|\.message)?|extract\.unit|.*\.wait\.regex_in_message")


class Slip(NamedTuple):
    kind: str
    steps: Steps
    row: dict[str, Any]

    @property
    def path(self) -> str:
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps).lstrip(".")

    @property
    def section(self) -> str:
        return str(self.steps[0])


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield (*steps, step)
        yield from places(one, (*steps, step))


def edited(row: dict[str, Any], steps: Steps, edit: Callable[[Any, Any], object]) -> dict[str, Any]:
    """A copy of `row` after `edit(holder, last step)`."""
    fresh = json.loads(json.dumps(row))
    holder = fresh
    for step in steps[:-1]:
        holder = holder[step]
    edit(holder, steps[-1])
    return dict(fresh)


def with_value(row: dict[str, Any], steps: Steps, value: Any) -> dict[str, Any]:
    return edited(row, steps, lambda holder, step: holder.__setitem__(step, value))


def slips(row: dict[str, Any]) -> Iterator[Slip]:
    for steps in places(row):
        yield Slip("drop", steps, edited(row, steps, lambda holder, step: holder.pop(step)))
        if isinstance(steps[-1], str):
            yield Slip("misspell", steps, edited(row, steps, lambda at, step: at.__setitem__(f"{step}_", at.pop(step))))
        for value in RETYPED:
            yield Slip(f"retype {value!r}", steps, with_value(row, steps, value))


@PRESETS
def test_no_slip_changes_a_row_in_silence(name: str) -> None:
    row = whole(name)
    meant = parse_row(row)
    seen = 0
    for slip in slips(row):
        seen += 1
        try:
            got = parse_row(slip.row)
        except InvalidInput as refused:
            assert_named(slip, refused)
        else:
            assert got == meant or is_allowed(slip, row), f"{slip.kind} {slip.path} changed the row in silence"
    assert seen > 500


def assert_named(slip: Slip, refused: InvalidInput) -> None:
    """By its own path, or by one of the same section (of `params`, where a place has none) that contradicts it."""
    (error,) = refused.errors
    sections = {slip.section, f"{slip.section}_", "params"}
    assert re.split(r"[.\[]", error.field)[0] in sections, f"{slip.kind} {slip.path} was refused as {error.field}"
    assert error.expected
    if slip.kind == "misspell" and not NAMES.fullmatch(slip.path) and not FREE.fullmatch(slip.path):
        assert error.field.startswith(slip.path)


def is_allowed(slip: Slip, row: dict[str, Any]) -> bool:
    if slip.kind == "drop":
        if NOT_OFFERED.fullmatch(slip.path):
            return True
        for path, default in DEFAULTS.items():
            if re.fullmatch(path, slip.path):
                return parse_row(slip.row) == parse_row(with_value(row, slip.steps, default))
    return FREE.fullmatch(slip.path) is not None
