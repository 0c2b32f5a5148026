"""Who works on a trial: a name that no other worker has, and whether the process behind it is still there.

A process number alone tells little: it is given again after a reboot, and each container counts its own. A worker's
name is `HOST:PROCESS:BOOT-NAMESPACE-START-NUMBER`: the kernel's boot, its namespace of process numbers, when the
process started, and a random number. Where host, boot and namespace are one's own, the kernel says at once whether that
process lives. Of all others nothing is known here; their trials say it (`archgraph.storages.liveness`).
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from pathlib import Path

_NAME = re.compile(r"(?P<host>.*):(?P<process>\d+):(?P<boot>[0-9a-f]+)-(?P<space>\d+)-(?P<start>\d+)-[0-9a-f]+")
_PROC = Path("/proc")
_at_work: set[str] = set()
"""Names of the workers of this process that have not left."""


def new_worker() -> str:
    """The name of one more worker in this process."""
    name = f"{_process()}-{secrets.token_hex(4)}"
    _at_work.add(name)
    return name


def leave(worker: str) -> None:
    """A worker of this process works no longer."""
    _at_work.discard(worker)


def is_there(worker: str) -> bool | None:
    """Whether a worker is there; None where it is another machine's or container's, of which nothing is known here."""
    if worker in _at_work:
        return True
    named, own = _NAME.fullmatch(worker), _NAME.fullmatch(f"{_process()}-0")
    if named is None or own is None or any(named[part] != own[part] for part in ("host", "boot", "space")):
        return None
    if named["process"] == own["process"]:
        return False  # it has left, or its number is this process's now
    try:
        os.kill(int(named["process"]), 0)
        return _started(named["process"]) == named["start"]
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return None


def _process() -> str:
    """This process; without what tells it from others where the kernel does not say that."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip().replace("-", "")
        space = (_PROC / "self/ns/pid").stat().st_ino
        if os.readlink(_PROC / "self") == str(os.getpid()):  # or else these are another namespace's processes
            return f"{name}:{boot}-{space}-{_started('self')}"
    except OSError:
        pass
    return f"{name}:"


def _started(process: str) -> str | None:
    """When a process started, in the kernel's ticks; None where it has ended and only its number is left."""
    text = (_PROC / process / "stat").read_text()
    state, *numbers = text[text.rindex(")") + 2 :].split()
    return None if state in "ZX" else numbers[18]
