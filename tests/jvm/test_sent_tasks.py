"""What an executor gets of a suspendable task: all that the driver has set on it."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.functions import scala_seq

LEVEL, EPOCH, VICTIMS = 7, 9, [3, 4, 5, 6]
#: Set where the task runs.
OF_EXECUTORS = {
    "_executorDeserializeTimeNs",
    "_executorDeserializeCpuTime",
    "taskMemoryManager",
}


def stock(jvm: JVMView, kind: str) -> Any:
    """A task of partition 3 of 5, in attempt 2 of stage 1, of job 4."""
    partition = jvm.org.apache.spark.neptune.executor.PartitionIndex(3)
    properties, metrics = jvm.java.util.Properties(), b"m"
    some = jvm.scala.Option.apply
    job = (properties, metrics, some(4), some("app"), some(None), False)
    where = (1, 2, None, partition, 5, scala_seq(jvm, []))
    scheduler = jvm.org.apache.spark.scheduler
    if kind == "ResultTask":
        return scheduler.ResultTask(*where, 6, None, *job)
    return scheduler.ShuffleMapTask(*where, None, *job)


def sent(jvm: JVMView, task: Any) -> tuple[Any, int]:
    """The task as Java's serialization brings it, and how long it was on the way."""
    stream = jvm.java.io.ByteArrayOutputStream()
    writer = jvm.java.io.ObjectOutputStream(stream)
    writer.writeObject(task)
    writer.close()
    data = stream.toByteArray()
    reader = jvm.java.io.ObjectInputStream(jvm.java.io.ByteArrayInputStream(data))
    return reader.readObject(), len(data)


def variables(jvm: JVMView, task: Any) -> set[str]:
    """The names of its fields that may change, and that Java's serialization writes."""
    found = set()
    of_class = task.getClass()
    while of_class.getName() != "java.lang.Object":
        for field in of_class.getDeclaredFields():
            words = jvm.java.lang.reflect.Modifier.toString(field.getModifiers()).split()
            if not {"static", "final", "transient"} & set(words):
                found.add(str(field.getName()))
        of_class = of_class.getSuperclass()
    return found


@pytest.mark.smoke
@pytest.mark.parametrize("kind", ["ResultTask", "ShuffleMapTask"])
def test_a_task_arrives_as_it_was_sent(jvm: JVMView, kind: str) -> None:
    wrap = jvm.org.apache.spark.neptune.executor.SuspendableTasks.wrap
    plain = stock(jvm, kind)
    launch = jvm.org.apache.spark.neptune.rpc.Launch(LEVEL - 1)
    task = wrap(plain, launch)
    getattr(task, "epoch_$eq")(EPOCH)
    getattr(launch, "level_$eq")(LEVEL)
    getattr(launch, "victims_$eq")(jvm.java.util.stream.LongStream.range(3, 7).toArray())

    arrived, length = sent(jvm, task)

    assert arrived.getClass().equals(task.getClass())
    assert (arrived.epoch(), arrived.launch().level()) == (EPOCH, LEVEL)
    assert list(arrived.launch().victims()) == VICTIMS
    assert (arrived.stageId(), arrived.stageAttemptId(), arrived.partitionId()) == (1, 2, 3)
    assert arrived.jobId().get() == 4
    assert arrived.appId().get() == "app"
    # What else could be set on a task would have to be sent, too.
    assert variables(jvm, task) == {"epoch", *OF_EXECUTORS}
    # The fields of a task are sent once.
    assert length < 1.5 * sent(jvm, plain)[1]
