"""Whatever is lost, late, doubled or overtaken on the way, driver and executor come to agree again.

The schedules are played in the JVM, by `tests/jvm/scala`: the real driver's side with its ledger,
and the real gates and worker holds, around tasks, workers and a network that are fakes. Time passes
only when it says so. In the end the network is sound, and some time-outs later both sides must say
the same of each task; then all tasks end, and nothing may be left.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from neptune_spark._start.compiler import compile_scala
from neptune_spark._start.shim import find_jar
from neptune_spark._start.spark_install import find_spark
from tests.jvm.functions import NS_PER_MS, Function, Timer

SOURCES = Path(__file__).parent / "scala"
TASK = 7
CORE = 1_000_000_000
TIMEOUT_MS = 100
AGAIN_MS = 600


class Conversation:
    """The driver's side, and an executor's gate of one task."""

    def __init__(self, gateway: JavaGateway) -> None:
        core, protocol = gateway.jvm.neptune.core, gateway.jvm.neptune.protocol
        self.timer = Timer()
        self.to_driver: list[Any] = []
        self.gate: Any = gateway.jvm.org.apache.spark.neptune.executor.TaskGate(
            TASK, Function(1, self.to_driver.append), self.timer, self.timer
        )
        self.ledger: Any = core.CoreLedger()
        self.ledger.offered("1", CORE)
        self.ledger.launched(core.LaunchedTask(TASK, "1", CORE, -10, True, 1, 1, "ANY", 0))
        self.driver: Any = protocol.DriverSide(
            self.ledger, TIMEOUT_MS, AGAIN_MS * NS_PER_MS, TIMEOUT_MS * NS_PER_MS
        )

    @property
    def state(self) -> str:
        return str(self.ledger.get(TASK).get().state().name())

    def suspend(self) -> None:
        asked = self.driver.suspend(TASK, False, self.timer.now_ns)
        instructions = [asked.apply(i) for i in range(asked.size())]
        (send,) = (one for one in instructions if one.productPrefix() == "Send")
        self.gate.receive(send.message())


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_task_that_was_killed_says_so(callbacks: JavaGateway, when: str) -> None:
    """Else the driver would wait for its core, and for ever if the task does not heed it."""
    talk = Conversation(callbacks)
    if when == "before":
        talk.gate.kill(False)
    talk.suspend()
    if when == "meanwhile":
        talk.gate.kill(False)
    (answer,) = talk.to_driver
    talk.driver.received(answer, talk.timer.now_ns)
    assert talk.ledger.get(TASK).get().isKilled()
    assert (talk.state, talk.ledger.idleNanocores("1"), talk.ledger.lentNanocores()) == (
        "running",
        0,
        0,
    )
    assert talk.driver.isSettled()


@pytest.fixture(scope="module")
def network(gateway: JavaGateway, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What plays schedules, compiled for this test and loaded beside Neptune's jar."""
    classes = tmp_path_factory.mktemp("unreliable") / "classes"
    problem = compile_scala(find_spark(), sorted(SOURCES.glob("*.scala")), classes, [find_jar()])
    assert problem is None, problem
    jvm: JVMView = gateway.jvm
    where = gateway.new_array(jvm.java.net.URL, 1)
    where[0] = jvm.java.io.File(str(classes)).toURI().toURL()
    ours = jvm.neptune.core.CoreLedger().getClass().getClassLoader()
    loaded = jvm.java.net.URLClassLoader(where, ours)
    name = "neptune.unreliable.UnreliableNetwork"
    return loaded.loadClass(name).getDeclaredConstructor(None).newInstance(None)


@pytest.mark.parametrize("first_seed", [0, 1000, 2000])
def test_both_sides_come_to_agree_and_nothing_is_left(network: Any, first_seed: int) -> None:
    network.play(first_seed, 1000)
    assert list(network.wrong()) == []


@pytest.mark.parametrize(
    ("life", "states"),
    [
        ("task", {"running", "suspending", "suspended", "resuming"}),
        ("request", {"late"}),
        (
            "gate",
            {"open", "suspending", "suspended", "resuming", "rescued", "killed", "over"},
        ),
        (
            "worker hold",
            {"free", "asking", "holding", "standing", "deferred", "held", "over"},
        ),
    ],
)
def test_the_schedules_come_to_all_states(network: Any, life: str, states: set[str]) -> None:
    network.play(0, 50)
    assert set(network.statesOf(life)) == states
