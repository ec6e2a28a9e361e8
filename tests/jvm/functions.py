"""What Scala calls, made of Python's: its functions, Neptune's clock and timer, and its tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from py4j.java_gateway import JavaGateway, JavaObject, JVMView

NS_PER_MS = 1_000_000


class Function:
    """A function of Scala's."""

    def __init__(self, arity: int, act: Callable[..., Any]) -> None:
        self.apply = act
        # Scala has other names for those that take or return what is no object: a block that has
        # no value, a long or a truth value, functions of a long that have none, or a truth value,
        # and those of an integer that are a long.
        for suffix in ("V", "J", "Z", "VJ", "ZJ", "JI"):
            setattr(self, f"apply$mc{suffix}$sp", act)
        self.Java = type("Java", (), {"implements": (f"scala.Function{arity}",)})


class Scheduled:
    """A neptune.time.Scheduled: a block of Scala's that is to run at its time."""

    def __init__(self, at_ns: int, act: Any) -> None:
        self.at_ns, self.act = at_ns, act
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True

    class Java:
        implements = ("neptune.time.Scheduled",)


class Timer:
    """Virtual time, as Neptune's clock and timer: it passes only when it is told to."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._due: list[Scheduled] = []

    @property
    def now_ms(self) -> int:
        return self.now_ns // NS_PER_MS

    def passes(self, ms: int) -> None:
        end_ns = self.now_ns + ms * NS_PER_MS
        # Of those of one moment, the first that was asked for.
        while due := min(
            (entry for entry in self._due if entry.at_ns <= end_ns),
            key=lambda entry: entry.at_ns,
            default=None,
        ):
            self._due.remove(due)
            self.now_ns = due.at_ns
            if not due.is_cancelled:
                due.act.apply()
        self.now_ns = end_ns

    @property
    def has_more_to_do(self) -> bool:
        """Whether anything is due yet, and so keeps what it was scheduled by."""
        return any(not entry.is_cancelled for entry in self._due)

    # As Scala calls it.

    def nanoTime(self) -> int:
        return self.now_ns

    def getTimeMillis(self) -> int:
        return self.now_ms

    def afterNs(self, ns: int, act: Any) -> Scheduled:
        self._due.append(Scheduled(self.now_ns + ns, act))
        return self._due[-1]

    def afterMs(self, ms: int, act: Any) -> Scheduled:
        return self.afterNs(ms * NS_PER_MS, act)

    def stop(self) -> None:
        self._due.clear()

    class Java:
        implements = ("neptune.time.Clock", "neptune.time.Timer")


def scala_object(package: Any, name: str) -> Any:
    """An object of Scala's, such as `Wait.Block`."""
    return getattr(getattr(package, name.replace(".", "$") + "$"), "MODULE$")


def system_time(jvm: JVMView) -> Any:
    """The clock of the system."""
    return scala_object(jvm.org.apache.spark.neptune.time, "SystemTime")


def scala_seq(jvm: JVMView, elements: Iterable[Any]) -> Any:
    """An immutable Seq of Scala's."""
    found = jvm.java.util.ArrayList()
    for element in elements:
        found.add(element)
    return jvm.scala.collection.JavaConverters.asScalaBuffer(found).toList()


class JavaThread:
    """A thread of Java's for one thread of Python's: py4j has one for each connection.

    Parameters
    ----------
    gateway : JavaGateway
        The gateway of all threads.
    """

    def __init__(self, gateway: JavaGateway) -> None:
        self._own = JavaGateway(gateway_parameters=gateway.gateway_parameters)
        self._own._gateway_client.gateway_property = gateway.gateway_property
        # Whichever thread collects one of these tells the JVM so by our connection, and what is
        # called meanwhile comes by another, and so from another thread of Java's.
        self._seen: list[JavaObject] = [self._own.jvm.java.lang.Thread.currentThread()]
        self.id = int(self._seen[0].getId())

    def calls(self, target: Any) -> Any:
        """Return the same object of Java's, to be called by this thread."""
        self._seen.append(JavaObject(target._target_id, self._own._gateway_client))
        return self._seen[-1]

    def ends(self) -> None:
        """End it with its connection."""
        client = self._own._gateway_client
        # Else what it has called would be collected by a new one.
        client.is_connected = False
        client.close()


class Task:
    """A task of an executor, as its guards see it, whose thread stands where a test says."""

    def __init__(self, jvm: JVMView, priority: int, suspended: bool = False) -> None:
        self._option = jvm.scala.Option
        self._jvm = jvm
        self._level = priority
        self.thread = jvm.java.lang.Thread()
        #: Threads that feed its Python workers.
        self.feeding: list[Any] = []
        self.is_asked = self.was_asked = suspended
        #: What it answers when it is asked for memory, and how often it was.
        self.memory = scala_object(jvm.neptune.protocol, "MemoryRelease.NotAsked")
        self.asked_for_memory = 0
        #: Why it was rescued.
        self.rescues: list[str] = []

    @property
    def thread_id(self) -> int:
        return int(self.thread.getId())

    # As Scala calls it.

    def priority(self) -> int:
        return self._level

    def wasAsked(self) -> bool:
        return self.was_asked

    def isAsked(self) -> bool:
        return self.is_asked

    def suspendedThread(self) -> Any:
        return self._option.apply(self.thread if self.is_asked else None)

    def runningThread(self) -> Any:
        return self._option.apply(None if self.is_asked else self.thread)

    def feeders(self) -> Any:
        return scala_seq(self._jvm, self.feeding)

    def releaseMemory(self) -> Any:
        self.asked_for_memory += 1
        return self.memory

    def rescue(self, cause: Any) -> None:
        self.rescues.append(str(cause.name()))
        self.is_asked = False

    def equals(self, _other: Any) -> bool:
        """Asked of another than itself only."""
        return False

    class Java:
        implements = ("org.apache.spark.neptune.executor.GatedTask",)
