import pytest

from deploy.native.processes import QUEUES, SERVICES
from tests.architecture.conftest import read_pipeline


@pytest.mark.parametrize("service", SERVICES)
def test_every_queue_has_a_worker(service: str) -> None:
    assert read_pipeline(service).queues == sorted(f"{service}.{queue}" for queue in QUEUES[service])


@pytest.mark.parametrize("service", SERVICES)
def test_every_task_has_a_queue_of_its_service(service: str) -> None:
    pipeline = read_pipeline(service)
    assert sorted(pipeline.routes) == pipeline.tasks
    assert set(pipeline.routes.values()) <= set(pipeline.queues)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_scheduled_exists(service: str) -> None:
    pipeline = read_pipeline(service)
    assert set(pipeline.schedule.values()) <= set(pipeline.tasks)


SPECIFIED = {
    "telemetry": {"sync-telemetry-sources", "health-check", "cleanup-old-data"},
    "compliance": {"daily-compliance-report", "sync-compliance-sources"},
}


@pytest.mark.parametrize(("service", "names"), SPECIFIED.items())
def test_the_schedule_of_the_specification_is_kept(service: str, names: set[str]) -> None:
    assert names <= set(read_pipeline(service).schedule)


@pytest.mark.parametrize("service", ["telemetry", "compliance"])
def test_the_sweep_walks_the_path(service: str) -> None:
    order = {"telemetry": ["sync_points", "collect", "process"], "compliance": ["make_obligations", "prepare", "send"]}
    walked = [name for name in read_pipeline(service).sweep if name in order[service]]
    assert walked == order[service]
