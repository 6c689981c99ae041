import pytest

from shared.testing import api_client, service_token, user_token
from telemetry_service import pipeline

pytestmark = pytest.mark.django_db
URL = "/api/telemetry/keys/sync/"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    task = pipeline.sync_keys_task
    monkeypatch.setattr(task, "apply_async", lambda *args, **kwargs: names.append(task.name))
    return names


def test_core_may_hint(sent: list[str]) -> None:
    response = api_client(service_token("core")).post(URL, {}, format="json")
    assert (response.status_code, response.json()) == (202, {"queued": True})
    assert sent == ["telemetry.sync_keys"]


def test_nobody_else_may(sent: list[str]) -> None:
    assert api_client(service_token("compliance")).post(URL, {}, format="json").status_code == 403
    assert api_client(user_token()).post(URL, {}, format="json").status_code == 403
    assert api_client().post(URL, {}, format="json").status_code == 401
    assert sent == []
