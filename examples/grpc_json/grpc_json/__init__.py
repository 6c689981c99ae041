"""A provider that is a gRPC method: JSON in, JSON out, so that nothing has to be generated.

An account of type GRPC: {"target": "telemetria.example.cl:443", "tls": true} and the credential `token`. A source says
which `device`.

    request  {"device": "7", "keys": ["caudal"], "start": "2026-01-01T00:00:00+00:00", "end": "…", "limit": 1000}
    answer   {"readings": [{"key": "caudal", "time": "2026-01-01T00:00:00Z", "value": 12.5, "unit": "L/s"}],
              "more": false}

`start <= time < end`, oldest first; `more` where the limit cut it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_service.providers.adapters import Account, Param, invalid

from .session import GrpcSession

TARGET = re.compile(r"[A-Za-z0-9.-]{1,253}:\d{1,5}")


@dataclass(frozen=True, slots=True)
class Service:
    host: str
    port: int
    tls: bool


class GrpcJson:
    type = "GRPC"

    def parse(self, config: Mapping[str, Any]) -> Service:
        for name in config:
            if name not in {"target", "tls"}:
                raise invalid(name, "clave desconocida", expected="target, tls")
        target, tls = config.get("target"), config.get("tls", True)
        if not isinstance(target, str) or not TARGET.fullmatch(target):
            raise invalid("target", "no es un destino", received=target, expected="servidor:puerto")
        if not isinstance(tls, bool):
            raise invalid("tls", "no es true ni false", received=tls, expected="true o false")
        host, _, port = target.rpartition(":")
        return Service(host, int(port), tls)

    def credentials(self, parsed: Service) -> frozenset[str]:
        return frozenset({"token"})

    def params(self, parsed: Service) -> Sequence[Param]:
        return (Param("device", secret=False, required=True),)

    def identity(self, parsed: Service, credentials: Mapping[str, str], params: Mapping[str, str]) -> Sequence[str]:
        """Devices are the service's own: whoever asks for one gets the same readings."""
        return [f"{parsed.host.lower()}:{parsed.port}", params["device"]]

    def key_as_asked(self, parsed: Service, key: str) -> str:
        return key

    def open(self, account: Account) -> GrpcSession:
        service: Service = account.parsed
        return GrpcSession(service.host, service.port, tls=service.tls, account=account)
