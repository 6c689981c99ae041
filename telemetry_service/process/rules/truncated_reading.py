"""91,755 → 9,175 → 91,760: the last digit was lost. A device may read so for hours, and it is never a new meter."""

from telemetry_service.process.counter import COUNTS_OF_GRACE, NOISE, Mark, Step, Verdict, most_counts

# Below this a tenth is within reach of a new meter by chance.
LEAST_COUNT = 1000
# How far the true counter may have gone on before the first reading at a tenth: a long gap allows any rise.
MOST_RISE = 0.05
LOST_DIGIT = 10


def truncated_reading(step: Step) -> Verdict | None:
    base, run = step.counter.base, step.counter.truncated
    if base is None or base.counts < LEAST_COUNT:
        return None
    if run and _goes_on(run, step):
        return Verdict.TRUNCATED
    return Verdict.TRUNCATED if _is_a_tenth(base, step) else None


def _goes_on(run: Mark, step: Step) -> bool:
    rise = float(step.counts - run.counts) * 10
    return -float(run.counts) * NOISE * 10 < rise <= most_counts(run, step) + LOST_DIGIT


def _is_a_tenth(base: Mark, step: Step) -> bool:
    """Whether some counter that goes on from `base` shows these digits without its last."""
    least, believed = float(step.counts) * 10, float(base.counts)
    rise = min(most_counts(base, step), believed * MOST_RISE + COUNTS_OF_GRACE)
    return believed * (1 - NOISE) - LOST_DIGIT < least <= believed + rise
