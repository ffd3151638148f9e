"""What a process waited for by time alone, from a log of `strace -f -ttt -T`: a wait that ran out, and was not ended by an
event, has slept on the way."""
import re
from dataclasses import dataclass

# What a thread waits in; futex has a deadline where Swift or libc wait with one.
WAITS = "poll,ppoll,select,pselect6,epoll_wait,epoll_pwait,clock_nanosleep,nanosleep,futex"
LINE = re.compile(r"^(?P<pid>\d+) +(?P<time>\d+\.\d+) (?P<resumed><\.\.\. )?(?P<name>\w+)(?P<rest>.*) <(?P<took>\d+\.\d+)>$")
RAN_OUT = re.compile(r"= 0 \(Timeout\)$|ETIMEDOUT|nanosleep.*= 0$|epoll_p?wait.*= 0$")
# The longest sleep that is allowed on a way that is to be driven by events, in seconds.
LIMIT = 0.05


@dataclass(frozen=True)
class Sleep:
    end: float  # s, by the clock of -ttt
    seconds: float
    call: str


def sleeps(log: str, since: float = 0, until: float = float("inf")) -> list[Sleep]:
    """Waits longer than LIMIT that ran out between SINCE and UNTIL."""
    found = []
    for line in log.splitlines():
        match = LINE.match(line)
        if not match or match["name"] not in WAITS.split(","):
            continue
        if not RAN_OUT.search(match["name"] + match["rest"]):
            continue
        took = float(match["took"])
        # A line of a call that others interrupted has the time of its end.
        end = float(match["time"]) + (0 if match["resumed"] else took)
        if took > LIMIT and since <= end <= until:
            found.append(Sleep(end, took, line[:200]))
    return found


def ready(log: str) -> float:
    """When the service manager was told."""
    times = [float(line.split()[1]) for line in log.splitlines() if "READY=1" in line]
    if not times:
        raise ValueError("no READY=1 in the log")
    return times[0]
