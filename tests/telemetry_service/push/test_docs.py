"""What docs/push.md tells a device maker to type is typed, in its order, and answered as it says."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.native.checks.servers import own_servers
from deploy.native.state import ROOT
from shared import clock
from tests.telemetry_service.push.world import make_world, serving

BLOCKS = re.compile(r"```bash\n(.*?)```\s*```json\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that the examples use."""
    now = clock.now().replace(microsecond=0)
    later, before = now + timedelta(minutes=1), now - timedelta(minutes=1)
    said = {"TIME": now.isoformat(), "LATER": later.isoformat(), "EPOCH": str(int(before.timestamp()))}
    with own_servers() as servers:
        world = make_world(servers, tmp_path_factory.mktemp("world"), name="push_docs", sources=1, keys=1)
        with serving(world) as web:
            yield {**os.environ, **said, "STACK": web.url, "KEY": world.keys[0], "SOURCE": world.sources[0]}


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples use curl")
def test_the_examples_are_answered_as_they_say(shell: dict[str, str]) -> None:
    examples = BLOCKS.findall((ROOT / "docs" / "push.md").read_text())
    assert len(examples) == 4
    for command, promised in examples:
        done = subprocess.run(["bash", "-ec", command], env=shell, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        answer, expected = json.loads(done.stdout), json.loads(promised)
        rows = zip(answer["verdicts"], expected["verdicts"], strict=True)
        assert [kept(one, like) for one, like in rows] == expected["verdicts"]
        for name in expected:
            assert name in answer
        if "counts" in expected:
            assert answer["counts"] == expected["counts"]


def kept(said: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """As much of it as the example shows."""
    return {name: said[name] for name in like}
