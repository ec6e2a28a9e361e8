"""Where the sessions of a benchmark run: a cluster of its own, one process, or a given master."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness import cluster, processors, sessions
from neptune_bench.harness.processors import Division
from neptune_bench.harness.record import Record

CLUSTER: Final = "cluster"
LOCAL: Final = "local"
GIVEN: Final = "given"
"""A standalone cluster of our own; one process for all; what --master names."""
FEWEST_CORES: Final = 2
SHARED_CORE: Final = "driver_and_worker_share_a_core"
"""Of the machine: whether a physical core serves both sides of a cluster's layout."""
_CORE_IS_SHARED: Final = (
    "A physical core serves both the driver and the worker: its hardware threads slow each other."
)


@dataclass(frozen=True, kw_only=True)
class Layout(Record):
    """The part of a benchmark's plan that says where it runs.

    Args:
        layout: CLUSTER, LOCAL or GIVEN.
        master: Spark master of all applications together; in the layout of a cluster empty until
            that has started.
        driver_processors: those of the drivers, the master and the load, in the layout of a
            cluster.
        worker_processors: those of its worker.
    """

    layout: str = LOCAL
    master: str = ""
    driver_processors: tuple[int, ...] = ()
    worker_processors: tuple[int, ...] = ()

    @property
    def division(self) -> Division:
        """The processors in the layout of a cluster."""
        return Division(self.driver_processors, self.worker_processors)

    @property
    def worker_cores(self) -> int:
        """How many cores the worker of a cluster offers: one for each of its processors."""
        return len(self.worker_processors)


def local_master() -> str:
    """Return a local master with all processors that this process may use, at least two."""
    return f"local[{max(FEWEST_CORES, len(processors.usable()))}]"


def default_layout() -> str:
    """Return the layout where none is asked for: that of a cluster, given two processors."""
    return CLUSTER if len(processors.usable()) > 1 else LOCAL


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --layout and --master, of which one may be given (see `asked`)."""
    where = parser.add_mutually_exclusive_group()
    layouts = (
        "cluster: a standalone cluster of its own, with driver and load on some processors, "
        f"workers on the others; local: everything in one, {local_master()} ({default_layout()})"
    )
    where.add_argument("--layout", choices=(CLUSTER, LOCAL), help=layouts)
    where.add_argument("--master", help="Spark master of every run, instead of a layout")


def asked(layout: str | None, master: str | None) -> dict[str, Any]:
    """Return the fields of a plan that say where it runs.

    Args:
        layout: the one that is asked for; None for the default.
        master: a Spark master instead.

    Raises:
        BenchmarkError: if the layout of a cluster is asked for where there is one processor.
    """
    if master is not None:
        return {"layout": GIVEN, "master": master}
    if (layout or default_layout()) == LOCAL:
        return {"layout": LOCAL, "master": local_master()}
    usable = processors.usable()
    found = processors.divided(usable, processors.physical_cores(usable))
    own = {"driver_processors": found.driver, "worker_processors": found.worker}
    return {"layout": CLUSTER, "master": "", **own}


@contextmanager
def laid_out(plan: Record, directory: Path) -> Iterator[tuple[dict[str, Any], Callable[[], None]]]:
    """Start the cluster of a layout that has one; from here all we start is on our processors.

    Args:
        plan: where to run; one without a layout has no cluster.
        directory: for the cluster's files; made if need be.

    Yields:
        The fields of the plan that have changed, and what raises BenchmarkError once the cluster
        has failed: without its worker a run would wait for ever.
    """
    if not (isinstance(plan, Layout) and plan.layout == CLUSTER):
        yield {}, lambda: None
        return
    with (
        processors.pinned(plan.driver_processors),
        cluster.standalone(
            plan.division, plan.worker_cores, sessions.MEMORY_MB, directory
        ) as started,
    ):
        yield {"master": started.master}, started.check


def settings(plan: Layout, parts: int = 1) -> dict[str, str]:
    """Return the settings of one of `parts` applications that share what there is equally.

    Args:
        plan: where to run.
        parts: how many; they must divide the worker's cores. Only a cluster of our own is divided.
    """
    if plan.layout != CLUSTER:
        return {"spark.master": plan.master}
    return cluster.settings(plan.master, parts, plan.worker_cores, sessions.MEMORY_MB)


def facts(plan: Record) -> dict[str, object]:
    """Return what a reader must know of the processors of a cluster's layout."""
    if not (isinstance(plan, Layout) and plan.layout == CLUSTER):
        return {}
    cores = processors.physical_cores([*plan.driver_processors, *plan.worker_processors])
    return {SHARED_CORE: processors.shared_core(plan.division, cores)}


def described(plan: Layout, cores: int, servers: Sequence[str] = ()) -> str:
    """Return who has which processors, as a person reads it.

    Args:
        plan: where it ran.
        cores: of all executors.
        servers: what else ran beside the driver, such as "Redis".
    """
    if plan.layout == GIVEN:
        return f"{plan.master}, {cores} cores"
    if plan.layout != CLUSTER:
        beside = listed(["driver", "tasks", *servers])
        return f"Local layout: {beside} on the same processors, {plan.master}"
    beside = listed(["driver", "load", *servers])
    return (
        f"Cluster layout: standalone master, {beside} on "
        f"{processors.text(plan.driver_processors)}, a worker with {cores} "
        f"core{'s' if cores > 1 else ''} on {processors.text(plan.worker_processors)}"
    )


def placed(plan: Layout) -> str:
    """Return what a picture's title says of the layout."""
    return " (driver on processors of its own)" if plan.layout == CLUSTER else ""


def listed(words: Sequence[str]) -> str:
    """Return words as a sentence has them: "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def remarks(machine: Mapping[str, Any]) -> list[str]:
    """Return a sentence if both sides of a cluster's layout disturb each other."""
    return [_CORE_IS_SHARED] if machine.get(SHARED_CORE) else []
