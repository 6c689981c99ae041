"""PUSH: the device sends by itself, with an API key. Nothing is asked, so there is nothing to configure."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from shared.errors import invalid
from telemetry_service.providers.adapters.interface import Account
from telemetry_service.providers.engine.row import Param


class Push:
    type = "PUSH"

    def parse(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        for name in config:
            raise invalid(f"config.{name}", "una cuenta PUSH no se configura", received="***", expected="{}")
        return config

    def credentials(self, parsed: Mapping[str, Any]) -> frozenset[str]:
        return frozenset()

    def params(self, parsed: Mapping[str, Any]) -> Sequence[Param]:
        return ()

    def open(self, account: Account) -> NoReturn:
        raise NotImplementedError("nobody asks a device that pushes")
