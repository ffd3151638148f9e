"""The kernel contract, which `swift test` holds the simulated kernel to, holds for this kernel and adapter as well."""
from harness.expect import CONTROL, boot
from harness.machine import Machine
from harness.payload import REPOSITORY

PROGRAM = "/usr/libexec/kernel-contract"


def scenario(machine: Machine) -> None:
    machine.files[PROGRAM] = (REPOSITORY / ".build/dist/kernel-contract").read_bytes()
    boot(machine)
    # Time to look while VFs are being made.
    machine.run(f"echo 200 > {CONTROL}/vf_create_delay_ms")
    result = machine.attempt(f"{PROGRAM} 0000:01:00.0", seconds=300)
    assert result.status == 0, result.output + result.errors
