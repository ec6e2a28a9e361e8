"""The driver process with the simulator (see `harness.driver`)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pyspark import SparkConf, SparkContext

from neptune_bench.harness.drivers import Report
from neptune_bench.scale import workload
from neptune_bench.scale.plan import ORDERS, SCHEDULERS, USERS_SIDES, Plan
from neptune_bench.scale.workload import HIGH, LOW, Workload

#: A workload that has not drained after so many times its duration never will.
PATIENCE: Final = 20
ALONE: Final = {"batch_alone": LOW, "stream_alone": HIGH}


class Simulator:
    """The simulator of a Spark context: whatever it answers, as Python has it."""

    def __init__(self, context: SparkContext, directory: Path) -> None:
        assert context._jvm is not None
        package = context._jvm.org.apache.spark.neptune.simulation
        self._remote = package.Simulator(context._jsc)
        self._file = directory / "workload.json"

    def simulate(
        self, jobs: Workload, policy: str, mode: str, stop_s: float, drains: bool
    ) -> dict[str, Any]:
        """Run a workload; see Simulator.scala."""
        return self._asked("simulate", self._written(jobs), policy, mode, stop_s, drains)

    def drain(self, jobs: Workload, policy: str, mode: str) -> dict[str, Any]:
        """Run a workload to the end of all its jobs."""
        return self.simulate(jobs, policy, mode, PATIENCE * jobs.duration_us / 1e6, True)

    def users(self, jobs: Workload, order: str, mode: str) -> dict[str, Any]:
        """Run a workload of users to the end of all its jobs; see Simulator.scala."""
        stop_s = PATIENCE * jobs.duration_us / 1e6
        return self._asked("simulateUsers", self._written(jobs), order, mode, stop_s)

    def rounds(self, plan: Plan, executors: int) -> dict[str, Any]:
        """Time offer rounds; see Simulator.scala."""
        return self._asked("offerRounds", executors, plan.cores, plan.cycles, plan.warm_cycles)

    def shared_rounds(self, plan: Plan, order: str) -> dict[str, Any]:
        """Time offer rounds where many share the cores; see Simulator.scala."""
        sizes = (plan.shared_executors, plan.cores, plan.parties)
        cycles = (plan.shared_cycles, plan.warm_shared_cycles)
        return self._asked("sharedRounds", *sizes, order, *cycles)

    def _written(self, jobs: Workload) -> str:
        self._file.write_text(json.dumps(asdict(jobs)))
        return str(self._file)

    def _asked(self, method: str, *arguments: object) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(getattr(self._remote, method)(*arguments))
        return found


@contextmanager
def context(jars: str, **more: str) -> Iterator[SparkContext]:
    """Run a small Spark context with the simulator's jars.

    Args:
        jars: a class path.
        more: settings, without the first word, which is spark, and with _ for each dot.
    """
    settings = {
        "spark.driver.extraClassPath": jars,
        "spark.ui.enabled": "false",
        # Nobody listens to the suspensions of tasks that don't exist.
        "spark.driver.host": "localhost",
        "spark.driver.bindAddress": "127.0.0.1",
        **{f"spark.{key.replace('_', '.')}": value for key, value in more.items()},
    }
    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    started = SparkContext(master="local[1]", appName="scale", conf=conf)
    try:
        started.setLogLevel("ERROR")
        yield started
    finally:
        started.stop()


@contextmanager
def simulator(jars: str, **more: str) -> Iterator[tuple[Simulator, dict[str, str]]]:
    """Start the simulator, with its jars, and more settings as in `context`; yield it and the
    versions.
    """
    with (
        context(jars, driver_memory="3g", **more) as started,
        tempfile.TemporaryDirectory(prefix="scale-") as directory,
    ):
        assert started._jvm is not None
        java = started._jvm.System.getProperty("java.version")
        yield Simulator(started, Path(directory)), {"spark": started.version, "java": java}


def run(plan: Plan, _place: Path, report: Report, jars: str) -> dict[str, Any]:
    """Make all simulations and measurements; return them with the versions.

    Args:
        plan, report: see `harness.driver`.
        jars: those of the simulator, as a class path.
    """
    runs = []
    with simulator(jars) as (simulated, versions):
        steps = len(plan.schedulers) * plan.repeat
        for repeat in range(plan.repeat):
            seed = plan.seed + repeat
            jobs = workload.mixed(plan, seed)
            report(stage="each kind of job alone")
            alone = {
                name: simulated.drain(jobs.only(priority), "lma", "suspend")
                for name, priority in ALONE.items()
            }
            runs.append({"seed": seed, "ids": {p: jobs.ids(p) for p in (LOW, HIGH)}, **alone})
            together: list[dict[str, Any]] = []
            for name in plan.schedulers:
                policy, mode = SCHEDULERS[name]
                done = (repeat * len(plan.schedulers) + len(together)) / steps
                report(stage=f"{policy}, {mode}", done=done)
                ran = simulated.drain(jobs, policy, mode)
                together.append({"policy": policy, "mode": mode, **ran})
            runs[-1]["together"] = together
        sharing = of_users(simulated, plan, report)
        decisions = []
        for executors in plan.sizes:
            jobs = workload.bursts(plan, executors)
            for policy in plan.policies:
                report(stage=f"decisions of {policy} at {executors} executors")
                stop_s = jobs.duration_us / 1e6
                ran = simulated.simulate(jobs, policy, "suspend", stop_s, False)
                row = {"executors": executors, "policy": policy, "samples": ran["decisions"]}
                decisions.append(row)
        rounds = []
        for executors in plan.sizes:
            report(stage=f"offer rounds at {executors} executors")
            rounds.append({"executors": executors, **simulated.rounds(plan, executors)})
        shared = []
        for order in ORDERS:
            report(stage=f"offer rounds of {plan.parties} parties, {order}")
            found = simulated.shared_rounds(plan, order)
            shared.append({"executors": plan.shared_executors, **found})
    return {
        "versions": versions,
        "runs": runs,
        "users": sharing,
        "decisions": decisions,
        "rounds": rounds,
        "shared_rounds": shared,
    }


def of_users(simulated: Simulator, plan: Plan, report: Report) -> dict[str, Any]:
    """Return what came of users' jobs under each way to share, and of the short ones alone."""
    jobs = workload.users(plan)
    report(stage="short jobs of users alone")
    alone = simulated.users(jobs.of_users("short"), *USERS_SIDES["Spark FIFO"])
    sides = {}
    for side, (order, mode) in USERS_SIDES.items():
        report(stage=f"{plan.parties} users, {side}")
        ran = simulated.users(jobs, order, mode)
        sides[side] = {name: ran[name] for name in ("job_ms", "held", "suspensions", "real_s")}
    described = [
        {"id": job.id, "user": job.pool, "arrival_s": job.arrival_us / 1e6} for job in jobs.jobs
    ]
    return {"jobs": described, "alone_ms": alone["job_ms"], "sides": sides}
