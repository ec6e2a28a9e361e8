"""Every pair of state and event, of every life: the move that its table has, or a refusal."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

TASK = {
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
TASK_STATES = ("running", "suspending", "suspended", "resuming", "ended")
TASK_EVENTS = (
    "suspend requested",
    "suspend acknowledged",
    "resume requested",
    "resume acknowledged",
    "rescued",
    "ended",
)

REQUEST_STATES = ("settled", "awaited", "late")
REQUEST_EVENTS = ("asked", "due", "answered")
REQUEST = {
    **{(state, "asked"): "awaited" for state in REQUEST_STATES},
    **{(state, "answered"): "settled" for state in REQUEST_STATES},
    ("awaited", "due"): "late",
    ("late", "due"): "late",
}

GATE_STATES = ("open", "suspending", "suspended", "resuming", "rescued", "killed", "over")
GATE_EVENTS = (
    "suspend requested",
    "resume requested",
    "stood still",
    "timed out",
    "ran again",
    "rescued",
    "acknowledged",
    "killed",
    "ended",
)
GATE_ALIVE = GATE_STATES[:5]
GATE = {
    # A killed task's gate, and one that is over, obey no request any more.
    **{(state, "suspend requested"): "suspending" for state in GATE_ALIVE},
    **{(state, "resume requested"): "resuming" for state in GATE_ALIVE},
    **{(state, "killed"): "killed" for state in (*GATE_ALIVE, "killed")},
    **{(state, "ended"): "over" for state in GATE_STATES},
    ("over", "killed"): "over",
    ("suspending", "stood still"): "suspended",
    ("suspending", "timed out"): "suspended",
    ("suspended", "rescued"): "rescued",
    ("resuming", "ran again"): "open",
    ("rescued", "acknowledged"): "open",
}

HOLD_STATES = ("free", "asking", "holding", "standing", "deferred", "held", "over")
HOLD_EVENTS = (
    "suspend requested",
    "stood still",
    "maybe busy",
    "deferral",
    "reminder due",
    "section too long",
    "resume requested",
    "cancelled",
    "ended",
)
#: The controller is to stop the worker's processes in two of these.
WANTED = HOLD_STATES[1:6]
HELD = ("holding", "held")
HOLD = {
    **{(state, "ended"): "over" for state in HOLD_STATES},
    **{(state, "resume requested"): "free" for state in ("free", *WANTED)},
    **{(state, "cancelled"): "free" for state in ("free", *WANTED)},
    **{("over", event): "over" for event in ("suspend requested", "resume requested", "cancelled")},
    ("free", "suspend requested"): "asking",
    **{
        (state, event): "holding" if state in HELD else "asking"
        for state in WANTED
        for event in ("suspend requested", "section too long")
    },
    **{(state, "stood still"): "standing" for state in WANTED},
    **{(state, "maybe busy"): "held" for state in WANTED},
    **{(state, "deferral"): "deferred" for state in WANTED},
    # Nobody is reminded of what it has answered.
    ("asking", "reminder due"): "holding",
    ("holding", "reminder due"): "holding",
}

LIVES: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[tuple[str, str], str]]] = {
    "task": (TASK_STATES, TASK_EVENTS, TASK),
    "request": (REQUEST_STATES, REQUEST_EVENTS, REQUEST),
    "gate": (GATE_STATES, GATE_EVENTS, GATE),
    "worker hold": (HOLD_STATES, HOLD_EVENTS, HOLD),
}


def _by_name(scala_seq: Any) -> dict[str, Any]:
    members = [scala_seq.apply(i) for i in range(scala_seq.size())]
    assert len({member.name() for member in members}) == len(members)
    return {member.name(): member for member in members}


def test_all_lives_are_tested(jvm: JVMView) -> None:
    assert list(_by_name(jvm.neptune.life.Lives.all())) == list(LIVES)


@pytest.mark.smoke
@pytest.mark.parametrize("name", LIVES)
def test_each_pair_moves_or_is_refused(jvm: JVMView, name: str) -> None:
    life = _by_name(jvm.neptune.life.Lives.all())[name]
    expected_states, expected_events, moves = LIVES[name]
    states, events = _by_name(life.states()), _by_name(life.events())
    assert tuple(states) == expected_states
    assert tuple(events) == expected_events
    # None is there twice, of which one would not count.
    assert life.moves().size() == life.table().size() == len(moves)

    for state, event in itertools.product(expected_states, expected_events):
        if (state, event) in moves:
            after = life.next(states[state], events[event])
            assert after.name() == moves[state, event], f"{state}, {event}"
        else:
            with pytest.raises(Py4JJavaError, match=f"{state} cannot take '{event}'"):
                life.next(states[state], events[event])
