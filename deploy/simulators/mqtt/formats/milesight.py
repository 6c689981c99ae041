"""Milesight's gateways, when they publish themselves; providers.md §8.2."""

from collections.abc import Sequence
from typing import Any

from deploy.simulators.mqtt.formats.lorawan import F_PORT, FREQUENCY, frame
from deploy.simulators.mqtt.sample import Message, Sample, as_json
from deploy.simulators.times import iso_ms


def milesight(
    sample: Sample,
    *,
    topic: str = "milesight/{device}/uplink",
    application: str = "pozos",
    codec: bool = False,
    history: Sequence[Sample] = (),
) -> Message:
    """The operator chooses the topic. With a codec the decoded values stand beside the rest, and `data` is gone.

    `history` are readings made before, told in the same uplink; only a codec can say them.
    """
    body: dict[str, Any] = {
        "applicationID": "1",
        "applicationName": application,
        "deviceName": f"pozo {sample.device}",
        "devEUI": sample.device,
        "fCnt": sample.number,
        "fPort": F_PORT,
        "time": iso_ms(sample.at),
        "rxInfo": [{"mac": "24e124fffef5aa11", "name": "gateway-1", "rssi": -97, "loRaSNR": 5.5}],
        "txInfo": {"frequency": FREQUENCY, "adr": True, "codeRate": "4/5"},
    }
    if not codec:
        return topic.format(device=sample.device), as_json(body | {"data": frame(sample.values)})
    told = [{"timestamp": older.at // 1000, **older.values} for older in history]
    return topic.format(device=sample.device), as_json(body | dict(sample.values) | ({"history": told} if told else {}))
