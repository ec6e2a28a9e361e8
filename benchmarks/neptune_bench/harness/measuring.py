"""What benchmarks need while they measure: a cluster, a directory, driver processes, progress."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from neptune_bench.harness import driver, drivers, layout, machine
from neptune_bench.harness.drivers import State
from neptune_bench.harness.progress import Progress
from neptune_bench.harness.record import Record

P = TypeVar("P", bound=Record)

Where = tuple[dict[str, object], dict[str, str], float]
"""Of a result: `machine`, `versions` and `load_before`."""


class Measuring(Generic[P]):
    """A benchmark that measures (see `measuring`).

    Args:
        asked: the plan, as the result tells it.
        changed: the fields of it that are others in the layout of a cluster.
        directory: of its own.
        check: raises BenchmarkError once the cluster has failed.
        load_before: how many processors were in use before.
    """

    def __init__(
        self,
        asked: P,
        changed: Mapping[str, Any],
        directory: Path,
        check: Callable[[], None],
        load_before: float,
    ) -> None:
        self.changed = changed
        # Not what goes to the result: the cluster's port is another one each time.
        self.plan: P = dataclasses.replace(asked, **changed)
        self.directory = directory
        self.check = check
        self.load_before = load_before
        self.seconds: dict[str, float] = {}
        """How long each stage took."""
        self._progress = Progress()

    @contextmanager
    def stage(self, title: str) -> Iterator[None]:
        """Show that a stage begins, and that it has ended."""
        began = time.monotonic()
        self._progress.start(title)
        self.check()
        yield
        self._progress.finish()
        self.seconds[title] = time.monotonic() - began

    def heard(self, state: State) -> None:
        """Take in the state of a driver process: it is shown, if the cluster is well."""
        self.check()
        self._progress.update(state)

    def show(self, what: str, done: float | None = None) -> None:
        """Show what is being done, and how much of it is, from 0 to 1."""
        self._progress.update({"stage": what, "done": done})

    @contextmanager
    def driven(self, title: str, module: str, *words: str) -> Iterator[tuple[dict[str, Any], Path]]:
        """Run a driver process, a stage of its own, with the plan (see `harness.driver`).

        Yields:
            Its answer, and its directory, which is removed afterwards.

        Raises:
            BenchmarkError: if it fails.
        """
        with self._place() as place:
            with self.stage(title):
                found = driver.answer(title, module, self.plan, Path(place), self.heard, *words)
            yield found, Path(place)

    def drive(self, title: str, module: str, *words: str) -> dict[str, Any]:
        """Run a driver process as `driven` does, and return its answer."""
        with self.driven(title, module, *words) as (found, _):
            return found

    def drive_together(
        self, title: str, module: str, words: Mapping[str, Sequence[str]]
    ) -> dict[str, dict[str, Any]]:
        """Run driver processes of a module at the same time, as one stage; return their answers.

        Args:
            title: of the stage, for which the last of them speaks.
            module: see `driven`.
            words: of each process, by its name.

        Raises:
            BenchmarkError: if one fails; the others are ended.
        """
        with ExitStack() as stack, self.stage(title):
            processes = []
            for name, own in words.items():
                place = Path(stack.enter_context(self._place()))
                processes.append(
                    driver.prepared(f"{title}, {name}", module, self.plan, place, *own)
                )

            def heard(number: int, state: State) -> None:
                if number == len(processes) - 1:
                    self.heard(state)

            drivers.drive_all(processes, heard)
            return dict(zip(words, map(driver.answer_of, processes), strict=True))

    def _place(self) -> tempfile.TemporaryDirectory[str]:
        """Return a directory for a driver process."""
        return tempfile.TemporaryDirectory(
            prefix="driver-", dir=self.directory, ignore_cleanup_errors=True
        )

    def where(self, versions: Mapping[str, str], packages: Sequence[str] = ()) -> Where:
        """Return what a reader must know of where it was measured.

        Args:
            versions: as `harness.sessions.versions` has them.
            packages: what else is used, as pip names it.
        """
        found = {**machine.machine(), **layout.facts(self.plan)}
        return found, {**versions, **machine.packages(packages)}, self.load_before


@contextmanager
def measuring(name: str, plan: P) -> Iterator[Measuring[P]]:
    """Measure with a directory of its own, and with a cluster if the plan's layout has one.

    Args:
        name: of the benchmark.
        plan: what to do.

    Raises:
        BenchmarkError: if the cluster does not start.
    """
    load_before = machine.load_before()
    with ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True)
        directory = Path(stack.enter_context(made))
        changed, check = stack.enter_context(layout.laid_out(plan, directory / "cluster"))
        yield Measuring(plan, changed, directory, check, load_before)
