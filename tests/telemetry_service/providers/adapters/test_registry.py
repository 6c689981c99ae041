"""Adapters that come in packages of their own are found by their entry points; what is missing is said."""

from collections.abc import Callable

import pytest

from shared.errors import InvalidInput
from telemetry_service.providers.adapters import NoAdapter, adapter_for
from telemetry_service.providers.adapters.http_api import HttpApi

GOOD = """
class Adapter:
    type = "{name}"
    def parse(self, config): return config
    def credentials(self, parsed): return frozenset()
    def params(self, parsed): return ()
    def open(self, account): raise NotImplementedError
"""
Install = Callable[..., None]


def test_http_is_built_in() -> None:
    assert isinstance(adapter_for("HTTP_API"), HttpApi)


def test_a_type_without_a_plug_in_says_how_to_get_one() -> None:
    with pytest.raises(NoAdapter) as caught:
        adapter_for("GRPC")
    assert caught.value.code == "no_adapter"
    assert isinstance(caught.value, InvalidInput)
    for part in ("ningún adaptador «GRPC» instalado", "telemetry.providers", "pip install", "docs/providers.md"):
        assert part in str(caught.value)


def test_a_class_is_found_by_its_type(install: Install) -> None:
    install("GRPC", GOOD.format(name="GRPC"))
    assert adapter_for("GRPC").type == "GRPC"


def test_a_custom_provider_names_its_entry_point(install: Install) -> None:
    install("keller-cloud", GOOD.format(name="CUSTOM") + "\nours = Adapter()\n", "ours")
    assert adapter_for("CUSTOM", "keller-cloud").type == "CUSTOM"
    with pytest.raises(NoAdapter, match="«otro»"):
        adapter_for("CUSTOM", "otro")


@pytest.mark.parametrize(
    "source", ["import no_such_module", "Adaptor = 1", "class Adapter:\n  def __init__(self): 1/0"]
)
def test_one_that_cannot_be_loaded_is_named(install: Install, source: str) -> None:
    install("GRPC", source)
    with pytest.raises(NoAdapter, match="adapter_of_grpc"):
        adapter_for("GRPC")


def test_one_without_all_its_members_is_refused(install: Install) -> None:
    install("GRPC", "class Adapter:\n  def parse(self, config): ...\n")
    with pytest.raises(InvalidInput, match="credentials, params, open"):
        adapter_for("GRPC")
