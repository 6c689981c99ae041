"""HTTPS with an authority of its own: refused by whoever was not told to trust it."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.simulators.certificates import Certificate, make_certificate
from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import Scenario
from deploy.simulators.web import running
from shared.clock import VirtualClock


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


@pytest.fixture
def url(scenario: Scenario, clock: VirtualClock, certificate: Certificate) -> Iterator[str]:
    with running(providers(scenario, clock.read), certificate=certificate) as url:
        yield url


def test_nobody_trusts_it_by_default(url: str) -> None:
    assert url.startswith("https://")
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{url}/_sim/stats", trust_env=False)


def test_who_knows_its_authority_is_served(url: str, certificate: Certificate) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate.authority))
    assert httpx.get(f"{url}/_sim/stats", verify=trusting, trust_env=False).status_code == 200
    # A handshake that failed costs the others nothing.
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
    assert httpx.get(f"{url}/_sim/stats", verify=trusting, trust_env=False).status_code == 200


def test_plain_http_is_no_answer(url: str) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(url.replace("https", "http"), trust_env=False, timeout=5)


def test_the_key_is_its_owners(certificate: Certificate) -> None:
    assert certificate.key.stat().st_mode & 0o077 == 0
