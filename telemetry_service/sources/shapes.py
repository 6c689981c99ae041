"""What goes out about sources and their dry runs."""

from typing import Any

from shared.observability.redaction import MASK
from telemetry_service.providers.adapters import Reading, Step
from telemetry_service.raw.queries import PastKey
from telemetry_service.sources.models import Source, SourceMove
from telemetry_service.sources.queries import ActivePoint
from telemetry_service.sources.trials import Trial

ROWS_OF_A_KEY = 50


def shown(source: Source, variables: dict[str, str]) -> dict[str, Any]:
    """Secret parameters, and all those of single keys, by their names only."""
    return {
        "id": str(source.id),
        "provider": str(source.provider_id),
        "point": str(source.point_id),
        "params": {**source.params, **dict.fromkeys(source.secret_params, MASK)},
        "variables": [_variable(source, key, variable) for key, variable in variables.items()],
        "period_s": source.period_s,
        "phase_s": source.phase_s,
        "cadence_s": source.cadence_s,
        "fallback_rank": source.fallback_rank,
        "history_from": source.history_from,
        "state": source.state,
        "stop_reason": source.stop_reason,
        "tested_at": source.tested_at,
        "faults": source.faults,
        "next_poll_at": source.next_poll_at,
        "last_polled_at": source.last_polled_at,
        "last_outcome": source.last_outcome,
        "last_device_time": source.newest_at,
        "failures": source.failures,
    }


def shown_move(move: SourceMove) -> dict[str, Any]:
    return {"at": move.at, "by": move.by, "to": move.to, "reason": move.reason}


def shown_past_key(one: PastKey) -> dict[str, Any]:
    return {
        "key": one.key,
        "variable": one.variable,
        "retired_at": one.retired_at,
        "withdrawn_at": one.withdrawn_at,
    }


def shown_trial(trial: Trial) -> dict[str, Any]:
    tried, variables = trial.evidence.tried, trial.plan.variables
    return {
        "tested_at": trial.at,
        "can_go_live": not trial.faults,
        "steps": [_step(one) for one in tried.steps],
        "rows": [row for key in variables for row in _rows(trial, key)],
        "verdicts": [_verdict(trial, key) for key in variables],
        "keys_offered": sorted(frozenset().union(*tried.offered.values())) if tried.offered else None,
        "findings": [one.shown() for one in trial.findings],
    }


def shown_point(row: ActivePoint) -> dict[str, Any]:
    return {
        "point": str(row.id),
        "code": row.code,
        "name": row.name,
        "sources": row.sources,
        "last_device_time": row.last_device_time,
    }


def _variable(source: Source, key: str, variable: str) -> dict[str, Any]:
    own = source.variable_params.get(key)
    said = {"key": key, "variable": variable}
    return {**said, "params": dict.fromkeys(own, MASK)} if own else said


def _step(step: Step) -> dict[str, Any]:
    return {
        "request": step.request,
        "status": step.status,
        "took_ms": round(step.took.total_seconds() * 1000),
        "answer": step.body,
        "is_cut": step.is_cut,
        "is_login": step.is_login,
    }


def _rows(trial: Trial, key: str) -> list[dict[str, Any]]:
    """The key's readings, the newest first."""
    mine = [one for one in trial.evidence.tried.readings if one.key == key]
    return [_row(one, trial.plan.variables[key]) for one in mine[: -ROWS_OF_A_KEY - 1 : -1]]


def _row(reading: Reading, variable: str) -> dict[str, Any]:
    return {
        "key": reading.key,
        "variable": variable,
        "device_time": reading.device_time,
        "value": reading.value,
        "unit": reading.unit,
    }


def _verdict(trial: Trial, key: str) -> dict[str, Any]:
    """ok, no_data or failed. What failed is never a value."""
    tried, newest = trial.evidence.tried, trial.evidence.newest.get(key)
    variable = trial.plan.variables[key]
    if newest is not None:
        return {**_row(newest, variable), "outcome": "ok", "message": ""}
    failure = None if key in tried.latest.searched else tried.failure
    return {
        "key": key,
        "variable": variable,
        "device_time": None,
        "value": None,
        "unit": "",
        "outcome": "failed" if failure else "no_data",
        "message": failure.message if failure else "",
    }
