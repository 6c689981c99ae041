"""Before Django: a push gets what Django would give it, and everything else goes on to Django."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from shared.observability import metrics
from telemetry_service.push import door as module
from telemetry_service.push.door import PATH, Door
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.push.conftest import Make, row, stored
from tests.telemetry_service.push.test_api import at_noon as at_noon
from tests.telemetry_service.push.test_api import make_key as make_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("months", "at_noon")]


class Asked:
    """Asks the door; `went_on` says whether it was Django's."""

    def __init__(self) -> None:
        self.went_on = False
        self.status, self.headers, self.body = "", dict[str, str](), b""
        self.door = Door(self._django)

    def _django(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.went_on = True
        start("200 OK", [])
        return [b""]

    def __call__(self, body: bytes = b"[]", **environ: str) -> "Asked":
        said = {
            "PATH_INFO": PATH,
            "REQUEST_METHOD": "POST",
            "HTTP_HOST": "testserver:8001",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            self.status, self.headers = status, dict(headers)

        self.went_on = False
        self.body = b"".join(self.door({**said, **environ}, start))
        return self


def count(status: str) -> float:
    return metrics.REQUESTS.labels("telemetry", "POST", PATH[1:], status)._value.get()  # type: ignore[no-any-return]


def test_a_push_is_answered_with_all_that_an_answer_has(make_pushed: Make, make_key: Make) -> None:
    source, before = make_pushed(), count("200")
    asked = Asked()(json.dumps([row(source.id)]).encode(), HTTP_X_API_KEY=make_key(source.id).text)
    assert (asked.status, asked.went_on) == ("200 OK", False)
    assert json.loads(asked.body)["verdicts"] == [{"verdict": "stored"}]
    assert stored() == {("caudal", NOW, "1.5")}
    assert asked.headers["Content-Length"] == str(len(asked.body))
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["X-Content-Type-Options"] == "nosniff"
    assert len(asked.headers["X-Request-ID"]) == 32
    assert count("200") == before + 1


def test_the_caller_s_request_id_comes_back_and_stands_in_the_problem() -> None:
    asked = Asked()(HTTP_X_REQUEST_ID="pozo-norte-000017")
    assert asked.status == "401 Unauthorized"
    assert asked.headers["Content-Type"] == "application/problem+json"
    assert asked.headers["WWW-Authenticate"] == "Bearer"
    assert asked.headers["X-Request-ID"] == json.loads(asked.body)["request_id"] == "pozo-norte-000017"


@pytest.mark.parametrize(
    "said",
    [
        {"REQUEST_METHOD": "GET"},
        {"PATH_INFO": "/health"},
        {"HTTP_HOST": "somebody.else"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "-1"},
    ],
)
def test_what_is_no_plain_push_is_django_s(said: dict[str, str]) -> None:
    assert Asked()(**said).went_on


def test_an_error_that_nobody_foresaw_is_a_500_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("nobody foresaw it")

    monkeypatch.setattr(module, "answered", broken)
    asked = Asked()()
    assert asked.status == "500 Internal Server Error"
    assert json.loads(asked.body)["code"] == "internal_error"
    assert b"foresaw" not in asked.body
    assert "nobody foresaw it" in caplog.text


def test_a_body_over_the_limit_is_refused_before_it_is_read(make_pushed: Make, make_key: Make) -> None:
    asked = Asked()(HTTP_X_API_KEY=make_key(make_pushed().id).text, CONTENT_LENGTH=str(6 * 2**20))
    assert (asked.status[:3], json.loads(asked.body)["code"]) == ("413", "body_too_large")
