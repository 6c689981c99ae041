"""The rules, one a file, in the order in which they are asked."""

from collections.abc import Callable

from telemetry_service.process.counter import Step, Verdict
from telemetry_service.process.rules.continuation import continuation
from telemetry_service.process.rules.flat_line import flat_line
from telemetry_service.process.rules.flat_line import reach as flat_line_reach
from telemetry_service.process.rules.gap import gap
from telemetry_service.process.rules.gap import reach as gap_reach
from telemetry_service.process.rules.gross_range import gross_range
from telemetry_service.process.rules.negative import negative
from telemetry_service.process.rules.noise import noise
from telemetry_service.process.rules.pending_rise import pending_rise
from telemetry_service.process.rules.pipe_ceiling import pipe_ceiling
from telemetry_service.process.rules.range_limit import range_limit
from telemetry_service.process.rules.rate_of_change import rate_of_change
from telemetry_service.process.rules.rate_of_change import reach as rate_reach
from telemetry_service.process.rules.rejected_replacement import rejected_replacement
from telemetry_service.process.rules.replacement import replacement
from telemetry_service.process.rules.roll_over import roll_over
from telemetry_service.process.rules.spike import reach as spike_reach
from telemetry_service.process.rules.spike import spike
from telemetry_service.process.rules.truncated_reading import truncated_reading
from telemetry_service.process.rules.zero_glitch import zero_glitch
from telemetry_service.process.series import ValueRule

# The first that knows a counter's reading names it; the last knows them all.
COUNTER_RULES: tuple[Callable[[Step], Verdict | None], ...] = (
    zero_glitch,
    pending_rise,
    continuation,
    noise,
    truncated_reading,
    roll_over,
    rejected_replacement,
    replacement,
)

# Every one that objects is heard; the worst quality holds. Spikes are sought among readings in range, and rates
# are taken between readings that are no spikes.
VALUE_RULES: tuple[ValueRule, ...] = (
    ValueRule(range_limit),
    ValueRule(pipe_ceiling),
    ValueRule(negative),
    ValueRule(gross_range),
    ValueRule(spike, spike_reach),
    ValueRule(rate_of_change, rate_reach),
    ValueRule(flat_line, flat_line_reach),
    ValueRule(gap, gap_reach),
)


def judge(step: Step) -> Verdict:
    for rule in COUNTER_RULES:
        verdict = rule(step)
        if verdict is not None:
            return verdict
    raise AssertionError("the last rule knows every reading")
