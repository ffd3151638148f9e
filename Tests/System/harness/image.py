"""What a guest boots from, built once and kept in the user's cache."""
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable

SYSTEM = Path(__file__).resolve().parent.parent
# Their sources. The first acts as driver and adapter, the other one stands beside the kernel's own driver.
MODULES = ["adapter", "ofed"]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sriov-persist"


@dataclass(frozen=True)
class Image:
    """The guest's kernel, initramfs and root file system, and the folders with the module for each kind of adapter."""
    root: Path
    adapter: Path
    ofed: Path

    @property
    def disk(self) -> Path:
        return self.root / "root.ext4"

    @property
    def kernel(self) -> Path:
        return self.root / "vmlinux"

    @property
    def initramfs(self) -> Path:
        return self.root / "initramfs"


def kernel_release() -> str:
    """The kernel that the machine's linux-headers-amd64 is for: the module is built with these headers."""
    depends = subprocess.run(["dpkg-query", "--show", "--showformat=${Depends}", "linux-headers-amd64"],
                             check=True, capture_output=True, text=True).stdout
    return depends.split()[0].removeprefix("linux-headers-").rstrip(",")


def digest(words: Iterable[str], *folders: Path) -> str:
    """A key for everything in some folders, and some words besides."""
    key = hashlib.sha256("\n".join(words).encode())
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            key.update(f"\n{path.relative_to(folder)} {path.stat().st_mode & 0o111:o}\n".encode())
            key.update(path.read_bytes())
    return key.hexdigest()[:16]


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """The folder of this name in the cache. It appears there whole or not at all."""
    folder = CACHE / name
    if folder.exists():
        return folder
    print(f"building {name}", flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="building-", dir=CACHE))
    try:
        build(work)
        work.chmod(0o755)
        try:
            work.rename(folder)
        except OSError:
            if not folder.exists():  # else another run was faster
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def logged(command: list[str | Path], log: Path) -> None:
    """Run a build step; show what it said only if it fails."""
    with log.open("w") as out:
        status = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
    if status:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        raise SystemExit(f"{tail}\n{command[0]} failed with status {status}")


def build_root(kernel: str, lists: list[Path]) -> Callable[[Path], None]:
    def build(work: Path) -> None:
        logged([SYSTEM / "image/build-root-filesystem", kernel, *lists, work], work / "build.log")
    return build


def build_module(kernel: str, root: Path, folder: str) -> Callable[[Path], None]:
    """Compile the module of a folder, and make the indexes by which udev finds it among the guest's other modules."""
    def build(work: Path) -> None:
        source, tree = work / "source", work / "tree"
        for name in MODULES:  # they share a header
            shutil.copytree(SYSTEM / name, source / name)
        logged(["make", "-C", f"/usr/src/linux-headers-{kernel}", f"M={source / folder}", "modules"], work / "build.log")
        module, = (source / folder).glob("*.ko")
        subprocess.run(["strip", "--strip-debug", module], check=True)
        shutil.copytree(root / "modules", tree, copy_function=os.link)
        modules = tree / "lib/modules" / kernel
        (modules / "updates").mkdir()
        shutil.move(module, modules / "updates")
        logged(["depmod", "--basedir", tree, kernel], work / "depmod.log")
        result = work / "files/usr/lib/modules" / kernel
        result.mkdir(parents=True)
        for path in [modules / "updates", *modules.glob("modules.*")]:
            shutil.move(path, result)
        for path in (source / folder).glob("*.conf"):
            (work / "files/usr/lib/modprobe.d").mkdir(exist_ok=True)
            shutil.move(path, work / "files/usr/lib/modprobe.d")
        shutil.rmtree(tree)
        shutil.rmtree(source)
    return build


def emulator() -> Path:
    """QEMU with the device, which emulates the firmware of a card."""
    version = subprocess.run(["dpkg-query", "--show", "--showformat=${source:Version}", "qemu-system-x86"],
                             check=True, capture_output=True, text=True).stdout

    def build(work: Path) -> None:
        # Configured by the script: another one begins anew.
        script = hashlib.sha256((SYSTEM / "device/build-qemu").read_bytes()).hexdigest()[:8]
        tree = CACHE / f"qemu-{version}-{script}".replace(":", "-").replace("+", "-")
        with tree.with_name(f"{tree.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            logged([SYSTEM / "device/build-qemu", version, tree, work], work / "build.log")
    return cached(f"device-{digest([version], SYSTEM / 'device')}", build) / "qemu-system-x86_64"


def prepare(variant: str = "base") -> Image:
    """Each variant of the guest is the base packages and those of image/packages/<variant>."""
    kernel = kernel_release()
    names = dict.fromkeys(["base", variant])
    root_key = digest([kernel, *names], SYSTEM / "image")
    root = cached(f"guest-{variant}-{root_key}", build_root(kernel, [SYSTEM / "image/packages" / name for name in names]))
    key = digest([root_key], *(SYSTEM / name for name in MODULES))
    return Image(root, *(cached(f"{name}-{key}", build_module(kernel, root, name)) for name in MODULES))


def prepare_all(variants: Iterable[str]) -> dict[str, Image]:
    return {variant: prepare(variant) for variant in dict.fromkeys(variants)}
