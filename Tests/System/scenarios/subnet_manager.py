"""OpenSM in the guest comes, is there already, is started anew; and VFs whose ports it does not bring up."""
import re

from harness.expect import CARDS, OTHER_PF, PF, ZERO_GUID, equal
from harness.machine import Machine
from harness.network import (CONFIGURATION, OPENSM, OPENSM_ON_ALL_PORTS, network_of, patience, properties, status_text, told,
                             wait_for_port, wait_for_words, warnings)
from harness.product import failed_units, restored, saved, wait_for_end

FIRMWARE = True
BEFORE = saved
PFS = PF, OTHER_PF
# A host whose network is online with its IPoIB netdevs: else OpenSM would be started before there is a port.
ONLINE_DROP_IN = "/etc/systemd/system/opensm.service.d/online.conf"
NETDEVS = " ".join(f"sys-subsystem-net-devices-{card.netdev}.device" for card in CARDS)
ONLINE = f"[Unit]\nWants={NETDEVS}\nAfter={NETDEVS} rdma-hw.target\n"


def comes_after_the_wait_began(machine: Machine) -> None:
    """The units wait, tell so each second, and are ready once the ports are ACTIVE."""
    machine.files |= OPENSM | {CONFIGURATION: patience(600)}
    machine.boot()
    restored(machine)
    for pf, place in (PF, "0000:01:00.0"), (OTHER_PF, "0000:02:00.0"):
        wait_for_words(machine, pf, f"port 1 of {place}: link up, no subnet manager yet (")
        equal(properties(machine, pf, "ActiveState"), ["activating"])
    said = machine.run(f"for second in 1 2 3; do systemctl show -P StatusText {network_of(PF)}; sleep 1.5; done")
    first, second, third = (int(seconds) for seconds in re.findall(r"\((\d+) s\)", said))
    assert first < second < third, said
    # What wakes them is libibverbs, although they are confined.
    machine.wait("[ $(rdma resource | grep -c ' ctx 1 ') = 2 ]")
    machine.run("systemctl start opensm")
    for pf in PFS:
        wait_for_port(machine, pf)
        assert re.search(r"active, SM LID \d+", status_text(machine, pf)), status_text(machine, pf)
        equal(len(told(machine, pf)), 1)
    machine.wait(f"[ $(cat {PF}/virtfn?/infiniband/*/ports/1/state | grep -c ACTIVE) = 4 ]")
    equal([warnings(machine, pf) for pf in PFS], ["", ""])
    equal(failed_units(machine), [])


def uses_no_vf(machine: Machine) -> None:
    """Neither OpenSM nor we keep an RDMA device open: a restore would take that for a VF in use."""
    for pf in PFS:
        wait_for_end(machine, network_of(pf))
    equal(machine.run("rdma resource | grep -v ' ctx 0 ' || true"), "")


def is_there_already(machine: Machine) -> None:
    for pf in PFS:
        machine.run(f"systemctl restart {network_of(pf)}")
        assert "active, SM LID" in status_text(machine, pf), status_text(machine, pf)
    assert "active, SM LID" in machine.run("sriov-persist restore")


def is_restarted(machine: Machine) -> None:
    """Nothing of ours notices: a port stays ACTIVE."""
    before = [properties(machine, pf, "InvocationID") for pf in PFS]
    machine.run("systemctl restart opensm")
    machine.wait("systemctl is-active -q opensm@0xb83fd20300100000 && sminfo -C ibp1s0 | grep -q SMINFO_MASTER")
    equal([properties(machine, pf, "InvocationID", "ActiveState") for pf in PFS], [[*run, "active"] for run in before])
    equal(failed_units(machine), [])


def on_all_ports(machine: Machine) -> None:
    """Debian's default starts one for each VF as well: told with what to write instead."""
    machine.put("/etc/default/opensm", OPENSM_ON_ALL_PORTS)
    machine.run(f"systemctl restart {network_of(OTHER_PF)}")
    wait_for_end(machine, network_of(OTHER_PF))
    assert OPENSM["/etc/default/opensm"].strip() in warnings(machine, OTHER_PF), warnings(machine, OTHER_PF)


def at_boot(machine: Machine) -> None:
    """On the same host, in the same boot, on PFs that already have VFs: no unit waits for another in a circle."""
    machine.run("systemctl enable opensm && systemctl add-wants multi-user.target network-online.target")
    machine.files |= {CONFIGURATION: patience(120), ONLINE_DROP_IN: ONLINE}
    machine.reboot()
    for pf in PFS:
        wait_for_port(machine, pf, seconds=120)
        equal(properties(machine, pf, "NRestarts"), ["0"])
        assert "active, SM LID" in status_text(machine, pf), status_text(machine, pf)
    equal(failed_units(machine), [])
    # Not by --grep: with no match that is an error to journalctl.
    equal([entry["MESSAGE"] for entry in machine.journal("-b", "_PID=1") if "ordering cycle" in str(entry["MESSAGE"])], [])


def vf_ports_down(machine: Machine) -> None:
    """Each for another reason: told by the reason, and no reason not to be ready."""
    machine.set(CARDS[0], unmanaged_vfs=1 << 2)
    machine.run(f"""set -e
        vf {PF} 0 policy Down
        vf {PF} 1 node {ZERO_GUID}
        vf {PF} 1 port {ZERO_GUID}
        sriov-persist save --accept-loss""")
    machine.run(f"systemctl restart {network_of(PF)}")
    wait_for_end(machine, network_of(PF))
    for vf, reason in enumerate(["policy Down", "GUID unset", "virt_enabled 2"]):
        assert re.search(rf"0000:01:00\.0.* VFs? {vf}: .*{reason}", warnings(machine, PF)), f"{reason}: {warnings(machine, PF)}"
    assert not re.search(r"VFs? [\d, -]*3", warnings(machine, PF)), warnings(machine, PF)
    equal(properties(machine, PF, "ActiveState", "NRestarts"), ["active", "0"])
    assert "active, SM LID" in status_text(machine, PF), status_text(machine, PF)
    machine.set(CARDS[0], unmanaged_vfs=0)


SCENARIOS = [comes_after_the_wait_began, uses_no_vf, is_there_already, is_restarted, on_all_ports, at_boot, vf_ports_down]
