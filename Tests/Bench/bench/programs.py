"""What is laid into the guest: the scripts of guest/, and the programs, compiled here."""
import subprocess
from pathlib import Path

from .contenders import FOLDER

BENCH = Path(__file__).resolve().parent.parent


def build(folder: Path) -> dict[str, Path]:
    """The programs by name. Static, so that they run on whatever the guest is."""
    programs = {}
    for source in sorted((BENCH / "programs").glob("*.c")):
        programs[source.stem] = folder / source.stem
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-static", "-o", folder / source.stem, source],
                       check=True)
    return programs


def files(programs: dict[str, Path]) -> dict[str, str | bytes]:
    """By their paths in the guest."""
    scripts = {path.name: path.read_bytes() for path in sorted((BENCH / "guest").iterdir())}
    return {f"{FOLDER}/{name}": content
            for name, content in (scripts | {name: path.read_bytes() for name, path in programs.items()}).items()}
