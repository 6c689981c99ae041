"""Points and owners as the API shows them."""

from datetime import datetime
from typing import Any

from core_service.catchment.models import CatchmentPoint, CatchmentPointConfig, CatchmentPointOwner
from core_service.catchment.pulses import plain, readings_of
from core_service.catchment.versions import version_at


def point_body(point: CatchmentPoint, now: datetime) -> dict[str, Any]:
    """With the configuration that holds at `now`, and both readings of its pulse constants.

    `config` is whole: the template in use with the point's own, `custom_config`, before it.
    """
    current = version_at(point.configs.all(), now)
    own = version_at([one for one in point.configs.all() if one.custom_config is not None], now)
    return {
        "id": point.id,
        **_common(point),
        "owner": point.owner_id,
        "config": current.config if current else {},
        "custom_config": own.custom_config if own else {},
        "config_version": current.version if current else None,
        "config_valid_from": current.valid_from if current else None,
        "pulse_readings": _pulse_readings(current.config if current else {}),
        "created_at": point.created_at,
        "updated_at": point.updated_at,
    }


def point_detail(point: CatchmentPoint, now: datetime) -> dict[str, Any]:
    """`point_body` and every version of the configuration."""
    versions = [
        _version(one) | {"custom_config": one.custom_config, "author": one.author, "created_at": one.created_at}
        for one in point.configs.all()
    ]
    return point_body(point, now) | {"configs": versions}


def change_body(point: CatchmentPoint) -> dict[str, Any]:
    return {
        "id": point.id,
        **_common(point),
        "deleted": point.deleted,
        "configs": [_version(one) for one in point.configs.all()],
        "updated_at": point.updated_at,
    }


def owner_body(owner: CatchmentPointOwner) -> dict[str, Any]:
    return {
        "id": owner.pk,
        "user": owner.user_id,
        "email": owner.user.email,
        "point": owner.point_id,
        "code": owner.point.code,
        "ownership_type": owner.ownership_type,
        "permissions": owner.permissions,
        "created_at": owner.created_at,
    }


def _common(point: CatchmentPoint) -> dict[str, Any]:
    return {
        "code": point.code,
        "name": point.name,
        "point_type": point.point_type,
        "status": point.status,
        "latitude": str(point.latitude),
        "longitude": str(point.longitude),
        "altitude": None if point.altitude is None else str(point.altitude),
        "sampling_frequency": point.sampling_frequency,
        "device_id": point.device_id,
        "provider": point.provider,
    }


def _version(one: CatchmentPointConfig) -> dict[str, Any]:
    return {"version": one.version, "valid_from": one.valid_from, "config": one.config}


def _pulse_readings(config: dict[str, Any]) -> dict[str, Any]:
    return {
        variable: {
            "liters_per_pulse": plain(reading.liters_per_pulse),
            "example_pulses": reading.example_pulses,
            "example_m3": plain(reading.example_m3),
            "text": reading.text,
        }
        for variable, reading in readings_of(config).items()
    }
