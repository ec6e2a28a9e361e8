"""The command line of a workload: the options of `Plan`, and the workload's own."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from typing import Any

from neptune_bench.harness import layout
from neptune_bench.harness.command import Command
from neptune_bench.harness.options import names
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.schedulers import SPLIT
from neptune_bench.unified.workload import Workload


@dataclass(frozen=True, kw_only=True)
class WorkloadCommand(Command[Plan]):
    """The command of a workload; what is none of the plan's fields becomes one of its options."""

    workload: Workload

    def parser(self) -> argparse.ArgumentParser:
        """Return the parser of the command line."""
        made = super().parser()
        self.workload.add_arguments(made)
        return made

    def plan_of(self, options: argparse.Namespace) -> Plan:
        """Return the sizes and times that the command line asks for.

        Raises:
            BenchmarkError: if its layout is not possible here.
        """
        known = {"out", "quick", *(field.name for field in dataclasses.fields(Plan))}
        given = {name: value for name, value in vars(options).items() if value is not None}
        own = {name: given.pop(name) for name in given.keys() - known}
        plan = super().plan_of(argparse.Namespace(**given))
        # Asked for by name it fails with a sentence; by default it is left out.
        chosen = plan.schedulers if "schedulers" in given else possible(plan)
        return dataclasses.replace(plan, schedulers=chosen, options={**plan.options, **own})


def possible(plan: Plan) -> tuple[str, ...]:
    """Return those of a plan's schedulers that its layout has the cores for: all but the split."""
    odd = plan.layout == layout.CLUSTER and plan.worker_cores % 2
    return tuple(name for name in plan.schedulers if not (odd and name == SPLIT))


def command(workload: Workload, **more: Any) -> WorkloadCommand:
    """Return the command of a workload; `more` are further fields of `Command`."""
    return WorkloadCommand(
        name=workload.name,
        about=workload.title,
        full=workload.plan(quick=False),
        quick=workload.plan(quick=True),
        workload=workload,
        texts={"scale": workload.scale_unit, "events": workload.event_unit},
        reads={"schedulers": names("scheduler", workload.schedulers)},
        **more,
    )
