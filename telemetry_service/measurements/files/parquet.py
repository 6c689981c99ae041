"""Parquet, row group by row group. pyarrow weighs as much as half a worker: it comes when somebody asks for it."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from telemetry_service.measurements.files.rows import Drain, Fields
from telemetry_service.measurements.quality import LABELS, Reason

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 50_000  # rows
PIECE = 5_000  # of them, held as Python's objects: these weigh ten times what columns do


def write_parquet(rows: Iterable[Fields]) -> Iterator[bytes]:
    """`value` holds numbers, `value_text` what is none. What the qualities and reasons mean is in the file itself."""
    import pyarrow as pa
    from pyarrow import parquet

    schema, drain, remaining = _schema(), Drain(), iter(rows)
    # The system's own allocator gives back what a row group took.
    pool = pa.system_memory_pool()
    with parquet.ParquetWriter(drain, schema, compression="zstd", memory_pool=pool) as writer:
        while pieces := list(islice(_batches(remaining, schema, pool), max(GROUP // PIECE, 1))):
            writer.write_table(pa.Table.from_batches(pieces).unify_dictionaries(memory_pool=pool))
            yield from drain.take()
    yield from drain.take()


def _batches(rows: Iterator[Fields], schema: "pa.Schema", pool: Any) -> Iterator["pa.RecordBatch"]:
    while some := list(islice(rows, PIECE)):
        yield _batch(some, schema, pool)


def _schema() -> "pa.Schema":
    import pyarrow as pa

    name = pa.dictionary(pa.int32(), pa.string())
    fields = [
        pa.field("point", name, nullable=False),
        pa.field("code", name, nullable=False),
        pa.field("variable", name, nullable=False),
        pa.field("time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("value", pa.float64(), metadata={"unit": "the column «unit»"}),
        pa.field("value_text", pa.string()),
        pa.field("unit", name, nullable=False),
        pa.field("quality", pa.int8(), nullable=False),
        pa.field("quality_label", name, nullable=False),
        pa.field("reasons", pa.list_(pa.string()), nullable=False),
        pa.field("known_since", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
    reasons = [(bit.name or "").lower() for bit in Reason]
    return pa.schema(
        fields,
        metadata={"title": "Mediciones", "quality": json.dumps(LABELS), "reasons": json.dumps(reasons)},
    )


def _batch(some: list[Fields], schema: "pa.Schema", pool: Any) -> "pa.RecordBatch":
    import pyarrow as pa

    columns: dict[str, Any] = dict(zip(Fields._fields, zip(*some, strict=True), strict=True))
    values = columns["value"]
    columns["value"] = [one if type(one) in (float, int) else None for one in values]
    columns["value_text"] = [_text(one) for one in values]
    arrays = [pa.array(columns[field.name], field.type, memory_pool=pool) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _text(value: float | str | bool | None) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else None
