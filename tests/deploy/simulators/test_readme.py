"""What an operator may switch is written down."""

import dataclasses
import inspect
from pathlib import Path

import deploy.simulators
from deploy.simulators.faults import KINDS, Fault
from deploy.simulators.mqtt.encoders import FORMATS
from deploy.simulators.providers.flat import DRAFTS
from deploy.simulators.quirks import read_quirks
from deploy.simulators.series import SHAPES, read_key

TEXT = (Path(str(deploy.simulators.__file__)).parent / "README.md").read_text()


def test_every_switch_quirk_key_and_format_is_in_the_readme() -> None:
    names = {
        *KINDS,
        *FORMATS,
        *SHAPES,
        *inspect.signature(read_quirks).parameters,
        *inspect.signature(read_key).parameters,
    }
    names |= {field.name for field in dataclasses.fields(Fault)}
    names |= {text for draft in DRAFTS for text in (draft.engine, draft.base)}
    assert [name for name in sorted(names) if f"`{name}`" not in TEXT and f'"{name}"' not in TEXT] == []
