from typing import Any

import pytest
from django.test import Client

from core_service.catchment.models import DynamicSchema, SchemaTemplate
from core_service.users.models import User

pytestmark = pytest.mark.django_db
TEMPLATES, USES = "/admin/catchment/schematemplate/", "/admin/catchment/dynamicschema/"
INLINE = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
NO_DATE = {"config_valid_from_0": "", "config_valid_from_1": ""}
FORM = {"name": "Pozo", "category": "", "description": "", "config": '{"pipe_diameter": 0.15}', **NO_DATE, **INLINE}
PERIOD = {"valid_from_0": "", "valid_from_1": "", "valid_to_0": "", "valid_to_1": ""}

POINT = {
    "name": "Pozo 1", "code": "OB-1", "point_type": "WELL", "status": "ACTIVE", "owner": "", "latitude": "-33.45",
    "longitude": "-70.66", "altitude": "", "sampling_frequency": "60", "device_id": "", "provider": "",
    "configs-TOTAL_FORMS": "0", "configs-INITIAL_FORMS": "0",
}  # fmt: skip


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin@example.cl", "Agua-clara-2026"))
    return client


def test_a_template_is_made_changed_and_used(admin: Client, make_point: Any) -> None:
    assert admin.post(f"{TEMPLATES}add/", FORM).status_code == 302
    template, point = SchemaTemplate.objects.get(), make_point(config={"sensor_depth": 60})
    chosen = {"point": str(point.id), "template": str(template.id), **PERIOD}
    assert admin.post(f"{USES}add/", chosen).status_code == 302
    assert (
        admin.post(f"{TEMPLATES}{template.id}/change/", FORM | {"config": '{"pipe_diameter": 0.2}'}).status_code == 302
    )
    versions = list(point.configs.order_by("version").values_list("config", flat=True))
    assert [one.get("pipe_diameter") for one in versions] == [None, 0.15, 0.2]
    for page in (
        TEMPLATES,
        f"{TEMPLATES}{template.id}/change/",
        USES,
        f"{USES}{DynamicSchema.objects.get().id}/change/",
    ):
        assert admin.get(page).status_code == 200


def test_what_cannot_be_is_said_in_the_form(admin: Client, make_point: Any) -> None:
    admin.post(f"{TEMPLATES}add/", FORM)
    template, point = SchemaTemplate.objects.get(), make_point(config={"sensor_depth": 60})
    chosen = {"point": str(point.id), "template": str(template.id), **PERIOD}
    admin.post(f"{USES}add/", chosen)
    assert "se cruza en el tiempo" in admin.post(f"{USES}add/", chosen).content.decode()
    too_shallow = admin.post(f"{TEMPLATES}{template.id}/change/", FORM | {"config": '{"well_depth": 50}'})
    assert "queda bajo el fondo" in too_shallow.content.decode()
    unknown = admin.post(f"{TEMPLATES}{template.id}/change/", FORM | {"config": '{"pipe": 50}'})
    assert "nombre desconocido" in unknown.content.decode()


def test_a_use_ends_by_the_admin(admin: Client, make_point: Any) -> None:
    admin.post(f"{TEMPLATES}add/", FORM)
    template, point = SchemaTemplate.objects.get(), make_point()
    admin.post(f"{USES}add/", {"point": str(point.id), "template": str(template.id), **PERIOD})
    made = DynamicSchema.objects.get()
    end = {"valid_to_0": "2026-05-01", "valid_to_1": "00:00"}
    assert admin.post(f"{USES}{made.id}/change/", end).status_code == 302
    assert list(point.configs.order_by("version").values_list("config", flat=True)) == [{}, {"pipe_diameter": 0.15}, {}]


def test_the_form_of_a_point_shows_its_own_and_checks_the_whole(admin: Client, make_point: Any) -> None:
    admin.post(f"{TEMPLATES}add/", FORM | {"config": '{"well_depth": 50}'})
    template, point = SchemaTemplate.objects.get(), make_point(config={"pump_depth": 40})
    admin.post(f"{USES}add/", {"point": str(point.id), "template": str(template.id), **PERIOD})
    page = f"/admin/catchment/catchmentpoint/{point.id}/change/"
    form = POINT | NO_DATE | {"config": '{"pump_depth": 60}'}
    assert admin.get(page).context["adminform"].form.fields["config"].initial == {"pump_depth": 40}
    assert "queda bajo el fondo" in admin.post(page, form).content.decode()
    assert admin.post(page, form | {"config": '{"pump_depth": 45}'}).status_code == 302
    assert point.configs.order_by("-version").first().config == {"well_depth": 50, "pump_depth": 45}
