"""Kubernetes' API, as far as the bed needs it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, Final

#: An object as the API has it.
Json = dict[str, Any]

#: What comes of a call to an API server that is not there or does not answer.
UNREACHABLE: Final = (ConnectionError, TimeoutError, urllib.error.URLError)

_TIMEOUT_S: Final = 30.0
_NOT_FOUND: Final = 404


class Api:
    """An API server.

    Args:
        url: where it is.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def items(self, kind: str) -> list[Json]:
        """Return all objects of a kind in all namespaces, e.g. of `pods`."""
        found: list[Json] = self._call("GET", f"/{kind}")["items"]
        return found

    def get(self, kind: str, namespace: str, name: str) -> Json | None:
        """Return an object, or None if there is none."""
        return self._of_one("GET", _path(kind, namespace, name))

    def create(self, kind: str, value: Json, namespace: str | None = None) -> None:
        """Create an object."""
        where = f"/{kind}" if namespace is None else f"/namespaces/{namespace}/{kind}"
        self._call("POST", where, value)

    def set(self, kind: str, value: Json, part: str, content: object) -> None:
        """Put something in the place of a part of an object, if that is there still.

        By a JSON patch: what the mock makes of a list in a merge patch is not what a server does.

        Args:
            kind, value: the object.
            part: the path in it, e.g. `spec/nodeName`; all but its last word must be there.
            content: what to put there.
        """
        subresource = "/status" if part == "status" else ""
        patch = [{"op": "add", "path": f"/{part}", "value": content}]
        self._of_one("PATCH", _path_of(kind, value) + subresource, patch)

    def delete(self, kind: str, value: Json) -> None:
        """Delete an object, if it is there still."""
        self._of_one("DELETE", _path_of(kind, value))

    def is_there(self) -> bool:
        """Return whether it answers."""
        try:
            self.items("nodes")
        except UNREACHABLE:
            return False
        return True

    def _of_one(self, method: str, path: str, body: object = None) -> Json | None:
        try:
            return self._call(method, path, body)
        except urllib.error.HTTPError as error:
            if error.code == _NOT_FOUND:
                return None
            raise

    def _call(self, method: str, path: str, body: object = None) -> Json:
        kind = "application/json-patch+json" if method == "PATCH" else "application/json"
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": kind},
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            text = answer.read()
        # The mock answers some without an object.
        found: Json = json.loads(text) if text else {}
        return found


def key_of(value: Json) -> tuple[str, str]:
    """Return the namespace and the name of an object."""
    return value["metadata"]["namespace"], value["metadata"]["name"]


def _path(kind: str, namespace: str, name: str) -> str:
    return f"/namespaces/{namespace}/{kind}/{name}"


def _path_of(kind: str, value: Json) -> str:
    return _path(kind, *key_of(value))
