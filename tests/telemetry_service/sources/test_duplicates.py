"""One device's key is read once, in whatever way a second source says that it is the same."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from shared.errors import Conflict
from shared.testing import api_client, user_token
from telemetry_service.raw.models import Series
from telemetry_service.sources.models import Source

Make = Callable[..., Any]
URL = "/api/telemetry/sources/"
FLOW = {"caudal": "flow"}
pytestmark = pytest.mark.django_db


def test_another_account_row_of_the_same_provider(make_source: Make, make_provider: Make) -> None:
    make_source(variables=FLOW)
    with pytest.raises(Conflict) as caught:
        make_source(provider=make_provider("tago", "otra fila"), variables=FLOW)
    assert caught.value.errors[0].field == "variables"
    assert Source.objects.count() == 1


def test_another_preset_of_the_same_cloud(make_source: Make, make_provider: Make) -> None:
    """NOVUS is TagoIO: another header, the same token, the same variable."""
    make_source(variables=FLOW)
    with pytest.raises(Conflict):
        make_source(provider=make_provider("novus", "novus"), params={"token": "token-000-secreto"}, variables=FLOW)


@pytest.mark.parametrize("address", ["HTTP://LOCALHOST:{port}", "http://localhost:{port}/"])
def test_another_spelling_of_the_address(make_source: Make, make_provider: Make, httpserver: Any, address: str) -> None:
    make_source(variables=FLOW)
    other = make_provider("tago", "otra", base_url=address.format(port=httpserver.port))
    with pytest.raises(Conflict):
        make_source(provider=other, variables=FLOW)


def test_the_token_of_a_single_key(make_source: Make, make_provider: Make) -> None:
    make_source(variables=FLOW)
    with pytest.raises(Conflict):
        make_source(
            provider=make_provider("tago", "otra"),
            params={"token": "otro"},
            variables={"caudal": "flow", "nivel": "level"},
            variable_params={"caudal": {"token": "token-000-secreto"}},
        )
    # The other way round: what a key has from elsewhere leaves the source's own token free.
    provider = make_provider("tago", "tercera")
    make_source(provider=provider, params={"token": "t3"}, variables=FLOW, variable_params={"caudal": {"token": "t4"}})
    make_source(provider=provider, params={"token": "t3"}, variables=FLOW)
    with pytest.raises(Conflict):
        make_source(provider=provider, params={"token": "t4"}, variables=FLOW)


def test_a_default_said_aloud_is_the_same_device(make_source: Make, make_provider: Make) -> None:
    provider = make_provider("tdata", "cuenta tdata")
    make_source("tdata", provider=provider, variables={"5001": "flow"})
    with pytest.raises(Conflict):
        make_source(
            "tdata", provider=provider, params={"device": "8f1d2c30", "entity": "DEVICE"}, variables={"5001": "flow"}
        )
    make_source(
        "tdata", provider=provider, params={"device": "8f1d2c30", "entity": "ASSET"}, variables={"5001": "flow"}
    )


def test_another_customer_may_call_his_device_the_same(make_source: Make, make_provider: Make) -> None:
    make_source("tdata", provider=make_provider("tdata", "uno"), variables={"5001": "flow"})
    other = make_provider("tdata", "dos")
    other.credentials = {"username": "otra@example.cl", "password": "x"}
    other.save()
    make_source("tdata", provider=other, variables={"5001": "flow"})
    # A new password is no other customer.
    third = make_provider("tdata", "tres")
    third.credentials = {"username": "otra@example.cl", "password": "y"}
    third.save()
    with pytest.raises(Conflict):
        make_source("tdata", provider=third, variables={"5001": "flow"})


def test_another_key_another_device_another_host_are_other_readings(make_source: Make, make_provider: Make) -> None:
    provider = make_provider("tago")
    make_source(provider=provider, variables=FLOW)
    make_source(provider=provider, variables={"nivel": "level"})
    make_source(provider=provider, params={"token": "t2"}, variables=FLOW)
    elsewhere = make_provider("tago", "otro servidor", base_url="https://api.eu-w1.tago.io")
    make_source(provider=elsewhere, variables=FLOW)
    assert Series.objects.count() == 4


def test_devices_that_push_are_told_apart_by_their_source(make_source: Make, make_provider: Make, now: Any) -> None:
    from telemetry_service.providers.operations import create_provider

    push = create_provider(
        name="Empuje", changes={}, credentials={}, actor="user:ops@example.cl", now=now, type_="PUSH"
    )
    sources = [make_source(provider=push, params={}, variables=FLOW) for _ in range(2)]
    assert [source.next_poll_at for source in sources] == [None, None]
    assert Series.objects.values("origin").distinct().count() == 2


def test_no_secret_is_in_an_origin(make_source: Make) -> None:
    make_source(variables=FLOW)
    assert all(len(origin) == 64 for origin in Series.objects.values_list("origin", flat=True))
    assert not Series.objects.filter(origin__contains="secreto").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(make_provider: Make, make_point: Make) -> None:
    """Both have looked, and neither saw the other: the database decides."""
    accounts = [make_provider("tago", f"cuenta {n}") for n in range(2)]
    bodies = [
        {
            "provider": str(account.id),
            "point": str(make_point(f"P{n}").id),
            "params": {"token": "token-000"},
            "variables": [{"key": "caudal", "variable": "flow"}],
        }
        for n, account in enumerate(accounts)
    ]
    ready, answers = threading.Barrier(2), []

    def post(body: dict[str, Any]) -> None:
        ready.wait(timeout=10)
        try:
            answers.append(api_client(user_token()).post(URL, body, format="json").status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post, args=[body]) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(answers) == [201, 409]
    assert Source.objects.count() == Series.objects.count() == 1


def test_the_database_itself_refuses_it(make_source: Make, make_provider: Make) -> None:
    provider = make_provider("tago")
    first = make_source(provider=provider, variables=FLOW)
    second = make_source(provider=provider, params={"token": "t2"}, variables=FLOW)
    origin = Series.objects.get(source_id=first.id).origin
    with pytest.raises(IntegrityError, match="series_key_once_per_origin"), transaction.atomic():
        Series.objects.filter(source_id=second.id).update(origin=origin)
