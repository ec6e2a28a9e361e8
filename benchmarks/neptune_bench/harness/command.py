"""A benchmark's command line: the options that its plan declares, and the program."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from neptune_bench.harness import layout, program, results
from neptune_bench.harness.layout import Layout
from neptune_bench.harness.options import OPTION, Read
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
        scaled: fields of the plan that `--scale` multiplies, if that is how it has this option.
        scale_unit: what it counts.
        own: the command, if it is not ``bench NAME``; all is local then by default.
        only: the options that it has of those that the plan declares; None for all.
        texts: what stands for names in braces in what the plan says of its options.
        reads: what reads the values of fields, if not what the plan says.
    """

    name: str
    about: str | None
    full: P
    quick: P
    scaled: Sequence[str] = ()
    scale_unit: str = ""
    own: str = ""
    only: Collection[str] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, Read] = field(default_factory=dict)

    def parser(self) -> argparse.ArgumentParser:
        """Return the parser of the command line."""
        prog = f"neptune-spark {self.own or f'bench {self.name}'}"
        made = argparse.ArgumentParser(prog=prog, description=self.about)
        out = Path(self.own or Path("bench") / self.name)
        where = "directory of the results (%(default)s)"
        made.add_argument("--out", type=Path, default=out, help=where)
        if self.own:
            made.add_argument("--master", help="Spark master")
        elif isinstance(self.full, Layout):
            layout.add_arguments(made)
        if self.scaled:
            made.add_argument("--scale", type=program.positive, help=self.scale_unit)
        for each in dataclasses.fields(self.full):
            if OPTION in each.metadata and (self.only is None or each.name in self.only):
                self._add(made, each.name, *each.metadata[OPTION])
        made.add_argument("--quick", action="store_true", help="a short run, for a first look")
        return made

    def plan_of(self, options: argparse.Namespace) -> P:
        """Return the sizes and numbers that the command line asks for.

        Raises:
            BenchmarkError: if its layout is not possible here.
        """
        given = {name: value for name, value in vars(options).items() if value is not None}
        base = self.quick if given.pop("quick") else self.full
        if isinstance(base, Layout) and ("master" in given or not self.own):
            given |= layout.asked(given.pop("layout", None), given.pop("master", None))
        times = given.pop("scale", 1.0) if self.scaled else 1.0
        given |= {name: math.ceil(times * getattr(base, name)) for name in self.scaled}
        del given["out"]
        return dataclasses.replace(base, **given)

    def main(self, measure: Callable[[P], Result], arguments: Sequence[str] | None) -> int:
        """Run the benchmark as the command-line `arguments` say; return the exit status."""
        options = self.parser().parse_args(arguments)

        def act() -> None:
            results.make(self.name, options.out, lambda: measure(self.plan_of(options)))

        return program.run(self.name, act)

    def _add(
        self, made: argparse.ArgumentParser, field: str, name: str, text: str, read: Read | None
    ) -> None:
        """Add the option that a field of the plan declares (see `harness.options.option`)."""
        name, text, default = name or field, text.format(**self.texts), getattr(self.full, field)
        if default is False:
            made.add_argument(f"--{name}", dest=field, action="store_true", default=None, help=text)
            return
        shown = ",".join(default) if isinstance(default, tuple) else f"{default}"
        number = program.count if isinstance(default, int) else program.positive
        read = self.reads.get(field, read or number)
        said = f"{text} ({shown})"
        made.add_argument(f"--{name}", dest=field, type=read, metavar=name.upper(), help=said)
