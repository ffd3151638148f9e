"""The system calls that a unit allows, as its SystemCallFilter= says, put around a program without a service manager."""

import ctypes
import re
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

NUMBERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
EPERM = 1
#: linux/filter.h, linux/seccomp.h and linux/prctl.h.
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2


def sets() -> dict[str, set[str]]:
    """What systemd calls @system-service and so on."""
    said = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True)
    found: dict[str, set[str]] = {}
    for line in said.stdout.splitlines():
        if line.startswith("@"):
            members = found.setdefault(line.strip(), set())
        elif (word := line.strip()) and not word.startswith("#"):
            members.add(word)
    return found


def expanded(word: str, known: dict[str, set[str]]) -> set[str]:
    return set().union(*(expanded(member, known) for member in known[word])) if word.startswith("@") else {word}


def rules(unit: Path) -> tuple[set[str], dict[str, int]]:
    """systemd.exec(5): the first list says which calls are allowed, later ones add and take away; and which of those that are
    not allowed end with an errno of their own, which may be 0."""
    known = sets()
    calls: set[str] = set()
    numbers: dict[str, int] = {}
    for line in re.findall(r"^SystemCallFilter=(.+)$", unit.read_text(), re.MULTILINE):
        for word in line.lstrip("~").split():
            name, _, number = word.partition(":")
            listed = expanded(name, known)
            calls = calls - listed if line.startswith("~") else calls | listed
            if number:
                numbers.update(dict.fromkeys(listed, int(number)))
    return calls, numbers


def confine(unit: Path) -> Callable[[], None]:
    """To be called in the new process, before the program is in it."""
    calls, errnos = rules(unit)
    numbers = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", NUMBERS.read_text())}
    steps = [(LOAD, 0, 0, 0)]
    for name, number in numbers.items():
        if name not in calls:
            steps += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE | errnos.get(name, EPERM))]
    steps.append((RETURN, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def apply() -> None:
        if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
            raise OSError(ctypes.get_errno(), "no filter")
        assert code  # It is read by the kernel until here.

    return apply
