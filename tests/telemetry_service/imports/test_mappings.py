"""Mappings by a name, for the next file of the same kind."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from shared.testing import api_client, user_token
from telemetry_service.imports.mapping.formats import parser_of
from telemetry_service.imports.mapping.units import fits
from telemetry_service.imports.mapping.zones import zone_of
from telemetry_service.imports.models import SavedMapping
from tests.telemetry_service.imports.conftest import MAPPING, URL, rows_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
SAVED = f"{URL}mappings/"


def test_a_mapping_is_saved_used_replaced_and_forgotten(
    client: APIClient, upload: Make, csv_file: Make, point: Any
) -> None:
    assert client.put(f"{SAVED}planilla del pozo/", MAPPING, format="json").status_code == 200
    (saved,) = client.get(SAVED).json()["results"]
    assert (saved["name"], saved["saved_by"]) == ("planilla del pozo", "user:ops@example.cl")
    assert saved["mapping"]["time"] == {"column": "fecha", "clock": "", "formats": ["iso"], "zone": "UTC"}
    address = f"{URL}{upload(csv_file(*rows_of({-2: 1}))).json()['id']}/"
    body = {"mode": "insert", "mapping_name": "planilla del pozo"}
    answer = client.post(f"{address}check/", body, format="json")
    assert answer.json()["report"]["counts"] == {"stored": 1}
    other = MAPPING | {"number": {"decimal": ","}}
    client.put(f"{SAVED}planilla del pozo/", other, format="json")
    assert SavedMapping.objects.get().mapping["number"]["decimal"] == ","
    assert client.delete(f"{SAVED}planilla del pozo/").status_code == 204
    assert client.delete(f"{SAVED}planilla del pozo/").status_code == 404


def test_a_check_can_save_what_it_used(client: APIClient, upload: Make, csv_file: Make, point: Any) -> None:
    address = f"{URL}{upload(csv_file(*rows_of({-2: 1}))).json()['id']}/"
    body = {"mode": "insert", "mapping": MAPPING, "save_as": "planilla"}
    used = client.post(f"{address}check/", body, format="json").json()["mapping"]
    assert SavedMapping.objects.get(name="planilla").mapping == used


def test_a_mapping_that_says_nonsense_is_not_saved(client: APIClient) -> None:
    assert client.put(f"{SAVED}x/", {"time": {}}, format="json").status_code == 400
    assert client.put(f"{SAVED}{'x' * 101}/", MAPPING, format="json").status_code == 400
    reader = api_client(user_token(scopes=["telemetry:read"]))
    assert reader.put(f"{SAVED}x/", MAPPING, format="json").status_code == 403
    assert reader.get(SAVED).json() == {"results": []}


def test_what_a_page_offers_can_be_asked_for(client: APIClient) -> None:
    """Each form reads its own example, each zone and unit is one that a mapping may say."""
    said = client.get(f"{URL}choices/").json()
    for one in said["formats"]:
        assert parser_of(one["form"])(one["example"].split(" (")[0]) is not None, one
    assert all(zone_of(one["zone"]) for one in said["zones"])
    assert {one["code"]: one["units"] for one in said["variables"]}["total"] == ["m3"]
    assert all(fits(one["code"], unit) for one in said["variables"] for unit in [*one["units"], one["unit"]])
