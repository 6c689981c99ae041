"""Keys over the API: made, changed, rotated, revoked; a text comes out once."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core_service.keys.models import ApiKey, ApiKeySecret
from core_service.keys.operations import Asker, rotate_key
from shared import clock
from shared.auth.api_keys import is_secret, read_key
from shared.testing import api_client, service_token, user_token
from tests.core_service.keys.conftest import AT, SOURCE, STAFF, MakeKey

pytestmark = pytest.mark.django_db
URL = "/api/core/keys/"
NEW = {"name": "Logger del pozo norte", "sources": [str(SOURCE)], "expires_at": None}
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


def create(client: Any, **fields: Any) -> Any:
    return client.post(URL, NEW | fields, format="json")


def opens(text: str, key_id: str) -> bool:
    """What Telemetry would say, from the rows."""
    presented = read_key(text)
    assert presented is not None
    kept = ApiKeySecret.objects.get(prefix=presented.prefix, key_id=key_id)
    return is_secret(presented.secret, hash_key=kept.hash_key, digest=kept.digest)


def test_a_key_is_made_and_its_text_comes_out_once(staff: Any, hints: list[str]) -> None:
    response = create(staff)
    body = response.json()
    assert (response.status_code, response["Cache-Control"], body["state"]) == (201, "no-store", "active")
    assert opens(body["key"], body["id"])
    assert [one["prefix"] for one in body["secrets"]] == [body["key"].split("_")[1]]
    assert (body["created_by"], body["last_used_at"]) == ("user:ops@example.cl", None)
    secret = body["key"].split("_", 2)[2]
    for url in (URL, f"{URL}{body['id']}/"):
        assert secret not in staff.get(url).content.decode()


@pytest.mark.django_db(transaction=True)
def test_each_change_tells_telemetry_to_look(staff: Any, hints: list[str]) -> None:
    url = f"{URL}{create(staff).json()['id']}/"
    staff.patch(url, {"name": "Otro"}, format="json")
    staff.post(f"{url}rotate/", {}, format="json")
    staff.post(f"{url}revoke/", {}, format="json")
    assert hints == ["core.send_key_hints"] * 4


@pytest.mark.parametrize(
    ("fields", "field", "expected"),
    [
        ({"name": ""}, "name", "un nombre de 1 a 200"),
        ({"name": "x" * 201}, "name", "un nombre de 1 a 200"),
        ({"sources": ["x"]}, "sources", ""),
        ({"sources": []}, "sources", "ids de fuentes"),
        ({"sources": [str(uuid4()) for _ in range(1001)]}, "sources", "una lista de hasta 1000"),
        ({"points": [str(UUID(int=5))]}, "points", "ids de puntos"),
        ({"expires_at": "2026-03-01T00:00:00"}, "expires_at", "un instante con zona"),
        ({"expires_at": "2020-03-01T00:00:00Z"}, "expires_at", "un instante futuro, o null"),
        ({"expires_at": "mañana"}, "expires_at", "un instante con zona"),
        ({"secret": "mío"}, "secret", "uno de:"),
    ],
)
def test_what_cannot_be_is_named(staff: Any, fields: dict[str, Any], field: str, expected: str) -> None:
    response = create(staff, **fields)
    error = response.json()["errors"][0]
    assert response.status_code == 400
    assert error["field"].split("[")[0].split(".")[0] == field
    assert expected in error["expected"]
    assert not ApiKey.objects.exists()


def test_when_it_ends_has_to_be_said(staff: Any) -> None:
    response = staff.post(URL, {"name": "x", "sources": [str(SOURCE)]}, format="json")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "expires_at")


def test_a_name_that_a_live_key_has(staff: Any) -> None:
    first = create(staff).json()
    response = create(staff)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (409, "name")
    staff.post(f"{URL}{first['id']}/revoke/", {}, format="json")
    assert create(staff).status_code == 201


def test_a_key_for_all_sources_of_points(staff: Any, make_point: Any) -> None:
    point, gone = make_point("A"), make_point("B", device_id="x")
    body = create(staff, sources=[], points=[str(point.id), str(point.id)]).json()
    assert (body["sources"], body["points"]) == ([], [str(point.id)])
    gone.deleted = True
    gone.save()
    assert create(staff, name="Otra", points=[str(gone.id)]).status_code == 400


def test_fields_are_changed_and_the_change_is_written_down(staff: Any) -> None:
    made = create(staff).json()
    url = f"{URL}{made['id']}/"
    body = staff.patch(url, {"name": "Nuevo", "expires_at": FUTURE.isoformat()}, format="json").json()
    assert (body["name"], body["expires_at"]) == ("Nuevo", "2100-01-01T00:00:00Z")
    assert "key" not in body
    changed, created = staff.get(url).json()["events"]
    assert (created["what"], changed["what"], changed["by"]) == ("created", "changed", "user:ops@example.cl")
    assert changed["said"] == {"name": [NEW["name"], "Nuevo"], "expires_at": [None, FUTURE.isoformat()]}
    assert opens(made["key"], made["id"])


def test_of_a_change_that_takes_everything_nothing_is_left(staff: Any) -> None:
    url = f"{URL}{create(staff).json()['id']}/"
    assert staff.patch(url, {"sources": []}, format="json").status_code == 400
    assert staff.get(url).json()["sources"] == [str(SOURCE)]


def test_rotated_it_has_a_new_text_and_the_old_one_a_while_yet(staff: Any) -> None:
    made = create(staff).json()
    body = staff.post(f"{URL}{made['id']}/rotate/", {"overlap_h": 48}, format="json")
    assert (body.status_code, body["Cache-Control"]) == (200, "no-store")
    new, old = body.json()["secrets"]
    assert opens(body.json()["key"], made["id"])
    assert body.json()["key"] != made["key"]
    assert new["ends_at"] is None
    ends_in = datetime.fromisoformat(old["ends_at"]) - datetime.fromisoformat(new["made_at"])
    assert ends_in == timedelta(hours=48)


@pytest.mark.parametrize("overlap_h", [-1, 24 * 90 + 1, "mucho"])
def test_an_overlap_that_cannot_be(staff: Any, overlap_h: Any) -> None:
    made = create(staff).json()
    response = staff.post(f"{URL}{made['id']}/rotate/", {"overlap_h": overlap_h}, format="json")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "overlap_h")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])  # each makes its own key
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 300)), min_size=1, max_size=6))
def test_however_it_is_rotated_no_text_lives_longer_than_it_was_told(
    make_key: MakeKey, rotations: list[tuple[int, int]]
) -> None:
    """Of (hours after the last one, overlap in hours): one text has no end, each older one's end only comes nearer."""
    key, now, ends = make_key().key, AT, {}
    for pause_h, overlap_h in rotations:
        now += timedelta(hours=pause_h)
        rotate_key(key_id=key.id, overlap=timedelta(hours=overlap_h), asker=STAFF, now=now)
        secrets = dict(ApiKeySecret.objects.filter(key=key).values_list("prefix", "ends_at"))
        assert list(secrets.values()).count(None) == 1
        for prefix, end in secrets.items():
            assert end is None or end <= now + timedelta(hours=overlap_h)
            assert ends.get(prefix) is None or end == min(ends[prefix], now + timedelta(hours=overlap_h))
        ends = secrets


