"""No worker that was taken from a pool is lost to it."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway
from py4j.protocol import Py4JError

from tests.jvm.functions import Function


@pytest.mark.parametrize("works", [0, 1, 3])
def test_a_failed_fork_keeps_no_other_worker(callbacks: JavaGateway, works: int) -> None:
    spares: Any = callbacks.jvm.org.apache.spark.neptune.python.SpareWorkers
    pool = [f"idle {n}" for n in range(works)]

    def take() -> str:
        return pool.pop(0)  # raises when none is left, as a failed fork does

    exchange = spares.exchange
    arguments = (3, Function(0, take), Function(1, pool.append))
    if works < 3:
        with pytest.raises(Py4JError):
            exchange(*arguments)
    else:
        exchange(*arguments)
    assert sorted(pool) == [f"idle {n}" for n in range(works)]
