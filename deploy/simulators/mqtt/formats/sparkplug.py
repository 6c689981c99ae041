"""Sparkplug B: births give each metric an alias, data name it by that alone; providers.md §8.2.

The schema is the specification's, built here: no compiler of protobuf is needed. Fields that are not told are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from deploy.simulators.mqtt.sample import Message, Sample
from deploy.simulators.tracks import Value

PACKAGE = "simulated.sparkplug"
INT64, DOUBLE, BOOLEAN, STRING = 4, 10, 11, 12
FIELD_OF = {INT64: "long_value", DOUBLE: "double_value", BOOLEAN: "boolean_value", STRING: "string_value"}
REBIRTH = "Node Control/Rebirth"
SEQUENCE = 256
_T = descriptor_pb2.FieldDescriptorProto
METRIC_FIELDS = (
    ("name", 1, _T.TYPE_STRING),
    ("alias", 2, _T.TYPE_UINT64),
    ("timestamp", 3, _T.TYPE_UINT64),
    ("datatype", 4, _T.TYPE_UINT32),
    ("is_historical", 5, _T.TYPE_BOOL),
    ("is_transient", 6, _T.TYPE_BOOL),
    ("is_null", 7, _T.TYPE_BOOL),
    ("int_value", 10, _T.TYPE_UINT32),
    ("long_value", 11, _T.TYPE_UINT64),
    ("float_value", 12, _T.TYPE_FLOAT),
    ("double_value", 13, _T.TYPE_DOUBLE),
    ("boolean_value", 14, _T.TYPE_BOOL),
    ("string_value", 15, _T.TYPE_STRING),
    ("bytes_value", 16, _T.TYPE_BYTES),
)
# Members of the union of values.
UNION = range(10, 17)


def _payload_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug.proto", package=PACKAGE, syntax="proto2")
    payload = file.message_type.add(name="Payload")
    metric = payload.nested_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    for name, number, kind in METRIC_FIELDS:
        added = metric.field.add(name=name, number=number, type=kind, label=_T.LABEL_OPTIONAL)
        if number in UNION:
            added.oneof_index = 0
    payload.field.add(name="timestamp", number=1, type=_T.TYPE_UINT64, label=_T.LABEL_OPTIONAL)
    payload.field.add(
        name="metrics", number=2, type=_T.TYPE_MESSAGE, label=_T.LABEL_REPEATED, type_name=f".{PACKAGE}.Payload.Metric"
    )
    payload.field.add(name="seq", number=3, type=_T.TYPE_UINT64, label=_T.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.Payload"))


Payload = _payload_class()


@dataclass
class EdgeNode:
    """One node and its devices: they share the sequence number, and no alias is used twice."""

    group: str
    edge: str
    birth_number: int = -1
    sequence: int = 0
    aliases: dict[tuple[str, str], int] = field(default_factory=dict)
    types: dict[tuple[str, str], int] = field(default_factory=dict)

    def node_birth(self, at: int) -> Message:
        """Begins the sequence again."""
        self.sequence = 0
        payload = Payload(timestamp=at)
        payload.metrics.add(name="bdSeq", timestamp=at, datatype=INT64, long_value=self.birth_number)
        payload.metrics.add(name=REBIRTH, timestamp=at, datatype=BOOLEAN, boolean_value=False)
        return self._message("NBIRTH", payload)

    def node_death(self) -> Message:
        """The last will of the connection that birth number begins; it has no sequence number."""
        payload = Payload()
        payload.metrics.add(name="bdSeq", datatype=INT64, long_value=self.birth_number)
        return f"spBv1.0/{self.group}/NDEATH/{self.edge}", payload.SerializeToString(deterministic=True)

    def device_birth(self, sample: Sample, types: Mapping[str, int]) -> Message:
        """Names, aliases and types of all that the device measures; what it has not measured yet is null."""
        payload = Payload(timestamp=sample.at)
        for key, datatype in types.items():
            alias = self.aliases.setdefault((sample.device, key), len(self.aliases) + 1)
            self.types[sample.device, key] = datatype
            metric = payload.metrics.add(name=key, alias=alias, timestamp=sample.at, datatype=datatype)
            _put(metric, datatype, sample.values.get(key))
        return self._message("DBIRTH", payload, sample.device)

    def device_data(self, samples: Sequence[Sample]) -> Message:
        """One device, one or several instants. What was kept through a lost link is historical."""
        payload = Payload(timestamp=max(sample.at for sample in samples))
        for sample in samples:
            for key, value in sample.values.items():
                metric = payload.metrics.add(alias=self.aliases[sample.device, key], timestamp=sample.at)
                if sample.is_late:
                    metric.is_historical = True
                _put(metric, self.types[sample.device, key], value)
        return self._message("DDATA", payload, samples[0].device)

    def device_death(self, device: str, at: int) -> Message:
        return self._message("DDEATH", Payload(timestamp=at), device)

    def _message(self, kind: str, payload: Any, device: str = "") -> Message:
        payload.seq, self.sequence = self.sequence, (self.sequence + 1) % SEQUENCE
        topic = f"spBv1.0/{self.group}/{kind}/{self.edge}" + (f"/{device}" if device else "")
        return topic, payload.SerializeToString(deterministic=True)


def asks_for_rebirth(payload: bytes) -> bool:
    """Whether a command to the node wants its births again."""
    command = Payload.FromString(payload)
    return any(metric.name == REBIRTH and metric.boolean_value for metric in command.metrics)


def type_of(values: Sequence[Value]) -> int:
    """One type for all that a metric will ever say."""
    if any(isinstance(value, str) for value in values):
        return STRING
    if all(isinstance(value, bool) for value in values):
        return BOOLEAN
    return INT64 if all(isinstance(value, int) for value in values) else DOUBLE


def _put(metric: Any, datatype: int, value: Value | None) -> None:
    if value is None:
        metric.is_null = True
    elif datatype == INT64:
        metric.long_value = int(value) % 2**64  # type: ignore[arg-type]  # type_of saw only numbers
    else:
        setattr(metric, FIELD_OF[datatype], value)
