"""Processes as on other machines: with a host name and process numbers of their own, by Linux's namespaces."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

FORK = multiprocessing.get_context("fork")
_FILES, _HOST, _NUMBERS = 0x00020000, 0x04000000, 0x20000000  # CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWPID
_PRIVATE = 0x4000 | 1 << 18  # MS_REC | MS_PRIVATE
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def missing() -> str:
    """Why there can be no such processes here; empty where there can."""
    if sys.platform != "linux":
        return "namespaces are Linux's"
    trial = FORK.Process(target=_ask, args=(os._exit, (0,), "elsewhere", True))
    trial.start()
    trial.join()
    return "" if trial.exitcode == 0 else "only root can make namespaces, and not in every container"


def process(work: Callable[..., Any], *arguments: Any, host: str, numbers: bool = False) -> Any:
    """A process, not started yet, that does some work under another host name.

    Args:
        work, arguments: what it does.
        host: its name.
        numbers: it has number 1, and sees no processes but its own.
    """
    return FORK.Process(target=_ask, args=(work, arguments, host, numbers))


def _ask(work: Callable[..., Any], arguments: tuple[Any, ...], host: str, numbers: bool) -> None:
    kernel = ctypes.CDLL(None, use_errno=True)
    _check(kernel.unshare(_HOST | (_NUMBERS | _FILES if numbers else 0)))
    socket.sethostname(host)
    if not numbers:
        work(*arguments)
        return
    child = os.fork()
    if child:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    _check(kernel.prctl(_DEATH_SIGNAL, signal.SIGKILL))  # who kills the container kills what is in it
    _check(kernel.mount(b"none", b"/", None, _PRIVATE, None))
    _check(kernel.mount(b"proc", b"/proc", b"proc", 0, None))
    try:
        work(*arguments)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def _check(returned: int) -> None:
    if returned:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
