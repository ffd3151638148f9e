"""Standard output of a run in which several guests have something to say at the same time."""
import io
import threading
from typing import TextIO


class Blocks(io.TextIOBase):
    """Keeps what a thread prints until the thread flushes, so that the report of a scenario comes as one block."""

    def __init__(self, out: TextIO):
        self.out = out
        self.lock = threading.Lock()
        self.kept = threading.local()

    def write(self, text: str) -> int:
        self.kept.text = getattr(self.kept, "text", "") + text
        return len(text)

    def flush(self) -> None:
        text, self.kept.text = getattr(self.kept, "text", ""), ""
        with self.lock:
            self.out.write(text)
            self.out.flush()
