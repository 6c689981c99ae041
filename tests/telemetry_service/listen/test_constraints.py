"""What the database itself refuses."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from telemetry_service.listen.models import Connection, DeadLetter, Device, NodeMemory, Route
from tests.telemetry_service.listen.conftest import NOW, Make

pytestmark = pytest.mark.django_db


def refused(name: str, make: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("listen_device_once_per_account", {"identity": "sn-1"}),
        ("listen_device_has_identity", {"identity": ""}),
        ("listen_device_status_says_when", {"identity": "x", "is_online": True}),
        ("listen_device_status_says_when", {"identity": "x", "status_at": NOW}),
    ],
)
def test_a_device(make_account: Make, name: str, said: dict[str, Any]) -> None:
    plain = {"provider": make_account(), "created_at": NOW, "created_by": "x"}
    Device.objects.create(identity="sn-1", **plain)
    refused(name, lambda: Device.objects.create(**(plain | said)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("listen_route_key_once_per_device", {"key": "q"}),
        ("listen_route_renames_one_key", {"key": "", "source_key": "x"}),
        ("listen_route_renames_one_key", {"key": "z", "source": None, "source_key": "x"}),
    ],
)
def test_a_route(make_account: Make, make_source: Make, make_device: Make, name: str, said: dict[str, Any]) -> None:
    source = make_source()
    device = make_device(make_account(), "sn-1", source, {"q": "caudal"})
    Route.objects.filter(key="").delete()
    refused(name, lambda: Route.objects.create(**({"device": device, "source": source} | said)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dead_letter_once_per_account", {"digest": b"1"}),
        ("dead_letter_reason_known", {"reason": "because"}),
        ("dead_letter_state_known", {"state": "gone", "settled_at": NOW, "settled_by": "x"}),
        ("dead_letter_counted", {"count": 0}),
        ("dead_letter_last_is_last", {"last_at": NOW.replace(year=2025)}),
        ("dead_letter_settled_says_who_and_when", {"state": "stored"}),
        ("dead_letter_settled_says_who_and_when", {"settled_by": "x"}),
    ],
)
def test_a_dead_letter(make_account: Make, name: str, said: dict[str, Any]) -> None:
    plain = {
        "provider": make_account(),
        "topic": "t",
        "shown_topic": "t",
        "reason": "undecodable",
        "payload": b"",
        "size": 0,
        "received_at": NOW,
        "last_at": NOW,
    }
    DeadLetter.objects.create(digest=b"1", **plain)
    refused(name, lambda: DeadLetter.objects.create(**({"digest": b"2"} | plain | said)))


def test_a_nodes_memory_is_one(make_account: Make) -> None:
    account = make_account()
    NodeMemory.objects.create(provider=account, node="a/b", memory={})
    refused("listen_node_once_per_account", lambda: NodeMemory.objects.create(provider=account, node="a/b", memory={}))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("listen_connection_once_per_shard", {"shard": "1/1"}),
        ("listen_connection_state_known", {"state": "maybe"}),
        ("listen_connection_failures_counted", {"failures": -1}),
    ],
)
def test_a_connection(make_account: Make, name: str, said: dict[str, Any]) -> None:
    plain = {
        "provider": make_account(),
        "shard": "1/2",
        "state": "connected",
        "version": 1,
        "since": NOW,
        "seen_at": NOW,
    }
    Connection.objects.create(**(plain | {"shard": "1/1"}))
    refused(name, lambda: Connection.objects.create(**(plain | said)))
