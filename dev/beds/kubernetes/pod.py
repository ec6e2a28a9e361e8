"""One pod as a process: its life is that of its first container."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from dev.beds.bed import MARK, kill_all_of
from dev.beds.kubernetes import image
from dev.beds.kubernetes.api import Api, Json
from dev.beds.kubernetes.volumes import Names

_GRACE_S: Final = 30
"""Kubernetes' default."""


class Pod:
    """A pod that a kubelet runs.

    Its life: `start` until that needs nothing more; then `exit_code` tells when it has ended.
    `stop` asks it to end, by the decommissioning of Spark's image if the pod has that, or else by
    SIGTERM, and by SIGKILL when the grace period is over.

    Args:
        api: where it is an object.
        value: the object.
        ip: its address.
        directory: where it keeps its volumes; all of it is gone with the pod.
        log: where its output goes.
    """

    def __init__(self, api: Api, value: Json, ip: str, directory: Path, log: Path) -> None:
        self.ip = ip
        self.started_at = ""
        self._api = api
        self._value = value
        self._directory = directory
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._kill_at_s: float | None = None

    @property
    def container(self) -> Json:
        """The container that runs."""
        first: Json = self._value["spec"]["containers"][0]
        return first

    def start(self) -> None:
        """Start it, unless it has been started.

        Raises:
            NotYet: if something that it needs is not there yet; it can be tried again.
        """
        if self._process is not None:
            return
        names = Names(self._api, self._value, self.ip)
        names.mount(self.container, self._directory)
        variables = {**image.environment(), **self._variables(names)}
        variables[MARK] = str(self._directory)
        words = [names.here(word) for word in self.container.get("args", ())]
        given = self.container.get("command")
        command = [*given, *words] if given else image.command(words, variables)
        work = self._directory / "work"
        work.mkdir(parents=True, exist_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=work,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started_at = now()

    def exit_code(self) -> int | None:
        """Return how it ended, or None if it runs; what else it started ends with it."""
        if self._process is None:
            return None
        status = self._process.poll()
        if status is None:
            return None
        kill_all_of(self._directory)
        return status if status >= 0 else 128 - status

    def stop(self) -> bool:
        """Ask it to end if nobody has, and return whether it has; to be called until so."""
        if self._process is None or self.exit_code() is not None:
            return True
        now_s = time.monotonic()
        if self._kill_at_s is None:
            grace_s = self._value["spec"].get("terminationGracePeriodSeconds", _GRACE_S)
            self._kill_at_s = now_s + grace_s
            if "preStop" in self.container.get("lifecycle", {}):
                # The image's script does so, and waits for the end.
                self._process.send_signal(signal.SIGPWR)
            else:
                self._process.send_signal(signal.SIGTERM)
        elif now_s > self._kill_at_s:
            self.kill()
        return False

    def kill(self) -> None:
        """End it and what it started at once."""
        kill_all_of(self._directory)
        if self._process is not None:
            self._process.wait()

    def remove(self) -> None:
        """Remove what it kept."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def _variables(self, names: Names) -> dict[str, str]:
        """Return what the pod says about its environment."""
        found: dict[str, str] = {}
        for variable in self.container.get("env", ()):
            value = variable.get("value", "")
            if "valueFrom" in variable:
                value = self._value_from(variable["valueFrom"], names)
            found[variable["name"]] = names.here(value)
        return found

    def _value_from(self, source: Json, names: Names) -> str:
        if "fieldRef" in source:
            return self._field(source["fieldRef"]["fieldPath"])
        for kind, plural in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
            if kind in source:
                return names.data_of(plural, source[kind]["name"])[source[kind]["key"]]
        raise ValueError(f"this kubelet knows no environment from {list(source)}")

    def _field(self, path: str) -> str:
        if path in ("status.podIP", "status.hostIP"):
            return self.ip
        found: Any = self._value
        for part in path.split("."):
            found = found[part]
        return str(found)


def now() -> str:
    """Return the time as the API has it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
