"""Every pair of a state and an event: where it leads, or that it is rejected."""

from __future__ import annotations

from itertools import product

import pytest

from neptune_spark.worker.errors import IllegalTransition
from neptune_spark.worker.states import TRANSITIONS, Event, State, after

ILLEGAL = {
    (State.RUNNING, Event.STANDS),
    (State.DEFERRING, Event.STANDS),
    (State.SUSPENDED, Event.STANDS),
    (State.SUSPENDED, Event.DEFER),
    (State.CANCELLING, Event.STANDS),
    (State.CANCELLING, Event.DEFER),
}
LEGAL = {
    (State.RUNNING, Event.SUSPEND): State.SUSPENDING,
    (State.RUNNING, Event.DEFER): State.DEFERRING,
    (State.RUNNING, Event.RESUME): State.RUNNING,
    (State.RUNNING, Event.CANCEL): State.CANCELLING,
    (State.RUNNING, Event.OVER): State.RUNNING,
    (State.DEFERRING, Event.SUSPEND): State.SUSPENDING,
    (State.DEFERRING, Event.DEFER): State.DEFERRING,
    (State.DEFERRING, Event.RESUME): State.RUNNING,
    (State.DEFERRING, Event.CANCEL): State.CANCELLING,
    (State.DEFERRING, Event.OVER): State.RUNNING,
    (State.SUSPENDING, Event.SUSPEND): State.SUSPENDING,
    (State.SUSPENDING, Event.DEFER): State.DEFERRING,
    (State.SUSPENDING, Event.STANDS): State.SUSPENDED,
    (State.SUSPENDING, Event.RESUME): State.RUNNING,
    (State.SUSPENDING, Event.CANCEL): State.CANCELLING,
    (State.SUSPENDING, Event.OVER): State.RUNNING,
    (State.SUSPENDED, Event.SUSPEND): State.SUSPENDING,
    (State.SUSPENDED, Event.RESUME): State.RUNNING,
    (State.SUSPENDED, Event.CANCEL): State.CANCELLING,
    (State.SUSPENDED, Event.OVER): State.RUNNING,
    (State.CANCELLING, Event.SUSPEND): State.CANCELLING,
    (State.CANCELLING, Event.RESUME): State.CANCELLING,
    (State.CANCELLING, Event.CANCEL): State.CANCELLING,
    (State.CANCELLING, Event.OVER): State.RUNNING,
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


def test_a_task_is_over_in_any_state() -> None:
    for state in State:
        assert after(state, Event.OVER) is State.RUNNING
