"""ChirpStack 4's uplink event, with the values that its codec decoded; providers.md §8.2."""

from deploy.simulators.mqtt.formats.lorawan import F_PORT, FREQUENCY, frame, uuid_of
from deploy.simulators.mqtt.sample import Message, Sample, as_json
from deploy.simulators.times import from_epoch_ms


def chirpstack4(sample: Sample, *, application: str = "pozos", topic: str = "") -> Message:
    app_id = uuid_of("application", application)
    body = {
        "deduplicationId": uuid_of("uplink", sample.device, sample.number),
        "time": f"{from_epoch_ms(sample.at):%Y-%m-%dT%H:%M:%S}.{sample.at % 1000:03}{sample.number % 10**6:06}+00:00",
        "deviceInfo": {
            "tenantId": uuid_of("tenant"),
            "tenantName": "ChirpStack",
            "applicationId": app_id,
            "applicationName": application,
            "deviceProfileId": uuid_of("profile"),
            "deviceProfileName": "EM500-SWL",
            "deviceName": f"pozo {sample.device}",
            "devEui": sample.device,
            "tags": {},
        },
        "devAddr": "00189440",
        "adr": True,
        "dr": 1,
        "fCnt": sample.number,
        "fPort": F_PORT,
        "confirmed": False,
        "data": frame(sample.values),
        "object": dict(sample.values),
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "uplinkId": sample.number, "rssi": -97, "snr": 5.5}],
        "txInfo": {"frequency": FREQUENCY},
    }
    topic = topic or "application/{application}/device/{device}/event/up"
    return topic.format(application=app_id, device=sample.device), as_json(body)
