"""What goes wrong in a provider's cloud: every preset gives it a class, keeps its secrets, makes no number of it."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from deploy.simulators.certificates import make_certificate
from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import Scenario
from deploy.simulators.web import running
from shared import clock
from telemetry_service.providers.adapters import Reason
from telemetry_service.providers.engine.results import FailureClass, Poll
from tests.telemetry_service.providers.clouds import CONTRACTS, DAY, NOW, Clouds, conformance_scenario, found
from tests.telemetry_service.providers.conftest import Open
from tests.telemetry_service.providers.test_session import login_body

PRESETS = pytest.mark.parametrize("name", sorted(CONTRACTS))
AUTH, CONFIG, LIMITED = FailureClass.AUTH, FailureClass.CONFIG, FailureClass.RATE_LIMITED
PARSE, TRANSIENT = FailureClass.PARSE, FailureClass.TRANSIENT
# What each fault of the cloud is to us, where a provider does not mean something of its own by it.
FAULTS: dict[str, FailureClass] = {
    "rate_limited": LIMITED,
    "token_refused": AUTH,
    "html_403": AUTH,
    "html_502": TRANSIENT,
    "json_500": TRANSIENT,
    "html_200": PARSE,
    "empty_body": PARSE,
    "truncated": PARSE,
    "oversized": PARSE,
    "cut": TRANSIENT,
    "away": TRANSIENT,
    "timeout_after_storing": TRANSIENT,
    "redirect": CONFIG,
}
MEANT: dict[tuple[str, str], FailureClass] = {
    ("thethings", "html_403"): LIMITED,  # it says 403 to who asks too often
    ("keller", "json_500"): CONFIG,  # it says 500 of a parameter that is wrong
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return conformance_scenario()


@pytest.fixture
def clouds(scenario: Scenario, open_session: Open) -> Iterator[Clouds]:
    clouds = Clouds(scenario, open_session)
    with running(providers(scenario, clouds.now)) as url:
        clouds.url = url
        yield clouds


def assert_failed(poll: Poll, kind: FailureClass) -> None:
    """A class, and neither a number nor the word that anything was looked through."""
    assert poll.failure is not None
    assert poll.failure.message
    assert (poll.outcome, poll.failure.kind, poll.readings, poll.searched) == ("failed", kind, [], {})


@PRESETS
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_has_a_class_and_is_over_when_it_is_over(clouds: Clouds, name: str, fault: str) -> None:
    kind = MEANT.get((CONTRACTS[name].engine, fault), FAULTS[fault])
    session = clouds.session(name)
    clouds.spoil(name, fault)
    assert_failed(clouds.latest(name, session), kind)
    if CONTRACTS[name].has_history:
        assert_failed(clouds.history(name, session, NOW - DAY), kind)
    clouds.break_(**{fault: 0.0})
    if kind is not AUTH or CONTRACTS[name].engine != "thingsboard":
        assert clouds.newest(name) <= found(clouds.latest(name, session))
    # A login that led nowhere is not tried again by this session; a new one begins anew.
    assert clouds.newest(name) <= found(clouds.latest(name))


@PRESETS
def test_a_wrong_credential_is_auth(clouds: Clouds, name: str) -> None:
    wrong = dict.fromkeys(CONTRACTS[name].credentials, "otra-000")
    opened = clouds.open(name, clouds.config(name), credentials=wrong)
    params = clouds.params(name) if wrong else dict.fromkeys(clouds.params(name), "otra-000")
    poll = opened.latest(params, list(CONTRACTS[name].keys), clouds.at)
    # thethings.iO knows a token and a key that it has not got by the same 404: see adapters/http_api.py.
    assert_failed(poll, AUTH) if CONTRACTS[name].engine != "thethings" else _assert_unknown(poll)


def _assert_unknown(poll: Poll) -> None:
    assert (poll.outcome, poll.readings, len(poll.unknown)) == ("no_data", [], 3)


@PRESETS
def test_a_device_that_is_not_there_is_no_number(clouds: Clouds, name: str) -> None:
    params = {**clouds.params(name), **({"device": "9999"} if "device" in clouds.params(name) else {})}
    poll = clouds.session(name).latest(params, ["no-hay"], clouds.at)
    assert poll.readings == []


@PRESETS
def test_a_private_address_is_not_reached(clouds: Clouds, name: str) -> None:
    opened = clouds.session(name, {"base_url": "https://10.0.0.7"}, allow=[])
    poll = clouds.latest(name, opened)
    assert_failed(poll, CONFIG)
    assert poll.failure is not None
    assert poll.failure.reason is Reason.ADDRESS


@PRESETS
def test_a_certificate_that_nobody_vouches_for(
    scenario: Scenario, open_session: Open, tmp_path: Any, name: str
) -> None:
    clouds = Clouds(scenario, open_session)
    with running(providers(scenario, clouds.now), certificate=make_certificate(tmp_path)) as clouds.url:
        poll = clouds.latest(name)
    assert_failed(poll, TRANSIENT)
    assert poll.failure is not None
    assert poll.failure.reason is Reason.CERTIFICATE


@PRESETS
@pytest.mark.parametrize("said", ["seconds", "date"])
def test_a_wait_is_taken_at_its_word(httpserver: HTTPServer, open_session: Open, name: str, said: str) -> None:
    def refuse(request: Request) -> Response:
        until = format_datetime(clock.now() + timedelta(seconds=37), usegmt=True)
        return Response("{}", 429, {"Retry-After": "37" if said == "seconds" else until})

    httpserver.expect_request("/api/auth/login").respond_with_json(login_body())
    httpserver.expect_request("/login").respond_with_json(login_body())
    httpserver.expect_request(re.compile(".*")).respond_with_handler(refuse)
    params = dict.fromkeys(CONTRACTS[name].params, "7")
    credentials = dict.fromkeys(CONTRACTS[name].credentials, "x")
    opened = open_session(name, {"limits": {"retries": 3}}, credentials=credentials)
    poll = opened.latest(params, list(CONTRACTS[name].keys), datetime(2026, 1, 2, tzinfo=UTC))
    assert_failed(poll, LIMITED)
    assert poll.failure is not None
    # From the server's own Date, which has whole seconds.
    assert poll.failure.wait_s in {36, 37}
    refused = [request for request, response in httpserver.log if response.status_code == 429]
    assert len(refused) == 1  # nobody is asked again before that, for any key


@pytest.mark.parametrize("name", ["tago", "novus"])
def test_tago_says_in_its_message_when_to_come_back(clouds: Clouds, name: str) -> None:
    clouds.at = NOW + timedelta(seconds=48)
    clouds.break_(rate_limited=1.0)
    failure = clouds.latest(name).failure
    assert failure is not None
    assert failure.wait_s == 12


@pytest.mark.parametrize("name", ["tago", "novus"])
def test_tago_can_fail_with_200(clouds: Clouds, name: str) -> None:
    clouds.break_(status_false=1.0)
    assert_failed(clouds.latest(name), TRANSIENT)


@PRESETS
def test_no_secret_is_written_anywhere(clouds: Clouds, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    session, written = clouds.session(name), []
    for fault in ("token_refused", "html_502", "truncated", "redirect", "rate_limited", "away"):
        clouds.spoil(name, fault)
        written.append(clouds.latest(name, session))
        clouds.break_(**{fault: 0.0})
    written.append(clouds.latest(name, clouds.session(name, {"base_url": "http://127.0.0.1:9"})))
    written.append(clouds.latest(name))
    ours = [record.getMessage() for record in caplog.records]
    kept = [f"{poll} {poll.failure} {poll.last_request} {poll.trouble}" for poll in written]
    # What an answer says is kept byte for byte; it is not part of what is shown of it.
    for secret in clouds.secrets(name):
        assert not any(secret in text for text in (*ours, *kept, repr(session.session)))
    assert clouds.secrets(name)