def test_an_expired_key_is_prolonged_before_it_is_rotated(staff: Any, make_key: MakeKey) -> None:
    key = make_key(expires_at=AT + timedelta(days=1)).key
    url = f"{URL}{key.id}/"
    assert staff.get(url).json()["state"] == "expired"
    response = staff.post(f"{url}rotate/", {}, format="json")
    assert (response.status_code, "prolónguela" in response.json()["detail"]) == (409, True)
    staff.patch(url, {"expires_at": FUTURE.isoformat()}, format="json")
    assert staff.post(f"{url}rotate/", {}, format="json").status_code == 200


def test_revoked_is_for_good(staff: Any) -> None:
    url = f"{URL}{create(staff).json()['id']}/"
    body = staff.post(f"{url}revoke/", {"reason": "equipo robado"}, format="json").json()
    assert (body["state"], body["revoked_by"]) == ("revoked", "user:ops@example.cl")
    assert body["events"][0]["said"] == {"reason": "equipo robado"}
    again = [
        staff.post(f"{url}revoke/", {}, format="json"),
        staff.post(f"{url}rotate/", {}, format="json"),
        staff.patch(url, {"expires_at": None}, format="json"),
    ]
    assert [response.status_code for response in again] == [409] * 3
    assert all("user:ops@example.cl" in response.json()["detail"] for response in again)
    assert staff.get(url).json()["revoked_at"] == body["revoked_at"]


