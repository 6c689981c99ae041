"""An address and its options, answered: an entity, or a page of them with what is expanded and the way on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import InvalidInput, NotFound, invalid
from telemetry_service.measurements.fields import iso
from telemetry_service.sensorthings.catalog import Catalog
from telemetry_service.sensorthings.entities import Body
from telemetry_service.sensorthings.errors import NotSupported
from telemetry_service.sensorthings.language.options import USUAL_TOP, Options
from telemetry_service.sensorthings.language.paths import NAVIGATION, Address
from telemetry_service.sensorthings.language.tree import Comparison
from telemetry_service.sensorthings.links import next_link
from telemetry_service.sensorthings.match import in_order, matching
from telemetry_service.sensorthings.observations import by_time, count_of, observations
from telemetry_service.sensorthings.sets import entities, entity, led_to, series_called
from telemetry_service.sensorthings.shown import observation, shown

# An Observation expanded of each of many series: what one answer may have to look up.
MOST_EXPANDED = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """`root` is this service's address, `url` what was asked for without its options, `said` these as they came."""

    root: str
    url: str
    said: Mapping[str, str]


def answer(address: Address, options: Options, catalog: Catalog, asked: Asked) -> Body:
    if address.id is None:
        if address.entity_set == "Observations":
            raise NotSupported("Observations: pídalas de su serie, como Datastreams('punto:variable')/Observations.")
        return _page(address.entity_set, entities(address.entity_set, catalog), options, catalog, asked)
    if address.navigation is None:
        return _one(address.entity_set, _entity(address.entity_set, address.id, catalog), options, catalog, asked.root)
    _entity(address.entity_set, address.id, catalog)
    target, many = NAVIGATION[address.entity_set][address.navigation]
    if target == "Observations":
        return _observations(address.id, options, catalog, asked)
    found = led_to(address.entity_set, address.id, address.navigation, catalog)
    return (
        _page(target, found, options, catalog, asked) if many else _one(target, found[0], options, catalog, asked.root)
    )


def _entity(entity_set: str, entity_id: str, catalog: Catalog) -> Body:
    if entity_set != "Observations":
        return entity(entity_set, entity_id, catalog)
    stream, _, at = entity_id.partition("@")
    series = series_called(stream, catalog)
    try:
        then = Comparison("phenomenonTime", "eq", datetime.fromisoformat(at))
        found = observations(series, options=Options(condition=then), after=None, limit=1)
    except (ValueError, InvalidInput):
        found = []
    if not found:
        raise NotFound(f"No existe Observations('{entity_id}').")
    return observation(found[0])


def _page(entity_set: str, found: Sequence[Body], options: Options, catalog: Catalog, asked: Asked) -> Body:
    matched = in_order(matching(found, options.condition), options.order)
    top = USUAL_TOP if options.top is None else options.top
    some = matched[options.skip : options.skip + top]
    if len(some) > MOST_EXPANDED and options.expand:
        raise invalid("$top", f"con $expand son a lo más {MOST_EXPANDED}", expected=f"$top={MOST_EXPANDED}")
    body: Body = {"@iot.count": len(matched)} if options.count else {}
    body["value"] = [_one(entity_set, one, options, catalog, asked.root) for one in some]
    if top and options.skip + top < len(matched):
        body["@iot.nextLink"] = next_link(asked.url, asked.said, skip=str(options.skip + top))
    return body


def _one(entity_set: str, body: Body, options: Options, catalog: Catalog, root: str) -> Body:
    expanded: dict[str, Any] = {}
    for name, inner in options.expand.items():
        if name not in NAVIGATION[entity_set]:
            right = f"una de {', '.join(NAVIGATION[entity_set])}"
            raise invalid("$expand", f"{entity_set} no lleva a «{name}»", expected=right)
        expanded |= _expanded(entity_set, body, name, inner, catalog, root)
    return shown(root, entity_set, body, options, expanded)


def _expanded(entity_set: str, body: Body, name: str, options: Options, catalog: Catalog, root: str) -> dict[str, Any]:
    target, many = NAVIGATION[entity_set][name]
    url = f"{root}{entity_set}('{body['@iot.id']}')/{name}"
    inner = Asked(root, url, options.said)
    if target == "Observations":
        page = _observations(str(body["@iot.id"]), options, catalog, inner)
    elif many:
        page = _page(target, led_to(entity_set, str(body["@iot.id"]), name, catalog), options, catalog, inner)
    else:
        found = led_to(entity_set, str(body["@iot.id"]), name, catalog)
        return {name: _one(target, found[0], options, catalog, root)}
    rest = {f"{name}{key}": value for key, value in page.items() if key != "value"}
    return {name: page["value"], **rest}


def _observations(stream: str, options: Options, catalog: Catalog, asked: Asked) -> Body:
    series = series_called(stream, catalog)
    top = USUAL_TOP if options.top is None else options.top
    keyed = by_time(options)
    rows = observations(series, options=options, after=_after(options.token), limit=top + 1)
    body: Body = {"@iot.count": count_of(series, condition=options.condition)} if options.count else {}
    some = [observation(one) for one in rows[:top]]
    body["value"] = [_one("Observations", one, options, catalog, asked.root) for one in some]
    if top and len(rows) > top:
        way = {"skiptoken": iso(rows[top - 1].time)} if keyed else {"skip": str(options.skip + top)}
        body["@iot.nextLink"] = next_link(asked.url, asked.said, **way)
    return body


def _after(token: str) -> datetime | None:
    try:
        return datetime.fromisoformat(token) if token else None
    except ValueError as error:
        raise invalid(
            "$skiptoken", "no es de esta lista", received=token, expected="el @iot.nextLink tal cual"
        ) from error
