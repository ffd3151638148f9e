"""The system calls of one run, from a log of `strace -f -y`."""
import re
from collections import Counter

from .guest import Void
from .results import Calls

CALL = re.compile(r"^(?:\[pid +)?\d+\]? +(?:\d+\.\d+ +)?(\w+)\(")
ATTRIBUTE = re.compile(r"/sriov/\d+/(?:node|port|policy)\b|/infiniband/[^/]+/(?:node_guid|ports/1/gids/0)\b")
OPEN = {"open", "openat"}
WRITE = re.compile(r"^write\(\d+</sys/|^p?writev?(?:64)?\(\d+</sys/")


def of(log: str) -> Calls:
    """A call that another thread interrupted stands there twice: its second half is not counted."""
    names: Counter[str] = Counter()
    on_attributes = attributes = writes = 0
    for line in log.splitlines():
        match = CALL.match(line)
        if not match:
            continue
        names[match[1]] += 1
        if ATTRIBUTE.search(line):
            on_attributes += 1
            attributes += match[1] in OPEN
        writes += bool(WRITE.match(line[match.start(1):]))
    if not attributes:
        raise Void(f"no attribute of a VF is read in {len(log.splitlines())} lines of strace")
    return Calls(sum(names.values()), on_attributes, attributes, writes, dict(names.most_common()))


def seconds_to_first_read(log: str) -> float:
    """From the log's first call, execve, to the first one below /sys; with strace's own time, as of `-ttt`."""
    times = [(float(words[1]), line) for line in log.splitlines() if len(words := line.split(maxsplit=2)) == 3]
    return next(time for time, line in times if '"/sys/' in line) - times[0][0]
