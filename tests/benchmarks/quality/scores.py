"""Precision and recall of flags against labels: reading by reading, and event by event.

An event is a run of neighbouring readings. Labelled and flagged ones meet when they touch or lie side by side, as
in the labels' own publication (a widening of one).
"""

from typing import NamedTuple

import numpy as np

from telemetry_service.process.qartod.series import Mask


class Score(NamedTuple):
    flagged: int  # readings
    labelled: int
    both: int
    flagged_events: int
    true_events: int  # of the flagged ones
    labelled_events: int
    found_events: int  # of the labelled ones

    @property
    def precision(self) -> float | None:
        return self.both / self.flagged if self.flagged else None

    @property
    def recall(self) -> float | None:
        return self.both / self.labelled if self.labelled else None

    @property
    def event_precision(self) -> float | None:
        return self.true_events / self.flagged_events if self.flagged_events else None

    @property
    def event_recall(self) -> float | None:
        return self.found_events / self.labelled_events if self.labelled_events else None


def score(flagged: Mask, labelled: Mask) -> Score:
    flags, labels = events(flagged), events(labelled)
    near_flags, near_labels = _widened(flagged), _widened(labelled)
    return Score(
        int(flagged.sum()),
        int(labelled.sum()),
        int((flagged & labelled).sum()),
        len(flags),
        sum(bool(near_labels[event].any()) for event in flags),
        len(labels),
        sum(bool(near_flags[event].any()) for event in labels),
    )


def events(mask: Mask) -> list[slice]:
    edges = np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [slice(begin, end) for begin, end in zip(begins, ends, strict=True)]


def _widened(mask: Mask) -> Mask:
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    return wide
