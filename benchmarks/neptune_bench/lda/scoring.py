"""What scores documents on the executors: a function for ``mapInPandas``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from pyspark import Broadcast

from neptune_bench.lda import model
from neptune_bench.lda.corpora import bag
from neptune_bench.lda.newest import Published
from neptune_bench.lda.special import Floats, exp_log_expectation

DOCUMENTS: Final = "file int, document int, text string"
SCORES: Final = "file int, document int, version string, topic int, weight double, surprise double"


@dataclass(frozen=True)
class Scorer:
    """A model as the executors need it.

    Args:
        version: its name.
        lambda_: its lambda.
        exp_log_beta: exp(E[log beta]) of it.
        numbers: the number of each word.
    """

    version: str
    lambda_: Floats
    exp_log_beta: Floats
    numbers: Mapping[str, int]

    @staticmethod
    def of(published: Published, numbers: Mapping[str, int]) -> Scorer:
        """Return the scorer of a published model."""
        lambda_ = published.lambda_
        return Scorer(published.version, lambda_, exp_log_expectation(lambda_), numbers)

    def score(self, text: str) -> model.Score:
        """Return the score of a text."""
        return model.score(bag(text.split(), self.numbers), self.lambda_, self.exp_log_beta)


def scoring(shared: Broadcast[Scorer]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """Return what makes data frames of `SCORES` from those of `DOCUMENTS`."""

    def function(frames: Iterator[Any]) -> Iterator[Any]:
        scorer = shared.value
        for frame in frames:
            scores = [scorer.score(text) for text in frame["text"]]
            yield pd.DataFrame(
                {
                    "file": frame["file"],
                    "document": frame["document"],
                    "version": scorer.version,
                    "topic": [score.topic for score in scores],
                    "weight": [score.weight for score in scores],
                    "surprise": [score.surprise for score in scores],
                }
            )

    return function
