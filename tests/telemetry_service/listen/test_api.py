"""Devices, dead letters and connections, as people see and settle them."""

import base64
import uuid
from datetime import timedelta
from typing import Any

import pytest

from shared.testing import api_client, user_token
from shared.web.pages import encode_cursor
from telemetry_service.listen.models import Connection, ConnectionState, DeadLetter, Device
from telemetry_service.raw.models import RawTelemetryData
from tests.telemetry_service.listen.conftest import NOW, TS, Make, keep, sent, stored

pytestmark = pytest.mark.django_db
DEVICES, LETTERS = "/api/telemetry/devices/", "/api/telemetry/dead-letters/"
MINUTE = timedelta(minutes=1)


def post(url: str, body: Any, status: int = 200) -> Any:
    response = api_client(user_token()).post(url, body, format="json")
    assert response.status_code == status, response.content
    return response.json()


def get(url: str) -> Any:
    response = api_client(user_token()).get(url)
    assert response.status_code == 200, response.content
    return response.json()


def fields(response: Any) -> set[str]:
    return {error["field"] for error in response["errors"]}


class TestDevices:
    def test_a_device_is_any_source_with_its_own_names_for_keys(
        self, make_account: Make, make_source: Make, make_listened: Make
    ) -> None:
        account, polled = make_account(), make_source()
        other = make_listened(account, "other")
        keys = [
            {"key": "q", "source_key": "caudal"},
            {"key": "h", "source": str(other.id), "source_key": "nivel"},
            {"key": "rssi", "source": None},
        ]
        body = {"provider": str(account.id), "identity": "sn-1", "source": str(polled.id), "keys": keys, "zone": "UTC"}
        made = post(DEVICES, body, 201)
        assert (made["identity"], made["source"], made["zone"]) == ("sn-1", str(polled.id), "UTC")
        assert made["created_by"] == "user:ops@example.cl"
        assert [(one["key"], one["source"], one["source_key"]) for one in made["keys"]] == [
            ("h", str(other.id), "nivel"),
            ("q", str(polled.id), "caudal"),
            ("rssi", None, "rssi"),
        ]
        (fate,) = keep(sent(account, {"q": 1, "h": 2, "rssi": -90, "ts": TS}))
        assert (fate.stored, fate.left_out) == (2, 1)
        (listed,) = get(f"{DEVICES}?provider={account.id}")["results"]
        assert listed["heard_at"] == "2026-01-02T12:00:00Z"

    def test_twice_the_same_is_refused(self, make_account: Make) -> None:
        body = {"provider": str(make_account().id), "identity": "sn-1", "source": None}
        post(DEVICES, body, 201)
        refused = post(DEVICES, body, 409)
        assert fields(refused) == {"identity"}
        assert "PATCH" in refused["errors"][0]["expected"]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"provider": str(uuid.uuid4())}, "provider"),
            ({"identity": ""}, "identity"),
            ({"identity": "a\u0007"}, "identity"),
            ({"source": str(uuid.uuid4())}, "source"),
            ({"keys": [{"key": "q", "source_key": "flujo"}]}, "keys[0].source_key"),
            ({"keys": [{"key": "q"}]}, "keys[0].source_key"),
            ({"keys": [{"key": "r", "source": None}, {"key": "q", "source": str(uuid.uuid4())}]}, "keys[1].source"),
            ({"keys": [{"key": "q"}, {"key": "q"}]}, "keys"),
            ({"zone": "Chile"}, "zone"),
            ({"device": "x"}, "device"),
        ],
    )
    def test_what_leads_nowhere_is_refused(
        self, make_account: Make, make_source: Make, change: Any, field: str
    ) -> None:
        body = {"provider": str(make_account().id), "identity": "sn-1", "source": str(make_source().id)}
        assert fields(post(DEVICES, body | change, 400)) == {field}
        assert not Device.objects.exists()

    def test_an_account_that_is_polled_has_no_devices(self, make_provider: Make) -> None:
        body = {"provider": str(make_provider().id), "identity": "sn-1", "source": None}
        assert fields(post(DEVICES, body, 400)) == {"provider"}

    def test_a_device_is_changed_and_taken_away(self, make_account: Make, make_source: Make, make_device: Make) -> None:
        account, source = make_account(), make_source()
        device = make_device(account, "sn-1", source, {"q": "caudal"})
        client, url = api_client(user_token()), f"{DEVICES}{device.id}/"
        assert client.patch(url, {"zone": "America/Santiago"}, format="json").json()["keys"][0]["key"] == "q"
        changed = client.patch(url, {"source": None}, format="json").json()
        assert (changed["source"], changed["keys"], changed["zone"]) == (None, [], "America/Santiago")
        assert keep(sent(account, {"q": 1, "ts": TS}))[0].outcome == "left_out"
        assert client.patch(url, {"keys": []}, format="json").status_code == 400
        assert client.get(url).json()["identity"] == "sn-1"
        assert client.delete(url).status_code == 204
        assert client.delete(url).status_code == 404
        assert keep(sent(account, {"q": 1, "ts": TS}))[0].outcome == "dead"

    def test_a_secret_name_is_known_by_its_digest(self, make_account: Make) -> None:
        account = make_account(
            params={"thing_token": {"secret": True}},
            subscriptions=[{"topic": "v2/things/{point.thing_token}", "decoder": "thethings"}],
        )
        made = post(DEVICES, {"provider": str(account.id), "identity": "token-000", "source": None}, 201)
        assert made["identity"].startswith("#")
        message = {"values": [{"key": "a", "value": 1}]}
        assert keep(sent(account, message, topic="v2/things/token-000"))[0].outcome == "left_out"

    def test_lists_come_in_pages_and_of_the_points_that_one_may_see(
        self, make_account: Make, make_source: Make, make_device: Make
    ) -> None:
        account = make_account()
        provider = make_source().provider
        sources = [make_source(provider=provider, params={"token": f"token-{n}"}) for n in range(3)]
        for n, source in enumerate(sources):
            make_device(account, f"sn-{n}", source)
        page = get(f"{DEVICES}?limit=2")
        rest = get(f"{DEVICES}?limit=2&cursor={page['next']}")
        assert [one["identity"] for one in page["results"] + rest["results"]] == ["sn-0", "sn-1", "sn-2"]
        mine = api_client(user_token(points=[sources[1].point_id])).get(DEVICES).json()
        assert [one["identity"] for one in mine["results"]] == ["sn-1"]


