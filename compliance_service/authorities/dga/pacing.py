"""How soon what follows what at DGA: seconds in the rules in force (`pacing`); the manual's words are the default."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from compliance_service.authorities.interface import Pace

# Five minutes between two of a backlog (section 6.1); "re-sent once, the next day, and so on" (6.2). The gap between
# any two sends of ours is no rule of the manual's: unusual traffic is blocked (section 7).
PACING: dict[str, float] = {
    "backlog_gap_s": 300,
    "global_gap_s": 1,
    "not_sent_s": 600,
    "refused_s": 86_400,
    "in_doubt_s": 86_400,
}


def pace_of(rules: Mapping[str, Any]) -> Pace:
    said = {name: timedelta(seconds=seconds) for name, seconds in {**PACING, **rules.get("pacing", {})}.items()}
    return Pace(said["backlog_gap_s"], said["not_sent_s"], said["refused_s"], said["in_doubt_s"])


PACE = pace_of({})
