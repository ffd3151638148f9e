"""The Debian package in a guest that never had the product: installed, upgraded, removed, purged, and the VFs never notice."""
from harness import package
from harness.expect import OTHER_CONTROL, OTHER_PF, PF, boot, equal
from harness.machine import Machine
from harness.network import network_of
from harness.package import apt
from harness.product import GATE, failed_units, invocation, observe, restored, set_up, unit_of, wait_for_end

# The guest begins without the product.
PRODUCT = None
TIMER = "sriov-persist-health.timer"
ENABLED = "sriov-persist-docker.service", TIMER, "sriov-persist-vfs.service", GATE
DEB, NEWER = "/var/tmp/sriov-persist.deb", "/var/tmp/newer.deb"
CONFIGURATION = "/etc/sriov-persist/config.json"
HEALTHY = "8b942c4974e84bc2b6fd40d528a9be4f"
WORKLOAD = "[Unit]\nRequires={0}\nAfter={0}\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"


def active_units(machine: Machine) -> list[str]:
    return machine.run("systemctl list-units --plain --no-legend --state=active 'sriov-persist*' | cut -d' ' -f1").split()


def runs(machine: Machine) -> dict[str, str]:
    """Each unit of ours that systemd knows, with its state and the run that made it."""
    names = machine.run("systemctl list-units --all --plain --no-legend 'sriov-persist*' | cut -d' ' -f1").split()
    return {name: f"{machine.run(f'systemctl show -P ActiveState {name}')} {invocation(machine, name)}" for name in names}


def told(machine: Machine) -> int:
    return len(machine.journal("-b", "-t", "sriov-persist"))


def hosts_vfs(machine: Machine) -> list[str]:
    return [observe(machine, pf) for pf in (PF, OTHER_PF)]


def nothing_outdated(machine: Machine) -> None:
    """systemd has read all unit files that are there."""
    equal(machine.run("systemctl show -P NeedDaemonReload 'sriov-persist*' | sort -u | tr -d '\\n'"), "no")


def package_installed(machine: Machine) -> None:
    """On a host with VFs, of which nothing is saved: the units are enabled, and only the health timer is started."""
    boot(machine)
    equal(machine.attempt("command -v sriov-persist").status, 1)
    for pf in PF, OTHER_PF:
        set_up(machine, pf, vfs=4)
    before = hosts_vfs(machine)
    configuration = machine.run(f"cat {CONFIGURATION}")
    deb = package.built()
    machine.put(DEB, deb.read_bytes())
    machine.put(NEWER, package.newer(deb, "99.0", GATE, "A newer gate"))
    apt(machine, f"install {DEB}")
    equal(active_units(machine), [TIMER])
    equal(machine.run(f"systemctl is-enabled {' '.join(ENABLED)}").split(), ["enabled"] * len(ENABLED))
    equal(told(machine), 0)
    equal(hosts_vfs(machine), before)
    equal(machine.run(f"cat {CONFIGURATION}"), configuration)
    nothing_outdated(machine)
    assert "Defined-By: sriov-persist" in machine.run(f"journalctl --dump-catalog {HEALTHY}")


def package_reaches_udev(machine: Machine) -> None:
    """The next event of an adapter names our unit, which is skipped while nothing is saved."""
    machine.run(f"udevadm trigger --settle --action=change {PF}/infiniband/*")
    machine.wait(f"[ $(systemctl show -P ConditionResult {unit_of(PF)}) = no ]")
    equal(active_units(machine), [TIMER])
    equal(failed_units(machine), [])


def package_restores(machine: Machine) -> None:
    """What the installed program saves, its units restore."""
    machine.run("sriov-persist save")
    for pf in PF, OTHER_PF:
        machine.put(f"/root/{pf.rsplit('/', 1)[1]}", observe(machine, pf))
    machine.reboot()
    restored(machine)
    for pf in PF, OTHER_PF:
        for unit in unit_of(pf), network_of(pf):
            wait_for_end(machine, unit)
    wait_for_end(machine, GATE)
    equal(failed_units(machine), [])


def package_upgraded(machine: Machine) -> None:
    """Over VFs that were changed behind our back: no unit is started or stopped, and nothing is written."""
    machine.put("/run/systemd/system/workload.service", WORKLOAD.format(GATE))
    machine.run("systemctl daemon-reload && systemctl start workload")
    machine.run(f"vf {PF} 2 policy Down; echo 0 > {OTHER_PF}/sriov_numvfs; udevadm settle")
    drifted, before, entries = hosts_vfs(machine), runs(machine), told(machine)
    for step in f"install --reinstall {DEB}", f"install {NEWER}":
        apt(machine, step)
        machine.run("udevadm settle")
        equal(hosts_vfs(machine), drifted)
        equal(runs(machine), before)
        equal(told(machine), entries)
        nothing_outdated(machine)
    equal(machine.run("dpkg-query -W -f '${Version}' sriov-persist"), "99.0")
    equal(machine.run(f"systemctl show -P Description {GATE}"), "A newer gate")


def package_removed(machine: Machine) -> None:
    """While one restore fails again and again: it ends, all else stays as it is, what requires the gate too."""
    machine.run(f"echo 5 > {OTHER_CONTROL}/count_errno; echo 1000 > {OTHER_CONTROL}/count_failures")
    machine.run(f"systemctl --no-block restart {unit_of(OTHER_PF)}")
    machine.wait(f"[ $(systemctl show -P SubState {unit_of(OTHER_PF)}) = auto-restart ]", seconds=60)
    drifted, generations = hosts_vfs(machine), machine.run("ls /var/lib/sriov-persist/generations")
    before = {name: run for name, run in runs(machine).items() if name not in (TIMER, unit_of(OTHER_PF))}
    apt(machine, "remove sriov-persist")
    equal(machine.attempt("command -v sriov-persist").status, 1)
    equal(hosts_vfs(machine), drifted)
    equal(machine.run("ls /var/lib/sriov-persist/generations"), generations)
    now = runs(machine)
    equal({name: run for name, run in now.items() if run.startswith("active")},
          {name: run for name, run in before.items() if run.startswith("active")})
    equal(machine.run("systemctl is-active workload"), "active")
    equal(machine.run("systemctl list-units --failed --plain --no-legend"), "")
    equal(machine.attempt(f"systemctl cat {GATE}").status, 1)


def package_installed_again(machine: Machine) -> None:
    """Over what is saved: nothing at all is started."""
    drifted, before, entries = hosts_vfs(machine), active_units(machine), told(machine)
    apt(machine, f"install {DEB}")
    equal(active_units(machine), before)
    equal(told(machine), entries)
    equal(hosts_vfs(machine), drifted)
    nothing_outdated(machine)


def package_purged(machine: Machine) -> None:
    """The generations are gone, the VFs are not; and the host boots without them and without us."""
    drifted = hosts_vfs(machine)
    apt(machine, "purge sriov-persist")
    equal(hosts_vfs(machine), drifted)
    for path in "/var/lib/sriov-persist", "/run/sriov-persist", "/etc/sriov-persist":
        equal(machine.attempt(f"[ -e {path} ]").status, 1)
    # The folder is the harness's own.
    left = machine.run("find /etc/systemd /lib/systemd /var/lib/systemd /lib/udev -name '*sriov-persist*'")
    equal(left, f"/etc/systemd/system/{TIMER}.d")
    assert "sriov-persist" not in machine.run("journalctl --dump-catalog")
    equal(machine.run("systemctl list-units --failed --plain --no-legend"), "")


SCENARIOS = [package_installed, package_reaches_udev, package_restores, package_upgraded, package_removed, package_installed_again,
             package_purged]
