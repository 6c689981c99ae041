"""Each named constraint of the points, broken once behind the API's back."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core_service.catchment.models import CatchmentPoint, CatchmentPointConfig, CatchmentPointOwner
from core_service.users.models import User
from shared import clock

pytestmark = pytest.mark.django_db


def broken(error: pytest.ExceptionInfo[IntegrityError]) -> str:
    return str(error.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]  # psycopg2's


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"code": ""}, "point_code_given"),
        ({"name": ""}, "point_name_given"),
        ({"point_type": "SEA"}, "point_type_known"),
        ({"status": "BROKEN"}, "point_status_known"),
        ({"latitude": "-90.000001"}, "point_latitude_range"),
        ({"longitude": "180.000001"}, "point_longitude_range"),
        ({"altitude": "-500.01"}, "point_altitude_range"),
        ({"altitude": "9000.01"}, "point_altitude_range"),
        ({"sampling_frequency": 0}, "point_sampling_frequency_positive"),
    ],
)
def test_a_value_that_cannot_be(make_point: Any, change: dict[str, Any], constraint: str) -> None:
    point = make_point()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        CatchmentPoint.objects.filter(id=point.id).update(**change)
    assert broken(error) == constraint


@pytest.mark.parametrize(
    ("field", "constraint"),
    [("code", "point_code_once"), ("device_id", "point_device_once"), ("change_seq", "point_change_seq_once")],
)
def test_a_value_that_another_point_has(make_point: Any, field: str, constraint: str) -> None:
    first, second = make_point("A", device_id="one"), make_point("B", device_id="two")
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        CatchmentPoint.objects.filter(id=second.id).update(**{field: getattr(first, field)})
    assert broken(error) == constraint


def test_points_without_a_device_and_deleted_ones_do_not_hold_it(make_point: Any) -> None:
    make_point("A")
    make_point("B")
    old = make_point("C", device_id="one")
    CatchmentPoint.objects.filter(id=old.id).update(deleted=True)
    make_point("D", device_id="one")


@pytest.mark.parametrize(
    ("version", "constraint"), [(1, "point_config_version_once"), (0, "point_config_version_from_one")]
)
def test_config_versions(make_point: Any, version: int, constraint: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        CatchmentPointConfig.objects.create(point=make_point(), version=version, author="x", created_at=clock.now())
    assert broken(error) == constraint


def test_a_user_owns_a_point_once(make_point: Any, owner: User) -> None:
    point = make_point()
    CatchmentPointOwner.objects.create(user=owner, point=point)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        CatchmentPointOwner.objects.create(user=owner, point=point, ownership_type="SECONDARY")
    assert broken(error) == "owner_once"


def test_a_point_has_one_primary_owner(make_point: Any, owner: User) -> None:
    point, other = make_point(), User.objects.create_user("otro@example.cl")
    CatchmentPointOwner.objects.create(user=owner, point=point)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        CatchmentPointOwner.objects.create(user=other, point=point)
    assert broken(error) == "owner_one_primary"


def test_a_kind_of_owner_is_a_known_one(make_point: Any, owner: User) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        CatchmentPointOwner.objects.create(user=owner, point=make_point(), ownership_type="TENANT")
    assert broken(error) == "owner_type_known"


def test_the_sequence_lives_in_our_schema() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('core.catchment_point_change_seq') IS NOT NULL")
        assert cursor.fetchone() == (True,)
