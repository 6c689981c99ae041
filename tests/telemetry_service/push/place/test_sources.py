"""What names mean is asked for once, and believed as long as nothing changed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from telemetry_service.push.place import sources
from telemetry_service.push.place.sources import Directory, directory_of, version_now
from tests.telemetry_service.push.conftest import Make

pytestmark = pytest.mark.django_db


def test_each_name_is_asked_for_once(make_pushed: Make) -> None:
    one, other = make_pushed("OB-1"), make_pushed("OB-2")
    directory = Directory((0, 0))
    with CaptureQueriesContext(connection) as asked:
        found = directory.look_up(["OB-1", str(other.id), "nadie"])
        assert directory.look_up(["OB-1", "nadie"]) == {"OB-1": found["OB-1"], "nadie": ()}
    assert len(asked) == 2
    assert [known.source_id for known in found["OB-1"]] == [one.id]
    assert set(found[str(other.id)][0].variables) == {"flow", "level"}


def test_a_full_memory_loses_nothing_of_what_is_asked(make_pushed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_NAMES", 3)
    codes = [f"OB-{n}" for n in range(6)]
    for code in codes:
        make_pushed(code)
    directory = Directory((0, 0))
    for asked in (codes[:2], codes[1:5], codes):
        found = directory.look_up(asked)
        assert all(len(found[code]) == 1 for code in asked)


def test_a_change_makes_another_version(make_pushed: Make) -> None:
    source = make_pushed()
    before = version_now()
    kept = directory_of(before)
    source.newest_at = None
    source.save()  # nothing that a push needs
    assert version_now() == before
    assert directory_of(before) is kept
    source.state, source.stop_reason = "stopped", "prueba"
    source.save()
    assert version_now() != before
    assert directory_of(version_now()) is not kept


def test_a_key_that_says_what_another_says_is_named_by_itself(make_pushed: Make, make_point: Make) -> None:
    from telemetry_service.raw.operations import map_series

    source = make_pushed()
    map_series(source_id=source.id, origin="otra", point_id=make_point("OB-2").id, variables={"caudal2": "flow"})
    (known,) = Directory((0, 0)).look_up([str(source.id)])[str(source.id)]
    assert known.variables["flow"] is None
    assert known.keys["caudal2"].point_id != known.keys["caudal"].point_id == source.point_id
