"""One virtual machine, from its first boot to the end of a scenario."""
import json
import shlex
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import payload
from .channel import Channel, ChannelError
from .image import Image
from .monitor import Monitor
from .topology import Card, arguments

KERNEL = ("root=/dev/vda rw console=ttyS0 quiet systemd.show_status=1 mitigations=off nokaslr nowatchdog cryptomgr.notests "
          "tsc=reliable no_timer_check random.trust_cpu=on panic=5 apparmor=0 selinux=0 SYSTEMD_COLORS=0")
BOOT_SECONDS = 180.0
STALL = "rcu: INFO: rcu_preempt"  # the guest's kernel: one of its CPUs does not run any more
STALLED_BOOTS = 2
# Limits are told as for a guest of two CPUs that has the host to itself; it has one, and does not.
PATIENCE = 2.0


class MachineError(Exception):
    """The machine did not do what it must do for any scenario."""


class StalledCPU(MachineError):
    """One of the guest's CPUs does not run any more, which is taken for QEMU's multi-threaded emulation: seen once in some
    hundred boots, as udevd started."""


@dataclass(frozen=True)
class Result:
    """What a command in the guest left."""
    status: int
    output: str
    errors: str


class Machine:
    """A guest with an own disk, which keeps its content from boot to boot.

    FILES, a path to its content, are laid over the disk at each boot before systemd starts, together with the product, if
    there is one.
    EMULATOR is a QEMU whose cards run the kernel's own driver, rather than Debian's QEMU and our module.
    The disk begins as that of BEFORE, a machine that is off, or else as the image. KERNEL is on the kernel's command line at
    each boot.
    """

    def __init__(self, folder: Path, image: Image, product: Path | None, cards: list[Card], memory: str = "2G",
                 before: "Machine | None" = None, iommu: bool = False, kernel: str = "", cpus: int = 1,
                 emulator: Path | None = None):
        self.folder = folder
        self.image = image
        self.product = product
        self.cards = list(cards)
        self.memory = memory
        self.iommu = iommu
        self.kernel = kernel
        self.cpus = cpus
        self.emulator = emulator
        self.files: dict[str, str | bytes] = {}
        self.boots = 0
        self.boot_seconds = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.channel: Channel | None = None
        self.monitor: Monitor | None = None
        backing = ["-F", "qcow2", "-b", before.folder / "disk.qcow2"] if before else ["-F", "raw", "-b", image.disk]
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *backing, folder / "disk.qcow2"], check=True)

    @property
    def console(self) -> Path:
        """What kernel and systemd said on the serial line in the current boot."""
        return self.folder / f"console.{self.boots}"

    @property
    def journal_text(self) -> Path:
        """The journal of the current boot as it was written, also of a guest that hangs."""
        return self.folder / f"journal.{self.boots}"

    def boot(self, kernel: str = "", early: bool = False, seconds: float = BOOT_SECONDS, shell: bool = False) -> None:
        """Start the guest and return when multi-user.target is reached; with EARLY, as soon as it takes commands.

        KERNEL is added to the kernel's command line, for example mlx5_core.ofed=0. A boot in which an emulated CPU stalls is
        cut and begun anew, and said.
        """
        for _ in range(STALLED_BOOTS):
            try:
                return self.boot_once(kernel, early, seconds, shell)
            except StalledCPU as error:
                print(error)
                self.power_cut()
        return self.boot_once(kernel, early, seconds, shell)

    def boot_once(self, kernel: str, early: bool, seconds: float, shell: bool) -> None:
        if self.process:
            raise MachineError("boot of a machine that runs")
        self.boots += 1
        module = self.image.ofed if self.emulator else self.image.adapter
        payload.write(self.folder / "payload.tar", module / "files", self.product, self.files)
        started = time.monotonic()
        command_line = " ".join([KERNEL, self.kernel, kernel, *["intel_iommu=on"] * self.iommu, *["sriov_test.early"] * early,
                                 *["systemd.debug_shell=1"] * shell])
        with (self.folder / "qemu.log").open("ab") as log:
            self.process = subprocess.Popen(self.command(command_line, shell), stderr=log,
                                            stdout=None if shell else log, stdin=None if shell else subprocess.DEVNULL)
        deadline = started + seconds * PATIENCE
        self.wait_for_sockets(deadline)
        self.channel = Channel(self.folder / "channel", deadline)
        self.monitor = Monitor(self.folder / "monitor", deadline)
        self.wait_until_ready(self.channel, deadline)
        self.boot_seconds = time.monotonic() - started

    def wait_until_ready(self, channel: Channel, deadline: float) -> None:
        while True:
            try:
                return channel.wait_until_ready(min(deadline, time.monotonic() + 5))
            except ChannelError as error:
                # QEMU makes the file after its sockets.
                if self.console.exists() and STALL in self.console.read_text(errors="replace"):
                    raise StalledCPU(f"boot {self.boots} of {self.folder.name}: an emulated CPU stalled; once more") from None
                if time.monotonic() > deadline or (self.process and self.process.poll() is not None):
                    raise MachineError(f"the guest does not take commands: {error}") from None

    def command(self, command_line: str, shell: bool) -> list[str]:
        folder = self.folder
        # It ends with the thread that started it.
        return ["setpriv", "--pdeathsig", "KILL", str(self.emulator or "qemu-system-x86_64"), "-machine", "q35",
                "-accel", "tcg,thread=multi", "-cpu", "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt",
                "-smp", str(self.cpus), "-m", self.memory,
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-kernel", str(self.image.kernel), "-initrd", str(self.image.initramfs), "-append", command_line,
                "-serial", f"file:{self.console}",
                *(["-chardev", "stdio,id=shell,signal=off", "-serial", "chardev:shell"] * shell),
                *(["-device", "intel-iommu"] * self.iommu),
                "-drive", f"if=none,id=disk,file={folder / 'disk.qcow2'},format=qcow2",
                "-device", "virtio-blk-pci,drive=disk,addr=2",
                "-drive", f"if=none,id=payload,file={folder / 'payload.tar'},format=raw,readonly=on",
                "-device", "virtio-blk-pci,drive=payload,addr=3",
                "-device", "virtio-serial-pci,addr=4",
                "-chardev", f"file,id=journal,path={self.journal_text}", "-device", "virtconsole,chardev=journal,nr=1",
                "-chardev", f"socket,id=channel,path={folder / 'channel'},server=on,wait=off",
                "-device", "virtserialport,chardev=channel,nr=2",
                "-qmp", f"unix:{folder / 'monitor'},server=on,wait=off",
                *arguments(self.cards, firmware=self.emulator is not None)]

    def wait_for_sockets(self, deadline: float) -> None:
        while not (self.folder / "channel").exists() or not (self.folder / "monitor").exists():
            if self.process and self.process.poll() is not None:
                raise MachineError(f"QEMU ended at once: {(self.folder / 'qemu.log').read_text()}")
            if time.monotonic() > deadline:
                raise MachineError("QEMU does not open its sockets")
            time.sleep(0.02)

    def ask(self, command: str, data: bytes, seconds: float) -> tuple[int, bytes, bytes]:
        if not self.channel:
            raise MachineError(f"the guest takes no commands, it cannot run: {command}")
        try:
            return self.channel.run(command, data, seconds * PATIENCE)
        except (ChannelError, OSError) as error:
            # Its answer, should it come after all, would be taken for that of the next command.
            self.channel.close()
            self.channel = None
            raise MachineError(f"{error}, while it ran: {command}") from None

    def attempt(self, command: str, data: bytes = b"", seconds: float = 60) -> Result:
        """Run a shell command as root in the guest; DATA is its input. Status 124 means that it took too long."""
        status, output, errors = self.ask(command, data, seconds)
        return Result(status, output.decode(errors="replace"), errors.decode(errors="replace"))

    def run(self, command: str, data: bytes = b"", seconds: float = 60) -> str:
        """As attempt, for a command that must succeed: its output, without the last newline."""
        result = self.attempt(command, data, seconds)
        if result.status:
            raise MachineError(f"status {result.status} from: {command}\n{result.output}{result.errors}")
        return result.output.removesuffix("\n")

    def wait(self, condition: str, seconds: float = 30) -> None:
        """Wait in the guest until a shell command succeeds."""
        result = self.attempt(f"until {condition}; do sleep 0.2; done", seconds=seconds)
        if result.status:
            raise MachineError(f"not so after {seconds * PATIENCE:g} s: {condition}\n{result.errors[-2000:]}")

    def put(self, path: str, content: str | bytes) -> None:
        """Write a file in the running guest."""
        data = content.encode() if isinstance(content, str) else content
        self.run(f"install -D -m 644 /dev/stdin {shlex.quote(path)}", data)

    def journal(self, *options: str) -> list[dict[str, Any]]:
        """The entries of the running guest's journal; OPTIONS are journalctl's, for example -b or -u UNIT."""
        # Read on the host: journalctl is slow in the guest. tar's status 1 says that the journal grew meanwhile.
        status, archive, errors = self.ask(
            "journalctl --sync && tar -cS --warning=no-file-changed -C /var/log/journal . || [ $? = 1 ]", b"", 60)
        if status:
            raise MachineError(f"cannot read the journal: {errors.decode(errors='replace')}")
        with tempfile.TemporaryDirectory(dir=self.folder) as copy:
            subprocess.run(["tar", "--extract", f"--directory={copy}"], input=archive, check=True)
            text = subprocess.run(["journalctl", f"--directory={copy}", "--output=json", *options],
                                  check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in text.splitlines()]

    def power_off(self, seconds: float = 90) -> None:
        """Shut the guest down as an operator does."""
        assert self.process and self.channel
        seconds *= PATIENCE
        try:
            self.channel.run("systemctl --no-block poweroff", b"", seconds)
        except ChannelError:
            pass  # the guest may be gone before it answers
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise MachineError(f"the guest does not shut down within {seconds:g} s") from None
        self.ended()

    def power_cut(self) -> None:
        """Pull the plug. What the guest has not synced is gone."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.ended()

    def revive(self) -> None:
        """The guest runs and takes commands, whatever a scenario that failed has left: else it is booted anew."""
        try:
            self.run("true")
        except MachineError:
            self.power_cut()
            self.boot()

    def ended(self) -> None:
        if self.channel:
            self.channel.close()
        if self.monitor:
            self.monitor.close()
        self.process = self.channel = self.monitor = None
        for name in ("channel", "monitor"):
            (self.folder / name).unlink(missing_ok=True)

    def reboot(self, **options: Any) -> None:
        """A clean shutdown and a boot. OPTIONS are those of boot."""
        self.power_off()
        self.boot(**options)

    def plug(self, card: Card) -> None:
        """Insert a card into its slot while the guest runs, once what was unplugged there is gone."""
        assert self.monitor
        deadline = time.monotonic() + 60 * PATIENCE
        while card.name in [child["name"] for child in self.monitor.execute("qom-list", path="/machine/peripheral")]:
            if time.monotonic() > deadline:
                raise MachineError(f"{card.name} does not leave its slot")
            time.sleep(0.1)
        self.change(card, card.properties)
        own, = (own for own in self.cards if own.index == card.index)
        self.monitor.execute("device_add", **(own.firmware() if self.emulator else own.device()))

    def unplug(self, card: Card) -> None:
        assert self.monitor
        self.monitor.execute("device_del", id=card.name)

    def set(self, card: Card, **properties: Any) -> None:
        """Change what the firmware of a card does, from now on and from boot to boot: dead_vfs=2 for the property dead-vfs."""
        assert self.emulator, "a card without emulated firmware has no such properties"
        changed = {name.replace("_", "-"): value for name, value in properties.items()}
        self.change(card, changed)
        for name, value in changed.items() if self.monitor else ():
            self.monitor.execute("qom-set", path=f"/machine/peripheral/{card.name}", property=name, value=value)

    def change(self, card: Card, properties: dict[str, Any]) -> None:
        """What the card is like from its next insertion or boot on."""
        self.cards = [replace(own, properties=own.properties | properties) if own.index == card.index else own
                      for own in self.cards]
