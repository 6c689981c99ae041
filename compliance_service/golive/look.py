"""Puts the pre-flight of a work together: its configuration, its last hour, and a rehearsal of it."""

from datetime import datetime, timedelta

from compliance_service.authorities.judgement import Send
from compliance_service.golive.preflight import Check, clock_check, data_check, flow_check, schema_check, static_checks
from compliance_service.golive.rehearsal import rehearse
from compliance_service.obligations.calendar import slots
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.works import authority_for, work_of
from compliance_service.submissions.gather import Asked, Read, gather

# So far back the last due hour is looked for, by rhythm; and a data point may take this long to arrive.
BACK = {
    "hour": timedelta(hours=3),
    "day": timedelta(days=2),
    "month": timedelta(days=62),
    "half_year": timedelta(days=370),
}
ARRIVES = timedelta(minutes=15)
NO_HOUR = Check("data", False, "todavía no ha vencido ninguna hora de esta obra")


def preflight(config: ComplianceConfig, *, read: Read, now: datetime) -> list[Check]:
    """Every check, the cheap ones first. Raises what `read` raises: Telemetry is away."""
    work, authority = work_of(config), authority_for(config)
    checks = static_checks(work, authority)
    standard = config.source.config["standards"].get(config.standard)
    if standard is None:
        return checks
    every = standard["every"]
    wanted = authority.wanted(work)
    points, variables = sorted({point for point, _ in wanted}), sorted({name for _, name in wanted})
    back = BACK.get(every, timedelta(hours=3))
    rows = read(points, variables, now - back, now + timedelta(hours=2))
    checks.append(clock_check(rows, every=every, now=now))
    slot = max(slots(every, start=now - back, end=now - ARRIVES), default=None)
    if slot is None:
        return [*checks, NO_HOUR]
    (found,) = gather([Asked(authority, work, slot)], read=read)
    decision = authority.decide(work, slot, found, now=now)
    checks += [flow_check(found.means, decision), data_check(decision)]
    if not isinstance(decision, Send):
        return checks
    checks.append(schema_check(decision.document, config.source.required_schema))
    return [*checks, rehearse(work, authority, decision.document, now=now)]
