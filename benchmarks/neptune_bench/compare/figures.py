"""The figures of a result that can be compared with another's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from neptune_bench.compare.noise import Figure
from neptune_bench.harness.bootstrap import Values, apart
from neptune_bench.harness.figures import percentile
from neptune_bench.results.files import reader

PERCENTILES: Final = (50, 99)


def figures(result: Mapping[str, Any]) -> list[Figure]:
    """Return the figures of a result.json whose values are positive.

    Which there are, the function `compared` of its benchmark says.

    Raises:
        BenchmarkError: if its benchmark is unknown, or another version has written it.
    """
    with reader(result, "compared") as report:
        found = list(report.compared(result))
    return [figure for figure in found if figure.rounds and figure.value > 0]


def latencies(
    what: str,
    rounds: Sequence[Values],
    is_one_process: bool = False,
    percentiles: Sequence[float] = PERCENTILES,
) -> Iterator[Figure]:
    """Yield the percentiles of each round's values (see `compare.noise.Figure`)."""
    known = [values for values in rounds if values]
    for q in percentiles:
        yield Figure(f"{what}: p{q:g}", known, q, is_one_process)


def singles(what: str, values: Iterable[float]) -> Figure:
    """Return a figure of which each round has one value."""
    return Figure(what, [apart([value]) for value in values])


def ratios(what: str, pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Iterator[Figure]:
    """Yield figures whose rounds have one value: the ratio of both sides' percentiles."""
    for q in PERCENTILES:
        found = [percentile(a, q) / percentile(b, q) for a, b in pairs if a and b]
        yield singles(f"{what}: p{q}", found)
