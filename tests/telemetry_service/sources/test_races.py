"""Two people at once: one of them is first, and the other is told."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from shared import clock
from shared.testing import api_client, user_token
from telemetry_service.sources.models import Source, SourceMove, State

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
URL = "/api/telemetry/sources/"


@pytest.fixture
def tago(httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        at = clock.now().isoformat()
        row = f'{{"variable": "{request.args["variable"]}", "value": 5, "time": "{at}"}}'
        return Response(f'{{"status": true, "result": [{row}]}}', 200)

    httpserver.expect_request("/data").respond_with_handler(answer)


def at_once(*calls: Callable[[], Any]) -> list[int]:
    """The status of each, all begun together."""
    ready, answers = threading.Barrier(len(calls)), []

    def run(call: Callable[[], Any]) -> None:
        ready.wait(timeout=10)
        try:
            answers.append(call().status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(answers)


def post(source: Source, what: str, **body: Any) -> Callable[[], Any]:
    return lambda: api_client(user_token()).post(f"{URL}{source.id}/{what}/", body, format="json")


def patch(source: Source, **body: Any) -> Callable[[], Any]:
    return lambda: api_client(user_token()).patch(f"{URL}{source.id}/", body, format="json")


def test_a_draft_is_activated_once(tago: None, make_source: Make) -> None:
    source = make_source(live=False)
    assert at_once(*[post(source, "activate")] * 3) == [200, 409, 409]
    assert [move.to for move in SourceMove.objects.order_by("id")] == [State.DRAFT, State.ACTIVE]


def test_a_source_is_paused_once(make_source: Make) -> None:
    source = make_source()
    assert at_once(*[post(source, "pause", reason="mantención")] * 3) == [200, 409, 409]


def test_of_two_changes_none_undoes_the_other_unseen(make_source: Make) -> None:
    source = make_source()
    answers = at_once(patch(source, period_s=600), patch(source, cadence_s=60))
    source.refresh_from_db()
    assert source.version == 1 + answers.count(200)
    assert set(answers) <= {200, 409}
    assert 200 in answers
    changed = (source.period_s == 600) + (source.cadence_s == 60)
    assert changed == answers.count(200)


def test_a_draft_that_changes_while_it_is_tested_goes_live_tested_or_not_at_all(tago: None, make_source: Make) -> None:
    source = make_source(live=False)
    at_once(post(source, "activate"), patch(source, params={"token": "otro-000"}))
    source.refresh_from_db()
    tested = source.tested_at is not None and source.faults == []
    assert source.state == State.DRAFT or tested


def test_an_account_and_a_source_of_it_change_together(make_source: Make) -> None:
    source = make_source()
    url = f"/api/telemetry/providers/{source.provider_id}/"

    def account() -> Any:
        wanted = {"config": {"params": {"planta": {"type": "string", "secret": False, "required": False}}}}
        return api_client(user_token()).patch(url, wanted, format="json")

    answers = at_once(account, patch(source, period_s=600))
    assert set(answers) <= {200, 409}
    assert 200 in answers
