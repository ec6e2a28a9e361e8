"""The Python side of the batch: logistic regression by gradient descent, all in pure Python.

Each round trains on every partition from the same weights and then averages, as a user would write
it by hand with ``mapPartitionsWithIndex``; no round can start before the one before it is over.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Final

FEATURES: Final = 8
RATE: Final = 0.05

Weights = list[float]


def trainer(
    seed: int, samples: int, weights: Weights
) -> Callable[[int, Iterable[int]], Iterator[Weights]]:
    """Return a partition function that makes one pass over the partition's samples.

    Args:
        seed: seed of the samples, which each partition makes for itself.
        samples: samples per partition.
        weights: weights to start from.
    """

    def train(partition: int, _rows: Iterable[int]) -> Iterator[Weights]:
        source = random.Random(f"{seed}:{partition}")
        learned = list(weights)
        for _ in range(samples):
            features = [source.gauss(0.0, 1.0) for _ in learned]
            label = 1.0 if sum(features[::2]) > sum(features[1::2]) else 0.0
            score = sum(w * x for w, x in zip(learned, features, strict=True))
            error = label - 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
            learned = [w + RATE * error * x for w, x in zip(learned, features, strict=True)]
        yield learned

    return train


def average(learned: list[Weights]) -> Weights:
    """Return the mean of the partitions' weights."""
    return [sum(column) / len(learned) for column in zip(*learned, strict=True)]


def start() -> Weights:
    """Return the weights before the first round."""
    return [0.0] * FEATURES
