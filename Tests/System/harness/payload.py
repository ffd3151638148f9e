"""The files that are laid over the guest's root file system before systemd starts, as one tar archive."""
import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from .image import SYSTEM, logged

REPOSITORY = SYSTEM.parent.parent
# Links in a root file system with a merged /usr; an archive that had them as folders would replace them.
MERGED = {"bin", "sbin", "lib", "lib64"}


def install_product(folder: Path) -> Path:
    """Build the product and install it as a package would, below FOLDER."""
    files = folder / "files"
    logged(["make", "-C", REPOSITORY, "build", "install", f"DESTDIR={files}", "PREFIX=/usr"], folder / "install.log")
    return files


def owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode &= ~0o022  # whatever umask the clone was made with
    return entry


def merged(path: Path) -> str:
    return str("usr" / path if path.parts[0] in MERGED else path)


def enabled_units(product: Path) -> Iterator[tuple[str, str]]:
    """What `systemctl enable`, run by the product's package, would link: (link, target)."""
    folder = Path("usr/lib/systemd/system")
    for unit in sorted((product / folder).glob("*.*")):
        for kind, names in re.findall(r"^(Wanted|Required)By=(.+)$", unit.read_text(), re.MULTILINE):
            for name in names.split():
                suffix = "wants" if kind == "Wanted" else "requires"
                yield f"etc/systemd/system/{name}.{suffix}/{unit.name}", f"/{folder / unit.name}"


def write(archive: Path, module: Path, product: Path | None, files: dict[str, str | bytes]) -> None:
    """MODULE and PRODUCT hold the files of our module and of the product. FILES maps a path in the guest to its content;
    scripts and programs are made executable."""
    trees = [SYSTEM / "guest", module, *([product] if product else [])]
    with tarfile.open(archive, "w") as tar:
        for tree in trees:
            for path in sorted(tree.rglob("*")):
                if path.is_symlink() or not path.is_dir():
                    tar.add(path, merged(path.relative_to(tree)), recursive=False, filter=owned_by_root)
        for link, target in enabled_units(product) if product else []:
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(merged(Path(name.lstrip("/"))))
            entry.size = len(data)
            entry.mode = 0o755 if data.startswith((b"#!", b"\x7fELF")) else 0o644
            tar.addfile(entry, io.BytesIO(data))
