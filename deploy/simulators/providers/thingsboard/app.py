"""ThingsBoard: T.Data's gateway (`/tdata/v1/...`) and direct (`/api/...`) paths, providers.md §2 and §3."""

from werkzeug.routing import Rule

from deploy.simulators.providers.desk import Desk
from deploy.simulators.providers.thingsboard.auth import auth_rules
from deploy.simulators.providers.thingsboard.entities import entity_rules
from deploy.simulators.providers.thingsboard.gate import Gate
from deploy.simulators.providers.thingsboard.socket import socket_rules
from deploy.simulators.providers.thingsboard.values import value_rules


def thingsboard_rules(desk: Desk) -> list[Rule]:
    gate = Gate(desk)
    return [*auth_rules(gate), *value_rules(gate), *entity_rules(gate), *socket_rules(gate)]
