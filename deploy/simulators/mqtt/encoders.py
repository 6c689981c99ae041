"""Which format a device of the scenario publishes in: its `mqtt` entry, made into a function of its samples."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from deploy.simulators.mqtt.formats.chirpstack import chirpstack4
from deploy.simulators.mqtt.formats.flat import flat
from deploy.simulators.mqtt.formats.milesight import milesight
from deploy.simulators.mqtt.formats.novus import novus
from deploy.simulators.mqtt.formats.tago import tago
from deploy.simulators.mqtt.formats.thethings import thethings
from deploy.simulators.mqtt.formats.thingsboard import thingsboard_device, thingsboard_gateway
from deploy.simulators.mqtt.formats.tts import tts3
from deploy.simulators.mqtt.sample import Message, Sample
from deploy.simulators.scenario import BadScenario

# One device's samples, in the order of their coming, or a gateway's of one instant.
Encoder = Callable[[Sequence[Sample]], list[Message]]
SPARKPLUG = "sparkplug-b"
GATEWAY = "thingsboard-gateway"
MILESIGHT = "milesight-gw"
ONE_BY_ONE: Mapping[str, Callable[..., Message]] = {
    "flat": flat,
    "thethings": thethings,
    "thingsboard-device": thingsboard_device,
    "tago": tago,
    "chirpstack4": chirpstack4,
    "tts3": tts3,
    MILESIGHT: milesight,
    "novus-logbox": novus,
}
FORMATS = (*ONE_BY_ONE, GATEWAY, SPARKPLUG)


def encoder(name: str, options: Mapping[str, Any]) -> Encoder:
    """Raises BadScenario for a format or an option that does not exist."""
    if name == GATEWAY:
        return lambda samples: [thingsboard_gateway(samples, **options)]
    if name not in ONE_BY_ONE:
        raise BadScenario(f"{name}: a format is one of {', '.join(FORMATS)}")
    encode = partial(ONE_BY_ONE[name], **options)
    try:
        encode(Sample(device="x", at=0, values={}))
    except (TypeError, KeyError, ValueError) as error:
        raise BadScenario(f"{name}: {error!r}") from error
    if name == MILESIGHT and options.get("codec"):
        # What was kept comes inside the uplink that ends it.
        return lambda samples: [encode(samples[-1], history=samples[:-1])]
    return lambda samples: [encode(sample) for sample in samples]
