"""Every pair of state and event: the move that the table has, or a refusal."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

MOVES = {
    ("running", "suspend requested"): "suspending",
    ("running", "ended"): "ended",
    ("suspending", "suspend acknowledged"): "suspended",
    ("suspending", "rescued"): "running",
    ("suspending", "ended"): "ended",
    ("suspended", "resume requested"): "resuming",
    ("suspended", "rescued"): "running",
    ("suspended", "ended"): "ended",
    ("resuming", "resume acknowledged"): "running",
    ("resuming", "suspend requested"): "suspending",
    ("resuming", "ended"): "ended",
}
STATES = ("running", "suspending", "suspended", "resuming", "ended")
EVENTS = (
    "suspend requested",
    "suspend acknowledged",
    "resume requested",
    "resume acknowledged",
    "rescued",
    "ended",
)


def _by_name(scala_seq: Any) -> dict[str, Any]:
    members = [scala_seq.apply(i) for i in range(scala_seq.size())]
    return {member.name(): member for member in members}


@pytest.mark.smoke
def test_each_pair_moves_or_is_refused(jvm: JVMView) -> None:
    states = _by_name(jvm.neptune.life.TaskState.all())
    events = _by_name(jvm.neptune.life.TaskEvent.all())
    assert set(states) == set(STATES)
    assert set(events) == set(EVENTS)

    for state, event in itertools.product(STATES, EVENTS):
        if (state, event) in MOVES:
            after = jvm.neptune.life.TaskLife.next(states[state], events[event])
            assert after.name() == MOVES[state, event]
        else:
            with pytest.raises(Py4JJavaError, match=f"{state} cannot take '{event}'"):
                jvm.neptune.life.TaskLife.next(states[state], events[event])
