"""The providers' clouds in one process: each engine brings its routes, all share the desk."""

from collections.abc import Callable
from datetime import datetime

from deploy.simulators.control import control_rules
from deploy.simulators.faults import Faults
from deploy.simulators.providers.budget import Budgets
from deploy.simulators.providers.control import provider_rules
from deploy.simulators.providers.desk import Desk
from deploy.simulators.providers.flat import flat_rules
from deploy.simulators.providers.keller import keller_rules
from deploy.simulators.providers.tagoio.app import tagoio_rules
from deploy.simulators.providers.thethings.app import thethings_rules
from deploy.simulators.providers.thingsboard.app import thingsboard_rules
from deploy.simulators.scenario import Scenario
from deploy.simulators.web import Application


def providers(scenario: Scenario, now: Callable[[], datetime]) -> Application:
    faults = Faults(scenario.seed, now)
    faults.set(scenario.faults.get("providers", {}))
    desk = Desk(scenario=scenario, now=now, faults=faults, budgets=Budgets(dict(scenario.budgets)))
    return Application(
        [
            *thingsboard_rules(desk),
            *tagoio_rules(desk),
            *thethings_rules(desk),
            *flat_rules(desk),
            *keller_rules(desk),
            *provider_rules(desk),
            *control_rules(faults=faults, stats=desk.stats, log=desk.last),
        ]
    )
