import pytest

from shared.clients.outbound import ForbiddenAddress, guard

PUBLIC, PRIVATE, LOOPBACK, METADATA = "93.184.216.34", "10.0.0.5", "127.0.0.1", "169.254.169.254"


def check(url: str, *addresses: str, allow: tuple[str, ...] = ()) -> None:
    guard(url, allow=allow, resolver=lambda host, port: list(addresses))


@pytest.fixture(autouse=True)
def _system_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK_CLOCK_FILE", raising=False)


def test_a_public_address_by_https_may_be_asked() -> None:
    check("https://provider.example/data", PUBLIC)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://provider.example", PUBLIC),
        ("https://provider.example", PRIVATE),
        ("https://provider.example", LOOPBACK),
        ("https://provider.example", METADATA),
        ("https://[::1]", "::1"),
        ("file:///etc/passwd", PUBLIC),
        ("https://", PUBLIC),
    ],
)
def test_everything_else_is_refused(url: str, address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check(url, address)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(ForbiddenAddress):
        check("https://provider.example", PUBLIC, PRIVATE)


def test_an_allowed_host_may_be_private_and_plain() -> None:
    check("http://gateway.local:8080", PRIVATE, allow=("Gateway.local",))


def test_while_the_clock_is_virtual_only_this_machine_is_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_CLOCK_FILE", "clock")
    check("http://127.0.0.1:9000", LOOPBACK, allow=("127.0.0.1",))
    with pytest.raises(ForbiddenAddress, match="reloj virtual"):
        check("https://provider.example", PUBLIC, allow=("provider.example",))
