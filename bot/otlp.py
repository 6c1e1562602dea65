"""What is a span, in OpenTelemetry's words? The only place that knows them.

Its trace and the root of that are named after the signoff, so webhook, decision and callback are one
trace, days and processes apart, and nothing has to be kept for it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

NEEDED = "pip install --require-hashes -r requirements/otel.txt"

ROOT = "signoff"
"""The span that all others hang below."""

Fact = str | int | bool

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Caller:
    """A span of somebody else's trace, as W3C's `traceparent` names it."""

    trace: bytes
    span: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that was done for a signoff, and is over."""

    signoff_id: str
    name: str
    began: datetime
    ended: datetime
    facts: Mapping[str, Fact]
    caller: Caller | None = None


def ids_of(signoff_id: str) -> tuple[bytes, bytes]:
    """The trace of a signoff, and the root of that."""
    digest = hashlib.sha256(b"countersign trace " + signoff_id.encode()).digest()
    return digest[:16], digest[16:24]


def can_be_sent() -> bool:
    """Whether the extra is installed that says it in OpenTelemetry's words."""
    try:
        return find_spec("opentelemetry.proto") is not None
    except ModuleNotFoundError:
        return False


def encoded(steps: Iterable[Step]) -> bytes:
    """An ExportTraceServiceRequest of OTLP."""
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2  # noqa: PLC0415 - an extra
    from opentelemetry.proto.common.v1 import common_pb2  # noqa: PLC0415 - an extra
    from opentelemetry.proto.resource.v1 import resource_pb2  # noqa: PLC0415 - an extra
    from opentelemetry.proto.trace.v1 import trace_pb2  # noqa: PLC0415 - an extra

    us = resource_pb2.Resource(attributes=[_fact("service.name", "countersign")])
    spans = trace_pb2.ScopeSpans(
        scope=common_pb2.InstrumentationScope(name="countersign"), spans=map(_span, steps)
    )
    told = trace_pb2.ResourceSpans(resource=us, scope_spans=[spans])
    request = trace_service_pb2.ExportTraceServiceRequest(resource_spans=[told])
    return bytes(request.SerializeToString())


def _span(step: Step) -> Span:
    from opentelemetry.proto.trace.v1 import trace_pb2  # noqa: PLC0415 - an extra

    trace, root = ids_of(step.signoff_id)
    is_root, caller = step.name == ROOT, step.caller
    return trace_pb2.Span(
        trace_id=trace,
        span_id=root if is_root else secrets.token_bytes(8),
        parent_span_id=b"" if is_root else root,
        name=step.name,
        kind=trace_pb2.Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=_nanoseconds(step.began),
        end_time_unix_nano=_nanoseconds(step.ended),
        attributes=[_fact(f"countersign.{name}", it) for name, it in sorted(step.facts.items())]
        + [_fact("countersign.signoff", step.signoff_id)],
        links=[trace_pb2.Span.Link(trace_id=caller.trace, span_id=caller.span)] if caller else [],
    )


def _fact(name: str, value: Fact) -> KeyValue:
    from opentelemetry.proto.common.v1 import common_pb2  # noqa: PLC0415 - an extra

    match value:
        case bool():
            said = common_pb2.AnyValue(bool_value=value)
        case int():
            said = common_pb2.AnyValue(int_value=value)
        case str():
            said = common_pb2.AnyValue(string_value=value)
    return common_pb2.KeyValue(key=name, value=said)


def _nanoseconds(moment: datetime) -> int:
    return max((moment - _EPOCH) // timedelta(microseconds=1), 0) * 1000
