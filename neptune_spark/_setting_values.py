"""What values of settings there are, by their types.

As Settings.scala has it: tests/jvm/test_contracts.py compares the two.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Integral, Real
from types import MappingProxyType
from typing import Callable

#: The named priority levels. A higher number is more urgent.
LEVELS: Mapping[str, int] = MappingProxyType({"low": -10, "normal": 0, "high": 10})

_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
#: What Java's String.trim() takes away.
BLANKS = "".join(map(chr, range(33)))
_INTEGER = re.compile(r"[+-]?\d+", re.A)
_SHARE = re.compile(r"(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.A | re.I)
# Spark's own units, but for those below a millisecond.
_DURATION = re.compile(r"(\d+)(ms|s|m|min|h|d)?", re.A | re.I)
_INT64_MAX = 2**63 - 1
# As fine as a nanosecond, or a billionth of a core, which is what the scheduler counts in.
_FINE_NUMBER = r"(\d+(\.\d{1,9})?|\.\d{1,9})"
_CORES = re.compile(rf"{_FINE_NUMBER}%?", re.A)
_BANDS = re.compile(rf"{_FINE_NUMBER}( *, *{_FINE_NUMBER})*", re.A)
#: More bands would get next to nothing.
_MOST_BANDS = 16
# The class itself is looked for when the session starts.
_CLASS = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)+", re.A)
_PYTHON_CLASS = re.compile(r"python:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.A)


def remedy(kind: str, names: Sequence[str]) -> str:
    """Return what a type accepts, as the end of an error's sentence.

    Parameters
    ----------
    kind : str
        The type.
    names : Sequence[str]
        The names that the setting declares.
    """
    listed = ", ".join(repr(name) for name in names)
    return {
        "priority": f"give one of {listed}, or a 32-bit integer (higher is more urgent)",
        "policy": f"give one of {listed}, the full name of a class that implements "
        "neptune.policy.Policy, or 'python:module:Class'",
        "enum": f"give one of {listed}",
        "duration_ms": "give a whole number of milliseconds or a string like '100ms' or '2s'",
        "positive_duration_ms": "give a whole number of milliseconds above 0 or a string like "
        "'100ms' or '2s'",
        "count": "give 0 or a positive integer",
        "positive": "give a positive integer",
        "share": "give a number from 0 to 1",
        "cores": "give a number of cores above 0 or a share of all cores like '25%'",
        "bands": f"give core-seconds like '0,1,10': from 0 on, each more than the one before, "
        f"{_MOST_BANDS} at most",
        "pattern": "give a regular expression",
        "bool": "give True or False",
        "string": "give a string",
    }[kind]


def _int32(value: object) -> int | None:
    """Return an integer of 32 bits; None for anything else, bool (an int, alas) included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip(BLANKS)
        if not _INTEGER.fullmatch(text):
            return None
        number = int(text)
    else:
        try:
            number = operator.index(value)  # type: ignore[arg-type]  # refused by index() itself
        except TypeError:
            return None
    return number if _INT32_MIN <= number <= _INT32_MAX else None


def _parse_int(_: Sequence[str], value: object) -> str | None:
    number = _int32(value)
    return None if number is None else str(number)


def _parse_count(_: Sequence[str], value: object) -> str | None:
    number = _int32(value)
    return None if number is None or number < 0 else str(number)


def _parse_positive(_: Sequence[str], value: object) -> str | None:
    number = _int32(value)
    return None if number is None or number < 1 else str(number)


def _parse_priority(names: Sequence[str], value: object) -> str | None:
    if isinstance(value, str) and (name := value.strip(BLANKS)) in LEVELS:
        return name
    return _parse_int(names, value)


def _parse_enum(names: Sequence[str], value: object) -> str | None:
    return value if isinstance(value, str) and value in names else None


def _parse_policy(names: Sequence[str], value: object) -> str | None:
    if isinstance(value, str) and (_CLASS.fullmatch(value) or _PYTHON_CLASS.fullmatch(value)):
        return value
    return _parse_enum(names, value)


def _parse_duration(_: Sequence[str], value: object) -> str | None:
    if isinstance(value, str):
        text = value.strip(BLANKS)
        match = _DURATION.fullmatch(text)
        return text if match and int(match[1]) <= _INT64_MAX else None
    number = _int32(value)
    return f"{number}ms" if number is not None and number >= 0 else None


def _parse_positive_duration(names: Sequence[str], value: object) -> str | None:
    text = _parse_duration(names, value)
    return text if text is not None and re.search("[1-9]", text) else None


def _number(value: object) -> int | float | None:
    """Return a number of any library, NumPy's say; None for anything else, bool included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else None


def _parse_cores(_: Sequence[str], value: object) -> str | None:
    number = _number(value)
    if isinstance(value, str):
        text = value.strip(BLANKS)
    elif isinstance(number, float):
        text = f"{number:.9f}".rstrip("0").rstrip(".")
    else:
        text = str(number)
    if not _CORES.fullmatch(text):
        return None
    most = 100 if text.endswith("%") else _INT32_MAX
    return text if 0 < Fraction(text.rstrip("%")) <= most else None


def _parse_bands(_: Sequence[str], value: object) -> str | None:
    text = value.strip(BLANKS) if isinstance(value, str) else ""
    if not _BANDS.fullmatch(text):
        return None
    bands = [Fraction(band.strip()) for band in text.split(",")]
    ascend = all(low < high for low, high in zip(bands, bands[1:]))
    fits = len(bands) <= _MOST_BANDS and bands[0] == 0 and bands[-1] <= _INT32_MAX
    return text if fits and ascend else None


def _parse_share(_: Sequence[str], value: object) -> str | None:
    text = value.strip(BLANKS) if isinstance(value, str) else str(_number(value))
    return text if _SHARE.fullmatch(text) and float(text) <= 1 else None


def _parse_bool(_: Sequence[str], value: object) -> str | None:
    text = str(value).strip(BLANKS).lower() if isinstance(value, (bool, str)) else ""
    return text if text in ("true", "false") else None


def _parse_string(_: Sequence[str], value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _parse_pattern(_: Sequence[str], value: object) -> str | None:
    # What only Java's expressions have, only the JVM can check.
    return value if isinstance(value, str) and value else None


#: What makes of a value the string that Spark is given, by type, with the names that the setting
#: declares; None for what is not accepted.
PARSERS: Mapping[str, Callable[[Sequence[str], object], str | None]] = MappingProxyType(
    {
        "priority": _parse_priority,
        "policy": _parse_policy,
        "enum": _parse_enum,
        "duration_ms": _parse_duration,
        "count": _parse_count,
        "positive": _parse_positive,
        "positive_duration_ms": _parse_positive_duration,
        "share": _parse_share,
        "cores": _parse_cores,
        "bands": _parse_bands,
        "pattern": _parse_pattern,
        "bool": _parse_bool,
        "string": _parse_string,
    }
)
