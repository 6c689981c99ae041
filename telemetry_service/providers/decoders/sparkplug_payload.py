"""Sparkplug B's protobuf payload, described here: neither a compiler nor a generated file is needed.

https://github.com/eclipse-tahu/tahu/blob/master/sparkplug_b/sparkplug_b.proto. Fields that we do not read (data sets,
templates, properties) stay unknown ones. `protobuf` is an optional dependency: without it there is a clear error.
"""

from functools import lru_cache
from typing import Any

FIELDS = {
    "Payload": (("timestamp", 1, "UINT64"), ("metrics", 2, "Metric"), ("seq", 3, "UINT64")),
    "Metric": (
        ("name", 1, "STRING"),
        ("alias", 2, "UINT64"),
        ("timestamp", 3, "UINT64"),
        ("datatype", 4, "UINT32"),
        ("is_historical", 5, "BOOL"),
        ("is_null", 7, "BOOL"),
        ("int_value", 10, "UINT32"),
        ("long_value", 11, "UINT64"),
        ("float_value", 12, "FLOAT"),
        ("double_value", 13, "DOUBLE"),
        ("boolean_value", 14, "BOOL"),
        ("string_value", 15, "STRING"),
    ),
}


class NoProtobuf(Exception):
    """The optional extra `sparkplug` is not installed."""


class BadPayload(ValueError):
    pass


def is_installed() -> bool:
    try:
        payload_class()
    except NoProtobuf:
        return False
    return True


def parse(payload: bytes) -> Any:
    try:
        return payload_class().FromString(payload)
    except Exception as error:
        # DecodeError, and whatever else protobuf's three implementations raise on bytes that are none.
        if isinstance(error, NoProtobuf):
            raise
        raise BadPayload(f"no es un payload de Sparkplug B ({type(error).__name__})") from error


def metric_value(metric: Any) -> tuple[str, Any] | None:
    """The name of the value's field and the value."""
    for name, number, _ in FIELDS["Metric"]:
        if number >= 10 and metric.HasField(name):
            return name, getattr(metric, name)
    return None


@lru_cache
def payload_class() -> Any:
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    except ImportError:
        raise NoProtobuf("Sparkplug B necesita protobuf: instale el extra «sparkplug»") from None
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package="stack_vps", syntax="proto2")
    for message, fields in FIELDS.items():
        described = file.message_type.add(name=message)
        for name, number, kind in fields:
            field = described.field.add(name=name, number=number)
            field.label = field.LABEL_REPEATED if kind in FIELDS else field.LABEL_OPTIONAL
            field.type = field.TYPE_MESSAGE if kind in FIELDS else getattr(field, f"TYPE_{kind}")
            if kind in FIELDS:
                field.type_name = f".stack_vps.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("stack_vps.Payload"))
