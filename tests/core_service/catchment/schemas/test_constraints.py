from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core_service.catchment.models import DynamicSchema, SchemaTemplate, SchemaTemplateVersion

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def template(db: None) -> SchemaTemplate:
    return SchemaTemplate.objects.create(name="Pozo", created_at=NOW, updated_at=NOW, updated_by="x")


def broken(error: pytest.ExceptionInfo[IntegrityError]) -> str:
    return str(error.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]  # psycopg2's


@pytest.mark.parametrize(("name", "constraint"), [("Pozo", "template_name_once"), ("", "template_name_given")])
def test_names(template: SchemaTemplate, name: str, constraint: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        SchemaTemplate.objects.create(name=name, created_at=NOW, updated_at=NOW, updated_by="x")
    assert broken(error) == constraint


@pytest.mark.parametrize(("version", "constraint"), [(1, "template_version_once"), (0, "template_version_from_one")])
def test_versions(template: SchemaTemplate, version: int, constraint: str) -> None:
    said = {"template": template, "author": "x", "created_at": NOW}
    SchemaTemplateVersion.objects.create(version=1, **said)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        SchemaTemplateVersion.objects.create(version=version, **said)
    assert broken(error) == constraint


@pytest.mark.parametrize(
    ("period", "constraint"),
    [((None, None), "dynamic_schema_no_overlap"), ((NOW, NOW), "dynamic_schema_ends_after_it_begins")],
)
def test_uses(make_point: Any, template: SchemaTemplate, period: tuple[Any, Any], constraint: str) -> None:
    said = {"point": make_point(), "template": template, "created_at": NOW, "updated_at": NOW, "updated_by": "x"}
    DynamicSchema.objects.create(valid_from=NOW, **said)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        DynamicSchema.objects.create(valid_from=period[0], valid_to=period[1], **said)
    assert broken(error) == constraint
