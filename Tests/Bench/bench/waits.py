"""What a process waited for by time alone, from a log of `strace -f -ttt -T`: a wait that ran out, and was not ended by an
event, has slept on the way."""
import re
from dataclasses import dataclass

# What a thread waits in; futex has a deadline where Swift or libc wait with one.
WAITS = "poll,ppoll,select,pselect6,epoll_wait,epoll_pwait,clock_nanosleep,nanosleep,futex"
# What a look begins with: a file, a server, or a thread that asks one.
LOOKS = "openat,connect,clone,clone3"
ENTERED = re.compile(r"^(?P<pid>\d+) +\d+\.\d+ (?P<name>\w+)\(")
LINE = re.compile(r"^(?P<pid>\d+) +(?P<time>\d+\.\d+) (?P<resumed><\.\.\. )?(?P<name>\w+)(?P<rest>.*) <(?P<took>\d+\.\d+)>$")
READY = "READY=1"
RAN_OUT = re.compile(r"= 0 \(Timeout\)$|ETIMEDOUT|nanosleep.*= 0$|epoll_p?wait.*= 0$")
# The longest sleep that is allowed on a way that is to be driven by events, in seconds.
LIMIT = 0.05


@dataclass(frozen=True)
class Sleep:
    end: float  # s, by the clock of -ttt
    seconds: float
    call: str


def sleeps(log: str, since: float = 0, until: float = float("inf")) -> list[Sleep]:
    """Waits longer than LIMIT that ran out between SINCE and UNTIL, and after which the thread looked at something, or said
    that it is ready. One that is entered anew at once only told the service manager of the time: what it waits for would
    have ended it."""
    found = []
    ran_out: dict[str, Sleep] = {}
    for line in log.splitlines():
        entered = ENTERED.match(line)
        if entered and (entered["name"] in LOOKS.split(",") or READY in line):
            sleep = ran_out.pop(entered["pid"], None)
            if sleep and since <= sleep.end <= until:
                found.append(sleep)
        elif entered and entered["name"] in WAITS.split(",") and "FUTEX_WAKE" not in line:
            ran_out.pop(entered["pid"], None)
        match = LINE.match(line)
        if match and match["name"] in WAITS.split(",") and RAN_OUT.search(match["name"] + match["rest"]):
            took = float(match["took"])
            # A line of a call that others interrupted has the time of its end.
            end = float(match["time"]) + (0 if match["resumed"] else took)
            if took > LIMIT:
                ran_out[match["pid"]] = Sleep(end, took, line[:200])
    return found


def ready(log: str) -> float:
    """When the service manager was told."""
    times = [float(line.split()[1]) for line in log.splitlines() if READY in line]
    if not times:
        raise ValueError(f"no {READY} in the log")
    return times[0]
