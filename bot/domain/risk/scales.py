"""Which settings scale or limit something, and how do two of their values compare?"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class Bound(StrEnum):
    """What a setting bounds. Less of a `ceiling` is less room; `size` is one that counts machines.

    A `floor` is what is always there, and a `pace` is a time or a share: neither way is safer.
    """

    SIZE = "size"
    CEILING = "ceiling"
    FLOOR = "floor"
    PACE = "pace"


# By the words a name ends with ("spec.maxReplicas": spec, max, replicas); the first that fits.
_ENDINGS: tuple[tuple[Bound, str], ...] = (
    (Bound.FLOOR, "min replicas, min size, min capacity, min instances, min nodes, min node count, min scale,"
                  " min count, min workers, min idle, minimum idle, min pool size, minimum pool size, pool min,"
                  " minimum size, minimum capacity, minimum replicas, requests cpu, requests memory, min available"),
    (Bound.PACE, "timeout, ttl, cooldown, cooldown period, stabilization window, grace period, interval, backoff,"
                 " deadline, retries, max retries, average utilization, target utilization,"
                 " target cpu utilization percentage, keepalive, max unavailable, max surge, max lifetime"),
    (Bound.SIZE, "replicas, replica count, desired capacity, desired count, desired size, instance count, node count,"
                 " num nodes, number of nodes, number of instances, max replicas, max size, max capacity, max instances,"
                 " max nodes, max node count, max scale, max count, maximum size, maximum capacity, maximum replicas,"
                 " maximum instances, num instances, instances, machine count, task count, shard count, shards"),
    (Bound.CEILING, "cpu, cpus, memory, mem limit, memory limit, cpu limit, memory size, memory mb, memory mib,"
                    " ephemeral storage, concurrency, max concurrency, container concurrency, parallelism, max workers,"
                    " workers, num workers, worker count, worker processes, threads, max threads, threads max, num threads,"
                    " pool size, max pool size, maximum pool size, pool max, max overflow, max idle, max open conns,"
                    " max idle conns, max connections, max conns, maxconn, worker connections, max clients,"
                    " max requests, max inflight, max pending requests, queue size, max queue size, backlog, quota,"
                    " quotas, limit, limits, rate limit, burst, burst limit, throttling rate limit,"
                    " throttling burst limit, requests per second, rps, qps, pods, iops, throughput,"
                    " provisioned throughput, read capacity, write capacity, read capacity units, write capacity units,"
                    " reserved concurrent executions, provisioned concurrent executions, nofile, file descriptors,"
                    " max body size, heap size, max heap size, max memory, maxmemory, allocated storage"),
)  # fmt: skip
_BOUNDS: dict[tuple[str, ...], Bound] = {}
for _bound, _names in _ENDINGS:
    for _name in _names.split(","):
        _BOUNDS.setdefault(tuple(_name.split()), _bound)

_LONGEST_ENDING = max(map(len, _BOUNDS))
_UNIT_WORDS = frozenset((
    "ms", "s", "sec", "secs", "second", "seconds", "min", "mins",
    "minute", "minutes", "hour", "hours", "millis", "milliseconds", "in", "percent",
))  # fmt: skip
_WORD = re.compile(r"[A-Z]++(?![a-z])|[A-Z]?[a-z]++|[A-Z]+")
_NAME_AT_MOST = 120

_NUMBER = re.compile(r"([+-]?[0-9]{1,15}(?:_[0-9]{3}){0,5}(?:\.[0-9]{1,9})?) ?([a-zA-Zµ%/]{0,6})")
_TIMES = {"": 1.0, "ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}  # fmt: skip
_AMOUNTS = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12} | {
    f"{letter}{unit}": base**power
    for power, letter in enumerate("kMGT", 1)
    for unit, base in (("i", 1024.0), ("iB", 1024.0), ("B", 1000.0), ("b", 1000.0))
}
_AMOUNTS |= {"K": 1e3, "Ki": 1024.0, "KB": 1e3, "g": 1e9, "gb": 1e9, "mb": 1e6, "b": 1.0, "B": 1.0}
_DIMENSIONS = frozenset(("amount", "time", "rate", "%"))
_RATES = {"r/s": 1.0, "/s": 1.0, "rps": 1.0, "r/m": 1 / 60, "/m": 1 / 60, "rpm": 1 / 60}


@lru_cache(maxsize=4_096)
def bound_of(name: str) -> Bound | None:
    """What a setting of that name bounds; None: it scales nothing that we know of."""
    return _BOUNDS.get(_ending(name))


def known_name(name: str) -> str:
    """Our own name for a setting: "spec.maxReplicas" is "max replicas"; empty if we have none."""
    return " ".join(_ending(name))


def shown_value(name: str, text: str) -> str:
    """A readable value as a number and a unit we know; empty if it is none."""
    if (read := quantity(name, text)) is None:
        return ""
    return text.strip() if read[0] in _DIMENSIONS else f"{read[1]:.15g}"


def quantity(name: str, text: str) -> tuple[str, float] | None:
    """A value as its dimension and a number: of one dimension, values compare. None: unreadable."""
    found = _NUMBER.fullmatch(text.strip()[:40])
    if found is None:
        return None
    number, unit = float(found[1].replace("_", "")), found[2]
    if bound_of(name) is Bound.PACE and unit in _TIMES:
        return "time", number * _TIMES[unit]
    if unit == "m" and _of_memory(name):
        return "amount", number * 1e6
    if unit in _AMOUNTS:
        return "amount", number * _AMOUNTS[unit]
    return ("rate", number * _RATES[unit]) if unit in _RATES else (unit, number)


def _of_memory(name: str) -> bool:
    """Where "m" is a million, and no thousandth."""
    folded = name[-_NAME_AT_MOST:].casefold()
    return "mem" in folded or "heap" in folded


@lru_cache(maxsize=4_096)
def _ending(name: str) -> tuple[str, ...]:
    """The longest ending of a name that we know; none if there is none."""
    words = _words(name)
    known = (words[-length:] for length in range(min(_LONGEST_ENDING, len(words)), 0, -1))
    return next((ending for ending in known if ending in _BOUNDS), ())


def _words(name: str) -> tuple[str, ...]:
    """The words of a name, without the unit that some names end with ("timeoutSeconds")."""
    words = [word.casefold() for word in _WORD.findall(name[-_NAME_AT_MOST:])]
    while len(words) > 1 and words[-1] in _UNIT_WORDS:
        words.pop()
    return tuple(words)