@pytest.mark.parametrize("key", [("sn-1",), (7, 8), ("a", "b", "c"), ("\x00", "\x00")])
def test_a_cursor_of_somewhere_else_is_no_list_from_the_start(db: None, key: tuple[object, ...]) -> None:
    cursor = encode_cursor(key)
    refused = [api_client(user_token()).get(url, {"cursor": cursor}) for url in (DEVICES, LETTERS)]
    assert [one.status_code for one in refused] == [400, 400]
    assert [fields(one.json()) for one in refused] == [{"cursor"}, {"cursor"}]
    again = {"provider": str(uuid.uuid4()), "device": "sn-1", "cursor": cursor}
    assert fields(post(f"{LETTERS}replay/", again, status=400)) == {"cursor"}


class TestDeadLetters:
    def test_these_devices_speak_and_nobody_knows_them(self, make_account: Make) -> None:
        account = make_account()
        for n in range(3):
            keep(sent(account, {"q": n, "ts": TS + n}, at=NOW + n * MINUTE))
        keep(sent(account, b"{", topic="telemetry/sn-2/data"))
        unknown, unreadable = get(f"{LETTERS}devices/?provider={account.id}")["results"]
        assert (unknown["device"], unknown["reason"], unknown["letters"]) == ("sn-1", "unknown_device", 3)
        assert (unknown["first_at"], unknown["last_at"]) == ("2026-01-02T12:00:00Z", "2026-01-02T12:02:00Z")
        assert (unreadable["device"], unreadable["reason"]) == ("", "undecodable")

    def test_a_list_by_device_and_a_letter_as_it_came(self, make_account: Make) -> None:
        account = make_account()
        keep(sent(account, b"\xff\x00", topic="telemetry/sn-9/data"), sent(account, {"q": 1, "ts": TS}))
        (letter,) = get(f"{LETTERS}?provider={account.id}&device=sn-1")["results"]
        assert (letter["topic"], letter["reason_text"]) == ("telemetry/sn-1/data", "Nadie conoce el dispositivo")
        assert get(f"{LETTERS}{letter['id']}/")["payload"] == f'{{"q": 1, "ts": {TS}}}'
        (odd,) = get(f"{LETTERS}?reason=undecodable")["results"]
        whole = get(f"{LETTERS}{odd['id']}/")
        assert (whole["payload"], base64.b64decode(whole["payload_base64"])) == (None, b"\xff\x00")
        assert get(f"{LETTERS}?state=discarded")["results"] == []

    def test_pages_of_letters(self, make_account: Make) -> None:
        account = make_account()
        for n in range(3):
            keep(sent(account, {"q": n, "ts": TS}, at=NOW + n * MINUTE))
        page = get(f"{LETTERS}?limit=2")
        rest = get(f"{LETTERS}?limit=2&cursor={page['next']}")
        times = [one["received_at"][-6:] for one in page["results"] + rest["results"]]
        assert times == ["00:00Z", "01:00Z", "02:00Z"]

    def test_replayed_once_the_device_is_known(self, make_account: Make, make_listened: Make) -> None:
        account = make_account()
        for n in range(3):
            keep(sent(account, {"caudal": n, "ts": TS + n}))
        keep(sent(account, {"caudal": 9}, at=NOW + MINUTE))  # it says no time
        keep(sent(account, {"caudal": "?", "ts": TS + 5}))
        make_listened(account)
        said = post(f"{LETTERS}replay/", {"provider": str(account.id), "device": "sn-1"})
        assert sorted(one["verdict"] for one in said["results"]) == ["stored"] * 4 + ["waiting"]
        assert [value for _, _, value in stored()] == ["0", "1", "2", "9"]
        assert RawTelemetryData.objects.get(value="9").device_time == NOW + MINUTE
        waiting = DeadLetter.objects.get(state="waiting")
        assert (waiting.reason, waiting.count) == ("unreadable", 1)
        settled = DeadLetter.objects.exclude(state="waiting").first()
        assert settled is not None
        assert (settled.state, settled.settled_by) == ("stored", "user:ops@example.cl")
        again = post(
            f"{LETTERS}replay/", {"ids": [str(one) for one in DeadLetter.objects.values_list("id", flat=True)]}
        )
        assert [one["verdict"] for one in again["results"]] == ["waiting"]

    def test_replayed_in_vain_it_waits_and_says_why(self, make_account: Make, make_listened: Make) -> None:
        account = make_account()
        keep(sent(account, {"caudal": 1, "ts": TS}))
        body = {"provider": str(account.id), "device": "sn-1"}
        (verdict,) = post(f"{LETTERS}replay/", body)["results"]
        assert verdict["still"] == [{"device": "sn-1", "reason": "unknown_device", "problem": ""}]
        make_listened(account, variables={"otra": "flow"})
        (verdict,) = post(f"{LETTERS}replay/", body)["results"]
        assert verdict["still"][0]["reason"] == "unknown_key"
        assert DeadLetter.objects.get().reason == "unknown_key"

    def test_a_replay_goes_on_where_it_ended(
        self, make_account: Make, make_listened: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("telemetry_service.listen.api.AT_ONCE", 2)
        account = make_account()
        keep(*(sent(account, {"nobody": n, "ts": TS}, at=NOW + n * MINUTE) for n in range(2)))
        keep(sent(account, {"caudal": 1, "ts": TS}, at=NOW + 9 * MINUTE))
        make_listened(account)
        body = {"provider": str(account.id), "device": "sn-1"}
        first = post(f"{LETTERS}replay/", body)
        assert [one["verdict"] for one in first["results"]] == ["waiting", "waiting"]
        second = post(f"{LETTERS}replay/", {**body, "cursor": first["next"]})
        assert ([one["verdict"] for one in second["results"]], second["next"]) == (["stored"], None)

    def test_a_key_that_is_assigned_later_brings_what_it_said_before(
        self, make_account: Make, make_listened: Make
    ) -> None:
        from telemetry_service.raw.operations import map_series

        source = make_listened(account := make_account())
        keep(
            sent(account, {"caudal": 0, "temp": 10, "ts": TS}), sent(account, {"temp": 11, "nivel": 1}, at=NOW + MINUTE)
        )
        letter = DeadLetter.objects.get()
        (verdict,) = post(f"{LETTERS}replay/", {"ids": [str(letter.id)]})["results"]
        assert (verdict["verdict"], verdict["stored"]) == ("waiting", 0)
        map_series(source_id=source.id, origin="x", point_id=source.point_id, variables={"temp": "temperature"})
        (verdict,) = post(f"{LETTERS}replay/", {"ids": [str(letter.id)]})["results"]
        assert (verdict["verdict"], verdict["stored"]) == ("stored", 2)
        assert [row for row in stored() if row[0] == "temp"] == [("temp", NOW, "10"), ("temp", NOW + MINUTE, "11")]

    def test_discarded_with_its_author_it_stays_so(self, make_account: Make, make_listened: Make) -> None:
        account = make_account()
        keep(sent(account, {"caudal": 1, "ts": TS}))
        said = post(f"{LETTERS}discard/", {"provider": str(account.id), "device": "sn-1"})
        assert said == {"discarded": 1}
        keep(sent(account, {"caudal": 1, "ts": TS}))
        letter = DeadLetter.objects.get()
        assert (letter.state, letter.count, letter.settled_by) == ("discarded", 2, "user:ops@example.cl")
        make_listened(account)
        assert post(f"{LETTERS}replay/", {"ids": [str(letter.id)]})["results"] == []

    @pytest.mark.parametrize("body", [{}, {"provider": str(uuid.uuid4())}, {"ids": []}, {"ids": ["x"]}])
    @pytest.mark.parametrize("what", ["replay", "discard"])
    def test_which_ones_must_be_said(self, body: Any, what: str) -> None:
        post(f"{LETTERS}{what}/", body, 400)

    @pytest.mark.parametrize("url", ["", "devices/"])
    def test_they_are_for_those_who_see_all_points(self, url: str) -> None:
        assert api_client(user_token(points=[])).get(LETTERS + url).status_code == 403
        assert api_client(user_token(scopes=["core:read"])).get(LETTERS + url).status_code == 403
        assert api_client().get(LETTERS + url).status_code == 401

    def test_reading_alone_settles_nothing(self, make_account: Make) -> None:
        body = {"provider": str(make_account().id), "device": ""}
        client = api_client(user_token(scopes=["telemetry:read"]))
        for what in ("replay", "discard"):
            assert client.post(f"{LETTERS}{what}/", body, format="json").status_code == 403


def test_how_the_connections_stand(make_account: Make) -> None:
    account = make_account()
    Connection.objects.create(
        provider=account, shard="1/1", state=ConnectionState.REFUSED, problem="x", version=1, since=NOW, seen_at=NOW
    )
    (one,) = get("/api/telemetry/connections/")["results"]
    assert (one["name"], one["state"], one["problem"]) == ("broker", "refused", "x")
