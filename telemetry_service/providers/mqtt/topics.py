"""MQTT topic filters, and those of a row that name what a source says about itself."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from paho.mqtt.client import topic_matches_sub

from telemetry_service.providers.engine.templates import Template

MANY, ONE = "#", "+"
LONGEST = 500


def is_filter(text: str) -> bool:
    """As MQTT has it: `+` and `#` are whole levels, `#` only the last."""
    levels = text.split("/")
    whole = all(level in {MANY, ONE} or not {MANY, ONE} & set(level) for level in levels)
    return bool(text) and len(text.encode()) <= LONGEST and "\0" not in text and whole and MANY not in levels[:-1]


def matches(filter_: str, topic: str) -> bool:
    return bool(topic_matches_sub(filter_, topic))


def open_filter(topic: Template) -> str:
    """The filter with `+` where each source says something of its own: it matches the topics of all of them."""
    return "".join(part if isinstance(part, str) else ONE for part in topic.parts)


def filled(topic: Template, sources: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The filter, once for each source where it names what a source says. What makes no level makes no filter."""
    if not topic.places:
        yield topic.text
        return
    for params in sources:
        said = [params.get(place.name, "") or place.default or "" for place in topic.places]
        if all(text and not set("+#/\0") & set(text) for text in said):
            yield topic.render({"point": params})


def masked(topic: str, filter_: str, mask: str) -> str:
    """`topic` with a mask at the levels where `filter_` has a `+`."""
    levels = filter_.split("/")
    return "/".join(
        mask if index < len(levels) and levels[index] == ONE else level for index, level in enumerate(topic.split("/"))
    )


def digest_name(secret: str) -> str:
    """What a device is called whose own name is a secret (thethings.iO's token): always the same, and no way back."""
    return "#" + hashlib.sha256(secret.encode()).hexdigest()[:24]
