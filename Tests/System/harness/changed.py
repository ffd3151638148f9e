"""What a change concerns: the files of scenarios to be run for it."""
import ast
import functools
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from .guest import Guest
from .image import SYSTEM

REPOSITORY = SYSTEM.parent.parent
Concern = Callable[[Guest, str], bool]


def everything(_guest: Guest, _path: str) -> bool:
    return True


def nothing(_guest: Guest, _path: str) -> bool:
    return False


def with_docker(guest: Guest, _path: str) -> bool:
    return guest.variant == "docker"


def with_firmware(guest: Guest, _path: str) -> bool:
    return guest.firmware


def without_firmware(guest: Guest, _path: str) -> bool:
    return not guest.firmware


def its_variant(guest: Guest, path: str) -> bool:
    return Path(path).name in ("base", guest.variant)


def importing(guest: Guest, path: str) -> bool:
    """Those that use the module, and all where the runner itself does."""
    return REPOSITORY / path in sources(Path(str(guest.module.__file__))) | sources(SYSTEM / "harness/__main__.py")


def saying(*words: str) -> Concern:
    """Those in which, or in whose modules, one of the words is."""
    def says(guest: Guest, _path: str) -> bool:
        texts = [path.read_text() for path in sources(Path(str(guest.module.__file__)))]
        return any(word in text for word in words for text in texts)
    return says


# What a changed file concerns, by the folder that it is below, or by its path; the first one counts. What is in none of them
# concerns everything, as does any room of the product but those that are not used in a guest.
PLACES: dict[str, Concern] = {
    "Tests/System/README.md": nothing,
    "Tests/System/scenarios/": importing,
    "Tests/System/harness/": importing,
    "Tests/System/image/packages/": its_variant,
    "Tests/System/adapter/": without_firmware,
    "Tests/System/device/": with_firmware,
    "Tests/System/": everything,
    "Tests/StandIn/": with_docker,
    "Tests/KernelContract/": saying("kernel-contract"),
    "Tests/KernelContractRunner/": saying("kernel-contract"),
    "Tests/": nothing,
    "Sources/SimulatedHost/": nothing,
    "Sources/SRIOVPersistSim/": nothing,
    "Sources/Support/": saying("support-report"),
    "docs/": saying("harness.package"),
    "packaging/": saying("harness.package"),
    "scripts/package": saying("harness.package"),
    **dict.fromkeys([".ci/", ".gitignore", ".swift-format", "CONTRIBUTING.md", "LICENSE", "README.md", "README.zh-CN.md",
                     "scripts/bench", "scripts/test", "scripts/try"], nothing),
}


def concerned(guests: Iterable[Guest], paths: Iterable[str]) -> list[Guest]:
    """GUESTS that a change of PATHS concerns, in their order."""
    def concern_of(path: str) -> Concern:
        return next((PLACES[place] for place in PLACES if path == place or place.endswith("/") and path.startswith(place)), everything)

    concerns = [(concern_of(path), path) for path in paths]
    return [guest for guest in guests if any(concern(guest, path) for concern, path in concerns)]


@functools.cache
def sources(file: Path) -> frozenset[Path]:
    """The file, and all modules of the tier that it imports."""
    found, left = set(), [file]
    while left:
        path = left.pop()
        if path not in found and path.is_file():
            found.add(path)
            left += imported(path)
    return frozenset(found)


def imported(path: Path) -> list[Path]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            package = ["harness"] * node.level if node.level else []
            module = "/".join([*package, *(node.module or "").split(".")]).rstrip("/")
            found += [SYSTEM / f"{module}.py", *(SYSTEM / module / f"{name.name}.py" for name in node.names)]
    return found


def git(*arguments: str) -> list[str]:
    return subprocess.run(["git", "-C", REPOSITORY, *arguments], check=True, capture_output=True, text=True).stdout.splitlines()


def base() -> str:
    """Where HEAD left origin's main; the commit before HEAD where it did not leave it, or where there is none."""
    try:
        [found] = git("merge-base", "origin/main", "HEAD")
    except subprocess.CalledProcessError:
        return "HEAD~1"
    return "HEAD~1" if [found] == git("rev-parse", "HEAD") else found


def paths_since(commit: str) -> list[str]:
    """All that is not as in COMMIT: by commits, and by what is not committed yet."""
    return git("diff", "--name-only", "--no-renames", commit) + git("ls-files", "--others", "--exclude-standard", "--full-name")
