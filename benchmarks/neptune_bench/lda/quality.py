"""How good a topic model is: near the true topics, or of use on text that it has not seen. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neptune_bench.lda.model import SCORING_ITERATIONS, Document, infer
from neptune_bench.lda.special import Floats, exp_log_expectation


def assignment(costs: Floats) -> list[int]:
    """Return for each row of a square matrix the column that makes the sum of costs least.

    The Hungarian algorithm, by shortest augmenting paths: a row at a time is assigned, and dual
    prices keep all reduced costs at 0 or above.
    """
    size = len(costs)
    # Row and column 0 stand for "none"; so the others are numbered from 1.
    row_price, column_price = np.zeros(size + 1), np.zeros(size + 1)
    row_of = np.zeros(size + 1, dtype=int)
    for row in range(1, size + 1):
        row_of[0] = row
        distance, before = np.full(size + 1, np.inf), np.zeros(size + 1, dtype=int)
        visited = np.zeros(size + 1, dtype=bool)
        column = 0
        while row_of[column] != 0:
            visited[column] = True
            at = row_of[column]
            reduced = np.concatenate(([np.inf], costs[at - 1] - row_price[at] - column_price[1:]))
            nearer = ~visited & (reduced < distance)
            distance[nearer], before[nearer] = reduced[nearer], column
            column = int(np.where(visited, np.inf, distance).argmin())
            least = distance[column]
            row_price[row_of[visited]] += least
            column_price[visited] -= least
            distance[~visited] -= least
        while column != 0:
            row_of[column] = row_of[before[column]]
            column = int(before[column])
    return [int(np.flatnonzero(row_of[1:] == row)[0]) for row in range(1, size + 1)]


def matched(lambda_: Floats, truth: Floats) -> float:
    """Return how near learnt topics are to the true ones: the mean cosine of the best assignment.

    Args:
        lambda_: of the model (topics x words).
        truth: the probability of each word in each true topic; as many topics.
    """
    learnt = lambda_ / np.linalg.norm(lambda_, axis=1, keepdims=True)
    true = truth / np.linalg.norm(truth, axis=1, keepdims=True)
    cosines = true @ learnt.T
    return float(np.mean([cosines[row, column] for row, column in enumerate(assignment(-cosines))]))


def halves(document: Document) -> tuple[Document, Document]:
    """Return every other of the document's different words, and the rest."""
    words, counts = document.words, document.counts
    return Document(words[::2], counts[::2]), Document(words[1::2], counts[1::2])


def perplexity(lambda_: Floats, documents: Sequence[Document]) -> float:
    """Return the perplexity per word on documents that were not trained on.

    Each document's topics are inferred from one half of its words, and its other half is what is
    predicted: so nothing is gained by fitting what is to be predicted.
    """
    exp_log_beta = exp_log_expectation(lambda_)
    beta = lambda_ / lambda_.sum(axis=1, keepdims=True)
    log_likelihood = words = 0.0
    for document in documents:
        known, hidden = halves(document)
        gamma, _ = infer(known, exp_log_beta, SCORING_ITERATIONS, 0.0)
        predicted = gamma / gamma.sum() @ beta[:, hidden.words]
        log_likelihood += float(hidden.counts @ np.log(predicted))
        words += float(hidden.counts.sum())
    return float(np.exp(-log_likelihood / words))


def without_topics(trained: Sequence[Document], words: int) -> Floats:
    """Return the model that knows only how frequent a word is: lambda of a single topic."""
    total = np.ones((1, words))
    for document in trained:
        total[0, document.words] += document.counts
    return total
