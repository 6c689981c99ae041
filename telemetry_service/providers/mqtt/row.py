"""An MQTT account as a configuration row (`mqtt/1`), parsed: where it connects, what it hears, who decodes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from telemetry_service.providers.decoders import DECODERS
from telemetry_service.providers.decoders.message import Decoded, Message, Status, Undecodable
from telemetry_service.providers.decoders.places import Place
from telemetry_service.providers.engine.row import Param
from telemetry_service.providers.engine.templates import Template
from telemetry_service.providers.mqtt.topics import digest_name, filled, masked, matches, open_filter

MASK = "***"


@dataclass(frozen=True, slots=True)
class Subscription:
    """`is_secret`: the topic names a device by what is a secret of its source; it is called by a digest of that."""

    topic: Template
    qos: int
    decoder: str
    options: Any
    is_secret: bool = False

    def hears(self, topic: str) -> bool:
        return matches(open_filter(self.topic), topic)

    def filters(self, sources: Iterable[Mapping[str, str]]) -> Iterator[str]:
        return filled(self.topic, sources)

    def shown(self, topic: str) -> str:
        """The topic as it may be written down."""
        return masked(topic, open_filter(self.topic), MASK) if self.is_secret else topic

    def decode(self, message: Message) -> Decoded:
        """Raises Undecodable. A device that is called by a secret comes out under its digest."""
        try:
            found = DECODERS[self.decoder].decode(message, self.options)
        except Undecodable as error:
            raise Undecodable(error.problem, device=self.called(error.device)) from error
        if self.is_secret:
            found.readings = [one._replace(device=self.called(one.device)) for one in found.readings]
            found.statuses = [Status(self.called(one.device), one.is_online) for one in found.statuses]
        return found

    def called(self, device: str) -> str:
        return digest_name(device) if self.is_secret and device else device

    def device_of(self, params: Mapping[str, str]) -> str:
        """Which device a source of the account is, where the topic is made of what it says. Else nothing."""
        place = getattr(self.options, "device", None)
        filters = list(self.filters([params])) if self.topic.places else []
        return self.called(place.in_topic(filters[0])) if filters and isinstance(place, Place) else ""


@dataclass(frozen=True, slots=True)
class Tls:
    """`ca`: a PEM of the authorities to trust instead of the system's. Names are always checked."""

    ca: str | None = None


@dataclass(frozen=True, slots=True)
class MqttRow:
    host: str
    port: int
    protocol: Literal["3.1.1", "5"]
    tls: Tls | None
    allow_plain: bool
    client_id: str
    keepalive_s: int
    reconnect_s: tuple[int, int]
    session: timedelta  # how long the broker keeps it for us; MQTT 5 only, else the broker decides
    shared: str  # the group of shared subscriptions; empty: one client hears all
    username: Template | None
    password: Template | None
    params: tuple[Param, ...]
    subscriptions: tuple[Subscription, ...]
    most_bytes: int

    @property
    def credentials(self) -> frozenset[str]:
        said = (one for one in (self.username, self.password) if one is not None)
        return frozenset(place.name for template in said for place in template.places)

    @property
    def secret_params(self) -> frozenset[str]:
        return frozenset(param.name for param in self.params if param.secret)

    def hearing(self, topic: str) -> Subscription | None:
        """The first subscription that the topic belongs to: overlapping ones do not read it twice."""
        return next((one for one in self.subscriptions if one.hears(topic)), None)

    def device_of(self, params: Mapping[str, str]) -> str:
        """Which device of the broker a source of this account is; nothing where it does not say."""
        found = (one.device_of(params) for one in self.subscriptions)
        return params.get("device", "") or next((device for device in found if device), "")