def test_the_list_goes_page_by_page_the_newest_first(staff: Any, make_key: MakeKey) -> None:
    made = [make_key(now=AT + timedelta(minutes=n // 2)).key for n in range(5)]
    names, cursor = [], ""
    for _ in range(3):
        page = staff.get(URL, {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        names += [key["name"] for key in page["results"]]
        cursor = page["next"]
    assert cursor is None
    assert names == [key.name for key in sorted(made, key=lambda key: (key.created_at, key.id), reverse=True)]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwiYiJd", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwiYiJd"])
def test_a_cursor_of_somewhere_else(staff: Any, cursor: str) -> None:
    response = staff.get(URL, {"cursor": cursor})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize("token", [None, lambda: user_token(scopes=["core:read"]), lambda: service_token("telemetry")])
def test_who_may_not(token: Any, make_key: MakeKey) -> None:
    client, key = api_client(token and token()), make_key().key
    calls = [
        client.get(URL),
        client.get(f"{URL}{key.id}/"),
        create(client),
        client.patch(f"{URL}{key.id}/", {"name": "x"}, format="json"),
        client.post(f"{URL}{key.id}/rotate/", {}, format="json"),
        client.post(f"{URL}{key.id}/revoke/", {}, format="json"),
    ]
    assert {response.status_code for response in calls} == {403 if token else 401}
    assert ApiKey.objects.get().revoked_at is None


def test_whoever_has_some_points_makes_keys_for_those_alone(make_point: Any, make_key: MakeKey) -> None:
    mine, other = make_point("MIA"), make_point("AJENA")
    client = api_client(user_token(points=[mine.id]))
    foreign = [make_key().key, make_key(sources=[], points=[other.id]).key, make_key(points=[mine.id]).key]
    assert create(client).status_code == 403
    assert create(client, sources=[], points=[str(other.id)]).status_code == 400
    made = create(client, sources=[], points=[str(mine.id)]).json()
    assert [key["id"] for key in client.get(URL).json()["results"]] == [made["id"]]
    for key in foreign:
        url = f"{URL}{key.id}/"
        assert client.get(url).status_code == 404
        assert client.patch(url, {"name": "x"}, format="json").status_code == 404
        assert client.post(f"{url}rotate/", {}, format="json").status_code == 404
        assert client.post(f"{url}revoke/", {}, format="json").status_code == 404
    assert client.patch(f"{URL}{made['id']}/", {"sources": [str(SOURCE)]}, format="json").status_code == 403


def test_a_key_that_is_not_there(staff: Any) -> None:
    assert staff.get(f"{URL}{uuid4()}/").status_code == 404


def test_no_text_in_any_log_or_repr(staff: Any, make_key: MakeKey, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = create(staff).json()
    staff.post(f"{URL}{made['id']}/rotate/", {}, format="json")
    staff.post(f"{URL}{made['id']}/revoke/", {}, format="json")
    assert caplog.records
    assert not any(made["key"].split("_", 2)[2] in str(record.__dict__) for record in caplog.records)
    one = make_key(asker=Asker("user:x", None), now=clock.now())
    assert one.text.split("_", 2)[2] not in repr(one)
