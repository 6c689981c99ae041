"""Templates and their uses as the API shows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core_service.catchment.schemas.models import DynamicSchema, SchemaTemplate, SchemaTemplateVersion
from core_service.catchment.schemas.publish import Plan
from core_service.catchment.schemas.timeline import THE_BEGINNING
from core_service.catchment.versions import version_at


def template_body(template: SchemaTemplate, now: datetime) -> dict[str, Any]:
    """With the configuration that holds at `now`."""
    current = version_at(template.versions.all(), now)
    return {
        "id": template.id,
        "name": template.name,
        "category": template.category,
        "description": template.description,
        "config": current.config if current else {},
        "config_version": current.version if current else None,
        "config_valid_from": current.valid_from if current else None,
        "created_at": template.created_at,
        "updated_at": template.updated_at,
        "updated_by": template.updated_by,
    }


def template_detail(template: SchemaTemplate, now: datetime) -> dict[str, Any]:
    """`template_body` and every version: from when until when it holds, None at either end where it does not end."""
    versions = list(template.versions.all())
    return template_body(template, now) | {"versions": [_version(one, versions) for one in versions]}


def use_body(use: DynamicSchema) -> dict[str, Any]:
    return {
        "id": use.id,
        "point": use.point_id,
        "code": use.point.code,
        "template": use.template_id,
        "template_name": use.template.name,
        "valid_from": use.valid_from,
        "valid_to": use.valid_to,
        "created_at": use.created_at,
        "updated_at": use.updated_at,
        "updated_by": use.updated_by,
    }


def plans_body(plans: Iterable[Plan], *, dry_run: bool) -> dict[str, Any]:
    """Which points get another configuration, from when on, and what it is."""
    changes = [
        {
            "point": one.point.id,
            "code": one.point.code,
            "configs": [
                {"version": version, "valid_from": new.valid_from, "config": new.config}
                for version, new in enumerate(one.additions, one.last_version + 1)
            ],
        }
        for one in plans
    ]
    return {"dry_run": dry_run, "changes": changes}


def _version(one: SchemaTemplateVersion, versions: Iterable[SchemaTemplateVersion]) -> dict[str, Any]:
    start = one.valid_from or THE_BEGINNING
    later = [other.valid_from for other in versions if other.valid_from and other.valid_from > start]
    replaced = any((other.valid_from or THE_BEGINNING) == start and other.version > one.version for other in versions)
    return {
        "version": one.version,
        "valid_from": one.valid_from,
        "valid_to": one.valid_from if replaced else min(later, default=None),
        "replaced": replaced,
        "config": one.config,
        "author": one.author,
        "created_at": one.created_at,
    }
