"""Confinement: what a process that decodes strangers' video may still reach, for the day that somebody takes it over.

Landlock (landlock(7)) lets a process give up rights for good. Without it, as in kernels before 5.13, nothing is given
up, and `recognizer check` says so.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of system calls, the same on every processor."""

_PATH_BENEATH, _NET_PORT = 1, 2
_VERSION_ONLY = 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_IOCTL_DEVICE = 1 << 15
_CONNECT_TCP = 1 << 1
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | _IOCTL_DEVICE

_RIGHTS_OF_VERSION = ((1, 13), (2, 14), (3, 15), (5, 16))
"""From that version of Landlock on, so many rights to files are known: bits from 0 on."""

NETWORK_VERSION, _SCOPE_VERSION = 4, 6
"""From which on connections by TCP can be limited to ports; signals and abstract sockets to the confined processes."""

SYSTEM_PATHS = (
    *("/usr", "/lib", "/lib64", "/bin", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ld.so.cache"),
    *("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services"),
    *("/etc/localtime", "/run/systemd/resolve", "/run/resolvconf", "/proc/self", "/proc/cpuinfo", "/proc/meminfo"),
    *("/sys/class", "/sys/devices", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"),
)
"""What libraries, the network's names and encryption need; nothing in them is secret from this machine's users."""


KEPT_VARIABLES = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_", "TZ", "TMPDIR", "JOURNAL_STREAM", "INVOCATION_ID"),
    *("PYTHON", "LD_", "_PYI", "_MEI", "SSL_CERT_", "OPENCV_", "OPENBLAS_", "OMP_", "MALLOC_"),
)
"""How the variables begin that a process may inherit. Others may hold passwords and keys."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a process keeps.

    readable: files and folders. devices: to be read, written and set. ports: of TCP, to connect to; None for all.
    """

    readable: Sequence[Path] = ()
    devices: Sequence[Path] = ()
    ports: Sequence[int] | None = field(default=None)


def landlock_version() -> int:
    """Of this kernel; 0 where it has none, or may not use it."""
    return max(0, _syscall(_CREATE_RULESET, None, 0, _VERSION_ONLY))


def confine(reach: Reach) -> bool:
    """Give up for good, in the calling thread and in those that it starts, to read other files than these and the
    program's own, to write any, and to connect to other ports.

    Whether it was done: False without Landlock. Other processes cannot be looked into any more either. To be called
    before any other thread is there. Raises OSError where Landlock is there and refuses.
    """
    version = landlock_version()
    if version < 1:
        return False
    rights = (1 << max(bits for least, bits in _RIGHTS_OF_VERSION if version >= least)) - 1
    network = _CONNECT_TCP if version >= NETWORK_VERSION and reach.ports is not None else 0
    scope = 0b11 if version >= _SCOPE_VERSION else 0
    # A kernel that does not know the last of them refuses what has them.
    known = 3 if version >= _SCOPE_VERSION else 2 if version >= NETWORK_VERSION else 1
    attributes = struct.pack("=QQQ", rights, network, scope)[: 8 * known]
    ruleset = _checked(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        readable = [*map(Path, SYSTEM_PATHS), *_own_paths(), *reach.readable]
        _allow(ruleset, readable, rights & (_EXECUTE | _READ_FILE | _READ_DIR))
        _allow(ruleset, [Path("/dev/null")], rights & (_READ_FILE | _WRITE_FILE))
        _allow(ruleset, reach.devices, rights & (_READ_FILE | _WRITE_FILE | _IOCTL_DEVICE))
        for port in reach.ports or () if network else ():
            _checked(_ADD_RULE, ruleset, _NET_PORT, struct.pack("=QQ", network, port), 0)
        _forgo_new_privileges()
        _checked(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return True


@contextmanager
def bare_environment() -> Iterator[None]:
    """For a block: processes that are started inherit no variable but KEPT_VARIABLES."""
    before = dict(os.environ)
    for name in before:
        if not name.startswith(KEPT_VARIABLES):
            del os.environ[name]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def leave_terminal(*, keeps_stderr: bool = False) -> None:
    """Let go of the terminal, whose input a process could fill with commands (TIOCSTI), and of the caller's output.

    keeps_stderr: what is written there goes elsewhere than to a terminal already.
    """
    with suppress(OSError):
        os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1) if keeps_stderr else (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def forbid_core_dump() -> None:
    """Let this process, and those that it starts, leave no core when they crash: it would hold faces."""
    _lower(resource.RLIMIT_CORE, 0)


def limit_memory(more_mb: float) -> None:
    """Let this process take so much more memory than it has now, and leave no core."""
    forbid_core_dump()
    with suppress(OSError, ValueError, StopIteration):
        status = Path("/proc/self/status").read_text().splitlines()
        held_kb = next(int(line.split()[1]) for line in status if line.startswith("VmData:"))
        _lower(resource.RLIMIT_DATA, held_kb * 1024 + round(more_mb * 2**20))


def _lower(kind: int, value: int) -> None:
    _, most = resource.getrlimit(kind)
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(kind, (value, value))


def _own_paths() -> Iterable[Path]:
    """The interpreter and its packages, and this program; a bundle is all of them."""
    package = Path(__file__).resolve().parent.parent
    yield from {Path(path) for path in (sys.prefix, sys.base_prefix, sys.exec_prefix, package)}
    if bundle := getattr(sys, "_MEIPASS", None):
        # The modules are within the program itself.
        yield from (Path(bundle), Path(sys.executable))


def _allow(ruleset: int, paths: Iterable[Path], rights: int) -> None:
    """What is not there is passed over."""
    for path in paths:
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                allowed = rights if path.is_dir() else rights & _FILE_RIGHTS
                _checked(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", allowed, handle), 0)
            finally:
                os.close(handle)


def _forgo_new_privileges() -> None:
    none = ctypes.c_ulong(0)
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), none, none, none)


def _checked(number: int, *arguments: int | bytes | None) -> int:
    result = _syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    values = [value if value is None or isinstance(value, bytes) else ctypes.c_long(value) for value in arguments]
    return int(call(ctypes.c_long(number), *values))
