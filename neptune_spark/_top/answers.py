"""Asks the tab in Spark's UI for its data."""

from __future__ import annotations

import json
import re
import socket
from http.client import HTTPException
from typing import Any, Dict
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

from neptune_spark._errors import NeptuneError

#: So long the UI has for an answer.
PATIENCE_S = 10.0
#: More suspended tasks than these are only counted.
ROWS_ASKED = 200

Answer = Dict[str, Any]

_NO_TAB = (
    "has no Neptune tab: Neptune is not on in that application (spark.plugins), or this is not "
    "the address of its UI"
)


class Gone(NeptuneError):
    """There is no such UI, or no longer."""


class Busy(NeptuneError):
    """The UI has no answer now, and may have one later."""


def address(ui: str) -> str:
    """Return where the data of a UI's tab is; what says no scheme is taken for HTTP.

    Raises
    ------
    NeptuneError
        If it is no address of a page.
    """
    parts = urlsplit(ui if "://" in ui else f"http://{ui}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NeptuneError(
            f"--ui is {ui!r}, which is not the address of a Spark UI: give one such as "
            "http://localhost:4040, or that of a proxy, with its path."
        )
    # The address of the tab's first page may be given as well.
    path = re.sub("(/neptune)?(/json)?/?$", "", parts.path, count=1) + "/neptune/json/"
    return urlunsplit((parts.scheme, parts.netloc, path, f"size={ROWS_ASKED}", ""))


def ask(url: str) -> Answer:
    """Return what the tab says now.

    Raises
    ------
    Gone
        If nobody answers, or somebody else.
    Busy
        If the tab says that it can't tell now, or takes too long.
    """
    ui = url.partition("/neptune/json")[0]
    try:
        with urlopen(
            Request(url, headers={"Accept": "application/json"}), timeout=PATIENCE_S
        ) as got:
            text = got.read()
    except HTTPError as e:
        e.close()
        raise _refused(ui, e) from e
    except socket.timeout as e:
        raise _slow(ui) from e
    except URLError as e:
        if isinstance(e.reason, socket.timeout):
            raise _slow(ui) from e
        raise Gone(f"Spark's UI at {ui} can't be reached ({e.reason}): is --ui right?") from e
    except (OSError, HTTPException) as e:
        raise Gone(f"Spark's UI at {ui} can't be reached ({e!r}): is --ui right?") from e
    try:
        answer = json.loads(text)
    except ValueError as e:
        # Spark's UI leads from a path that it does not know to its first page.
        raise Gone(f"The UI at {ui} {_NO_TAB}.") from e
    if not isinstance(answer, dict) or not ("levels" in answer or "error" in answer):
        raise Gone(f"The UI at {ui} {_NO_TAB}.")
    if "error" in answer:
        raise Busy(f"The UI at {ui} can't report the scheduler's state: {answer['error']}")
    return answer


def _refused(ui: str, error: HTTPError) -> NeptuneError:
    if error.code in (401, 403):
        return NeptuneError(
            f"The UI at {ui} requires a login ({error.code} {error.reason}): run this where none "
            "is needed, such as on the driver's own machine."
        )
    if error.code == 404:
        return Gone(f"The UI at {ui} {_NO_TAB}.")
    return Gone(f"The UI at {ui} answers {error.code} {error.reason}: is --ui right?")


def _slow(ui: str) -> Busy:
    return Busy(f"The UI at {ui} did not answer within {PATIENCE_S:g} s.")
