"""The rounds of a training, whoever computes a minibatch's statistics. Pure.

A training is so many rounds, each on a minibatch, and then begins anew from the same lambda: so the
rounds of one number are the same work with the same result, in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from neptune_bench.lda import model
from neptune_bench.lda.model import Document
from neptune_bench.lda.special import Floats, exp_log_expectation

MINIBATCHES: Final = 4
EPOCHS: Final = 4
ROUNDS: Final = EPOCHS * MINIBATCHES

Gather = Callable[[Floats, int], Sequence[Floats]]
"""Computes the parts' statistics, in order, of exp(E[log beta]) and the number of a minibatch."""


def parts(documents: Sequence[Document], count: int) -> list[Sequence[Document]]:
    """Return the corpus in `count` parts of (nearly) equal size."""
    return [documents[part::count] for part in range(count)]


def train(lambda_: Floats, gather: Gather) -> Iterator[Floats]:
    """Yield lambda after each round.

    The parts' statistics are added in their order: sums of floats depend on it, and the result
    shall not depend on who was suspended.
    """
    for step in range(ROUNDS):
        total = np.zeros_like(lambda_)
        for part in gather(exp_log_expectation(lambda_), step % MINIBATCHES):
            total += part
        lambda_ = model.updated(lambda_, step, total, 1 / MINIBATCHES)
        yield lambda_


def part_statistics(part: Sequence[Document], minibatch: int, exp_log_beta: Floats) -> Floats:
    """Return the statistics of the documents of a part that are in a minibatch."""
    return model.statistics(part[minibatch::MINIBATCHES], exp_log_beta)


def here(documents: Sequence[Document], count: int) -> Gather:
    """Return what gathers in this process, without Spark, from a corpus in `count` parts."""
    split = parts(documents, count)
    return lambda exp_log_beta, minibatch: [
        part_statistics(part, minibatch, exp_log_beta) for part in split
    ]


def digest(lambda_: Floats) -> list[float]:
    """Return a few numbers, of all of lambda's, that differ between different lambdas."""
    weights = np.linspace(1.0, 2.0, lambda_.shape[1])
    return [float(row @ weights) for row in lambda_]
