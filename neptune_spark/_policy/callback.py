"""A Python policy as the JVM calls it, over py4j."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from neptune_spark._policy.interface import Policy
from neptune_spark._policy.wire import read_executors, read_snapshot, write_decision, write_order

if TYPE_CHECKING:
    from py4j.java_gateway import JavaObject
    from pyspark import SparkContext


def register(context: SparkContext, neptune: JavaObject, spec: str, policy: Policy) -> None:
    """Put a policy in force; the JVM calls back into this process from then on.

    Parameters
    ----------
    context : SparkContext
        The context of the session.
    neptune : JavaObject
        The session's SchedulerView.
    spec : str
        The policy's name, `python:module:Class`.
    policy : Policy
        The policy.
    """
    from pyspark.java_gateway import ensure_callback_server_started

    # The same server as that of foreachBatch.
    ensure_callback_server_started(context._gateway)  # type: ignore[no-untyped-call]  # PySpark
    neptune.setPolicy(spec, PolicyCallback(policy))


class PolicyCallback:
    """Answers in JSON; what the policy raises is told in the answer, not raised.

    py4j would give the JVM no more than the text of a traceback, and print it on stderr.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._parts: list[str] = []

    def part(self, text: str) -> None:
        """Take a part of the question that follows: py4j is slow with long texts."""
        self._parts.append(text)

    def decide(self, rest: str) -> str:
        """Answer what the policy decides, given the last part of a snapshot."""
        snapshot = self._whole(rest)
        return _told(lambda: write_decision(self._policy.decide(read_snapshot(snapshot))))

    def offerOrder(self, rest: str) -> str:
        """Answer the order of the executors, given the last part of their description."""
        executors = self._whole(rest)
        return _told(lambda: write_order(self._policy.offer_order(read_executors(executors))))

    def _whole(self, rest: str) -> str:
        parts, self._parts = [*self._parts, rest], []
        return "".join(parts)

    class Java:
        """The interface that py4j implements by this class."""

        implements = ("org.apache.spark.neptune.driver.policies.PythonDecider",)


def _told(answer: Callable[[], str]) -> str:
    try:
        return answer()
    # Not only Exception: sys.exit() in a policy must not leave the JVM without an answer.
    except BaseException as e:
        error = "".join(traceback.format_exception_only(type(e), e)).strip()
        return json.dumps({"error": error, "traceback": traceback.format_exc()})
