"""A driver process that answers: ``python -m`` this module, ``MODULE PLACE WORDS... FD``.

MODULE, below ``neptune_bench``, has the class ``Plan`` of its benchmark, and a function
``run(plan, place, report, *words)``: the plan; the process's directory; what tells how far it is
(see `harness.drivers.reporting`); and the WORDS. What it returns is the answer, as JSON holds it.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neptune_bench.harness import drivers
from neptune_bench.harness.drivers import Driver, State
from neptune_bench.harness.record import Record

PLAN, ANSWER = "plan.json", "answer.json"


def prepared(title: str, module: str, plan: Record, place: Path, *words: str) -> Driver:
    """Return the driver process that calls `run` of a module; its answer is `answer_of` it.

    Args:
        title: what it is, for the error.
        module, plan, words: see the module's docstring.
        place: its directory, which is empty.
    """
    plan.save(place / PLAN)
    return Driver(title, "neptune_bench.harness.driver", [module, str(place), *words], place)


def answer_of(driver: Driver) -> dict[str, Any]:
    """Return what a driver process that has ended answered."""
    found: dict[str, Any] = json.loads((driver.directory / ANSWER).read_text())
    return found


def answer(
    title: str, module: str, plan: Record, place: Path, show: Callable[[State], None], *words: str
) -> dict[str, Any]:
    """Run a driver process to its end, and return its answer (see `prepared`).

    Raises:
        BenchmarkError: if it fails, with the end of its log.
    """
    driver = prepared(title, module, plan, place, *words)
    drivers.drive_all([driver], lambda _, state: show(state))
    return answer_of(driver)


def main(arguments: list[str]) -> None:
    """Run as the `arguments` say (see the module's docstring)."""
    name, directory, *words, descriptor = arguments
    module, place = importlib.import_module(f"neptune_bench.{name}"), Path(directory)
    with drivers.reporting(descriptor) as report:
        found = module.run(module.Plan.load(place / PLAN), place, report, *words)
    (place / ANSWER).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
