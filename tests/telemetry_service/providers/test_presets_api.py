"""Whoever chooses a preset sees what it is, what it needs, and all of it."""

from typing import Any

import pytest

from shared.testing import api_client, user_token
from telemetry_service.providers.presets import preset, preset_names

pytestmark = pytest.mark.django_db
URL = "/api/telemetry/presets/"


def get(path: str = "") -> Any:
    return api_client(user_token(scopes=["telemetry:read"])).get(f"{URL}{path}")


def test_every_preset_is_listed_with_what_it_needs() -> None:
    listed = {one["name"]: one for one in get().json()["results"]}
    assert set(listed) == set(preset_names())
    tdata = listed["tdata"]
    assert tdata["params"] == [
        {"name": "device", "description": "UUID del dispositivo", "secret": False, "required": True},
        {"name": "entity", "description": "DEVICE (lo usual) o ASSET", "secret": False, "required": False},
    ]
    assert tdata["credentials"] == ["password", "username"]
    assert tdata["modes"] == [
        {"name": "login", "credentials": ["password", "username"]},
        {"name": "api_key", "credentials": ["api_key"]},
    ]
    assert (tdata["has_history"], tdata["legacy"], tdata["min_period_s"]) == (True, False, 0)
    assert (listed["thingsio"]["legacy"], listed["keller"]["min_period_s"]) == (True, 3600)
    draft = listed["nettra-draft"]
    assert (draft["has_history"], draft["base_url"], draft["modes"]) == (False, None, [])
    assert draft["credentials"] == ["password", "username"]


@pytest.mark.parametrize("name", preset_names())
def test_one_comes_whole(name: str) -> None:
    found = get(f"{name}/")
    assert found.status_code == 200
    assert found.json()["config"] == preset(name)
    assert found.json()["title"] == preset(name)["title"]


def test_one_that_is_not_there() -> None:
    assert get("otro/").status_code == 404
    assert get("..%2Fpresets/").status_code == 404
    assert api_client().get(URL).status_code == 401
