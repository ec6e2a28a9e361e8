"""A benchmark's command line: the options that its plan declares, and the program."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from neptune_bench.harness import layout, program, results
from neptune_bench.harness.layout import Layout
from neptune_bench.harness.options import OPTION
from neptune_bench.harness.record import Record
from neptune_bench.harness.results import Result

P = TypeVar("P", bound=Record)


@dataclass(frozen=True)
class Command(Generic[P]):
    """A benchmark's command: ``neptune-spark bench NAME``.

    Args:
        name: of the benchmark's package.
        about: what it does.
        full, quick: its plan, and that of `--quick`.
        scaled: fields of the plan that `--scale` multiplies, if there is that option.
        scale_unit: what it counts.
    """

    name: str
    about: str | None
    full: P
    quick: P
    scaled: Sequence[str] = ()
    scale_unit: str = ""

    def parser(self) -> argparse.ArgumentParser:
        """Return the parser of the command line."""
        prog = f"neptune-spark bench {self.name}"
        made = argparse.ArgumentParser(prog=prog, description=self.about)
        out, where = Path("bench") / self.name, "directory of the results (%(default)s)"
        made.add_argument("--out", type=Path, default=out, help=where)
        if isinstance(self.full, Layout):
            layout.add_arguments(made)
        if self.scaled:
            made.add_argument("--scale", type=program.positive, help=self.scale_unit)
        for each in dataclasses.fields(self.full):  # type: ignore[arg-type]  # plans are dataclasses
            if OPTION in each.metadata:
                add(made, each)
        made.add_argument("--quick", action="store_true", help="little of everything, for a look")
        return made

    def plan_of(self, options: argparse.Namespace) -> P:
        """Return the sizes and numbers that the command line asks for.

        Raises:
            BenchmarkError: if its layout is not possible here.
        """
        given = {name: value for name, value in vars(options).items() if value is not None}
        base = self.quick if given.pop("quick") else self.full
        if isinstance(base, Layout):
            given |= layout.asked(given.pop("layout", None), given.pop("master", None))
        times = given.pop("scale", 1.0) if self.scaled else 1.0
        given |= {name: math.ceil(times * getattr(base, name)) for name in self.scaled}
        del given["out"]
        return dataclasses.replace(base, **given)  # type: ignore[type-var]  # plans are dataclasses

    def main(self, measure: Callable[[P], Result], arguments: Sequence[str] | None) -> int:
        """Run the benchmark as the command-line `arguments` say; return the exit status."""
        options = self.parser().parse_args(arguments)

        def act() -> None:
            results.make(self.name, options.out, lambda: measure(self.plan_of(options)))

        return program.run(self.name, act)


def add(parser: argparse.ArgumentParser, declared: dataclasses.Field[Any]) -> None:
    """Add the option that a field of a plan declares."""
    name, text, read = declared.metadata[OPTION]
    words: dict[str, Any] = {"dest": declared.name, "default": None}
    default = declared.default
    if default is False:
        parser.add_argument(f"--{name or declared.name}", action="store_true", help=text, **words)
        return
    if isinstance(default, tuple):
        default = ",".join(default)
    parser.add_argument(
        f"--{name or declared.name}",
        type=read or (program.count if isinstance(default, int) else program.positive),
        metavar=(name or declared.name).upper(),
        help=f"{text} ({default})",
        **words,
    )
