"""Every pair of a state and an event: where it leads, or that it is rejected."""

from __future__ import annotations

from itertools import product

import pytest

from neptune_spark.worker.errors import IllegalTransition
from neptune_spark.worker.states import TRANSITIONS, Event, State, after

ILLEGAL = {
    (State.IDLE, Event.SUSPEND),
    (State.IDLE, Event.DEFER),
    (State.IDLE, Event.RESUME),
    (State.IDLE, Event.CANCEL),
    (State.RUNNING, Event.BEGIN),
    (State.DEFERRING, Event.BEGIN),
    (State.SUSPENDED, Event.BEGIN),
    (State.SUSPENDED, Event.DEFER),
    (State.CANCELLING, Event.BEGIN),
    (State.CANCELLING, Event.DEFER),
}
LEGAL = {
    (State.IDLE, Event.BEGIN): State.RUNNING,
    (State.IDLE, Event.END): State.IDLE,
    (State.IDLE, Event.LOST): State.IDLE,
    (State.RUNNING, Event.END): State.IDLE,
    (State.RUNNING, Event.SUSPEND): State.SUSPENDED,
    (State.RUNNING, Event.DEFER): State.DEFERRING,
    (State.RUNNING, Event.RESUME): State.RUNNING,
    (State.RUNNING, Event.CANCEL): State.CANCELLING,
    (State.RUNNING, Event.LOST): State.IDLE,
    (State.DEFERRING, Event.END): State.IDLE,
    (State.DEFERRING, Event.SUSPEND): State.SUSPENDED,
    (State.DEFERRING, Event.DEFER): State.DEFERRING,
    (State.DEFERRING, Event.RESUME): State.RUNNING,
    (State.DEFERRING, Event.CANCEL): State.CANCELLING,
    (State.DEFERRING, Event.LOST): State.IDLE,
    (State.SUSPENDED, Event.END): State.IDLE,
    (State.SUSPENDED, Event.SUSPEND): State.SUSPENDED,
    (State.SUSPENDED, Event.RESUME): State.RUNNING,
    (State.SUSPENDED, Event.CANCEL): State.CANCELLING,
    (State.SUSPENDED, Event.LOST): State.IDLE,
    (State.CANCELLING, Event.END): State.IDLE,
    (State.CANCELLING, Event.SUSPEND): State.CANCELLING,
    (State.CANCELLING, Event.RESUME): State.CANCELLING,
    (State.CANCELLING, Event.CANCEL): State.CANCELLING,
    (State.CANCELLING, Event.LOST): State.IDLE,
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_each_pair_leads_somewhere_or_is_rejected(state: State, event: Event) -> None:
    if (state, event) in ILLEGAL:
        with pytest.raises(IllegalTransition, match=f"{state.name} cannot take {event.name}"):
            after(state, event)
    else:
        assert after(state, event) is LEGAL[state, event]


def test_the_table_has_no_other_pair() -> None:
    assert set(TRANSITIONS) == set(LEGAL)
    assert ILLEGAL.isdisjoint(LEGAL)


def test_a_task_ends_and_a_connection_is_lost_in_any_state() -> None:
    for state, event in product(State, (Event.END, Event.LOST)):
        assert after(state, event) is State.IDLE
