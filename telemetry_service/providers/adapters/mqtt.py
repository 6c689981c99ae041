"""MQTT: devices that publish on a broker. Nobody asks them: `telemetry_service.listen` hears them."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from telemetry_service.providers.adapters.interface import Account
from telemetry_service.providers.engine.row import Param
from telemetry_service.providers.mqtt.parse import parse_mqtt
from telemetry_service.providers.mqtt.row import MqttRow


class Mqtt:
    type = "MQTT"

    def parse(self, config: Mapping[str, Any]) -> MqttRow:
        return parse_mqtt(config)

    def credentials(self, parsed: MqttRow) -> frozenset[str]:
        return parsed.credentials

    def params(self, parsed: MqttRow) -> Sequence[Param]:
        return parsed.params

    def open(self, account: Account) -> NoReturn:
        raise NotImplementedError("nobody asks a broker")
