"""A pod's volumes as directories, and its texts with the places and names that it has here.

A pod here has no file system and no DNS of its own. So where a text names the path of a volume, it
gets the directory that stands for it; where it names a service, the address of its pod.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from dev.beds.kubernetes.api import Api, Json

_SERVICE = r"\b([a-z0-9][-a-z0-9]*)\.{namespace}\.svc\b"


class NotYet(Exception):
    """The pod needs something that is not there yet; the message says what."""


class Names:
    """What a pod's texts mean here.

    Args:
        api: where to find what they name.
        pod: the pod.
        ip: its address.
    """

    def __init__(self, api: Api, pod: Json, ip: str) -> None:
        self._api = api
        self._pod = pod
        self._ip = ip
        self._namespace: str = pod["metadata"]["namespace"]
        self._service = re.compile(_SERVICE.format(namespace=re.escape(self._namespace)))
        self.places: dict[str, Path] = {}

    def here(self, text: str) -> str:
        """Return a text with what it names.

        Raises:
            NotYet: if it names a service that is not there, or that has no pod.
        """
        # The longest first: one path may lie in another.
        for path in sorted(self.places, key=len, reverse=True):
            text = re.sub(rf"{re.escape(path)}(?![\w-])", str(self.places[path]), text)
        return self._service.sub(lambda found: self._address(found[1]), text)

    def mount(self, container: Json, directory: Path) -> None:
        """Make the directories of a container's volumes.

        Raises:
            NotYet: if a volume's ConfigMap or Secret is not there.
        """
        volumes = {volume["name"]: volume for volume in self._pod["spec"].get("volumes", ())}
        texts: list[tuple[Path, str]] = []
        for mount in container.get("volumeMounts", ()):
            place = directory / "volumes" / mount["name"]
            texts += [(place / n, t) for n, t in self._content(volumes[mount["name"]]).items()]
            place.mkdir(parents=True, exist_ok=True)
            self.places[mount["mountPath"]] = place / mount.get("subPath", "")
        for file, text in texts:
            file.write_text(self.here(text))

    def _content(self, volume: Json) -> Mapping[str, str]:
        if "configMap" in volume:
            source = volume["configMap"]
            data = self.data_of("configmaps", source["name"])
        elif "secret" in volume:
            source = volume["secret"]
            data = self.data_of("secrets", source["secretName"])
        else:
            return {}
        items = source.get("items") or [{"key": key, "path": key} for key in data]
        return {item["path"]: data[item["key"]] for item in items}

    def data_of(self, kind: str, name: str) -> Mapping[str, str]:
        """Return what a ConfigMap or a Secret holds.

        Raises:
            NotYet: if it is not there.
        """
        found = self._api.get(kind, self._namespace, name)
        if found is None:
            raise NotYet(f"{kind}/{name} is not there")
        data: dict[str, str] = found.get("data") or {}
        if kind == "secrets":
            return {key: base64.b64decode(value).decode() for key, value in data.items()}
        return data

    def _address(self, name: str) -> str:
        service = self._api.get("services", self._namespace, name)
        if service is None:
            raise NotYet(f"services/{name} is not there")
        wanted = service["spec"].get("selector", {}).items()
        # Its own address is not in the API yet.
        pods = [self._pod, *self._api.items("pods")]
        for pod in pods:
            if wanted <= pod["metadata"].get("labels", {}).items():
                if pod is self._pod:
                    return self._ip
                ip: str | None = pod.get("status", {}).get("podIP")
                if ip is not None:
                    return ip
        raise NotYet(f"services/{name} has no pod with an address")
