"""What a hardened container leaves a program, made of namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

#: Has an entry in /etc/passwd everywhere: without one, Hadoop's login fails in any Spark.
_NOBODY = 65534
#: The options of /proc: no process of others, and nothing but processes.
_PROC = "hidepid=2,subset=pid"
# As root of the mount namespace: writable directories become mounts of their own, and all else
# read-only. Then the program runs as somebody without a capability, who can't gain one.
_SCRIPT = f"""
set -e
proc=$1 shm=$2 directories=$3
shift 3
mount --make-rprivate /
for each in $directories; do mount --bind "$each" "$each"; done
mount -o remount,bind,ro /
if [ -n "$proc" ]; then mount -t proc -o "$proc" proc /proc; fi
mount -t tmpfs -o "$shm" tmpfs /dev/shm
exec unshare --user --map-user={_NOBODY} --map-group={_NOBODY} setpriv --no-new-privs "$@"
"""


def jailed(
    writable: Sequence[Path] = (), *, own_proc: bool = True, shm: str = "size=64k,mode=1777"
) -> list[str | Path]:
    """Return what to put before a program's words.

    It is the first process of a PID namespace, and another user than root, to whom files that are
    the caller's seem to belong.

    Parameters
    ----------
    writable
        The only directories of the root file system that are.
    own_proc
        False leaves it the /proc of our PID namespace.
    shm
        How /dev/shm is mounted.
    """
    if not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("unshare and setpriv are missing: install util-linux")
    as_root = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    spaces = ["unshare", *as_root, "--mount", "--pid", "--fork", "--kill-child", "sh", "-c"]
    directories = " ".join(map(str, writable))
    words = [*spaces, _SCRIPT, "jail", _PROC if own_proc else "", shm, directories]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no such namespaces can be made here: {tried.stderr.strip()}")
    return [*words]
