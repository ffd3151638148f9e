"""The Ansible role: what it does to a host whose package manager, service manager and sriov-persist are stand-ins."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ANSIBLE = Path(__file__).parents[2] / "docs/examples/ansible"
#: In the place of Ansible's module of that name: notes its parameters, and that something changed when they are new.
MODULE = """#!/usr/bin/python3
import json, os
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec={parameters}, supports_check_mode=True)
line = json.dumps({{name: value for name, value in module.params.items() if value is not None}}, sort_keys=True)
path = os.environ["NOTES"] + "/{name}"
known = open(path).read().splitlines() if os.path.exists(path) else []
with open(path, "a") as notes:
    print(line, file=notes)
module.exit_json(changed=line not in known)
"""
MODULES = {
    "apt": "dict(deb={})",
    "systemd": "dict(name={}, enabled=dict(type='bool'), daemon_reload=dict(type='bool'), state={})",
}
PROGRAM = """#!/bin/sh
echo "$@" >> "$NOTES/sriov-persist"
case "$1" in
check) cat "$NOTES/findings"; exit "$(cat "$NOTES/verdict")" ;;
save) mkdir -p /var/lib/sriov-persist/generations; echo "{}" > /var/lib/sriov-persist/generations/000001.json ;;
esac
"""
OTHER_PROGRAM = """#!/bin/sh
echo "$@" >> "$NOTES/${0##*/}"
"""
#: The host's /etc and /var are ROOT's: nothing of this machine is changed.
IN_NAMESPACE = """
for folder in etc var/lib var/cache; do mount --bind "$ROOT/$folder" "/$folder"; done
exec "$@"
"""
PACKAGE = "sriov-persist_0.1.0_amd64.deb"


class AnsibleRoleTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.root = self.folder / "root"
        self.notes = self.folder / "notes"
        for path in (self.notes, self.folder / "bin", self.folder / "library", self.root / "etc/udev/rules.d",
                     self.root / "etc/systemd/network", self.root / "var/lib", self.root / "var/cache"):
            path.mkdir(parents=True)
        for name in ("passwd", "group"):
            (self.root / "etc" / name).write_text(Path("/etc", name).read_text())
        for name, parameters in MODULES.items():
            (self.folder / "library" / f"{name}.py").write_text(MODULE.format(name=name, parameters=parameters))
        for name, text in {"sriov-persist": PROGRAM, "udevadm": OTHER_PROGRAM, "networkctl": OTHER_PROGRAM}.items():
            program = self.folder / "bin" / name
            program.write_text(text)
            program.chmod(0o755)
        (self.folder / "inventory").write_text(
            "[sriov]\nlocalhost ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n")
        (self.folder / PACKAGE).write_text("package")
        self.found()

    def found(self, *problems: str) -> None:
        """What `sriov-persist check` says from now on."""
        findings = [{"id": name, "verdict": "problem"} for name in problems] + [{"id": "port", "verdict": "ok"}]
        (self.notes / "findings").write_text(json.dumps({"version": 1, "findings": findings}))
        (self.notes / "verdict").write_text("1" if problems else "0")

    def play(self, *arguments: str, **variables: object) -> str:
        result = subprocess.run(
            ["unshare", "-rm", "sh", "-ec", IN_NAMESPACE, "sh", "ansible-playbook", "-i", str(self.folder / "inventory"),
             str(ANSIBLE / "site.yml"), "-e", json.dumps({"ansible_become": False, **variables}), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
            env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "HOME": str(self.folder),
                 "ROOT": str(self.root), "NOTES": str(self.notes), "ANSIBLE_LIBRARY": str(self.folder / "library"),
                 "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"})
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def noted(self, name: str) -> list[str]:
        path = self.notes / name
        return path.read_text().splitlines() if path.exists() else []

    def saves(self) -> int:
        return self.noted("sriov-persist").count("save")

    def test_it_is_understood(self) -> None:
        self.play("--syntax-check")

    def test_a_host_is_installed_set_up_and_saved_once(self) -> None:
        wanted = {"sriov_persist_package": str(self.folder / PACKAGE), "sriov_persist_configuration": {"netdevSeconds": 60},
                  "sriov_persist_unmanaged_vfs": True}
        self.play(**wanted)
        self.assertEqual(self.noted("apt"), ['{"deb": "/var/cache/sriov-persist.deb"}'])
        self.assertEqual((self.root / "var/cache/sriov-persist.deb").read_text(), "package")
        configuration = self.root / "etc/sriov-persist/config.json"
        self.assertEqual(json.loads(configuration.read_text()), {"netdevSeconds": 60})
        self.assertEqual(configuration.stat().st_mode & 0o777, 0o644)
        for name in ("udev/rules.d/92-sriov-persist-vfs.rules", "systemd/network/05-sriov-persist-vfs.network"):
            self.assertEqual((self.root / "etc" / name).read_text(), (ANSIBLE.parent / Path(name).name).read_text())
        self.assertEqual((self.noted("udevadm"), self.noted("networkctl")), (["control --reload"], ["reload"]))
        self.assertEqual(self.saves(), 1)

        generation = self.root / "var/lib/sriov-persist/generations/000001.json"
        generation.write_text("what this host has")
        self.assertRegex(self.play(**wanted), r"changed=0 ")
        self.assertEqual((self.saves(), generation.read_text()), (1, "what this host has"))

    def test_no_unit_is_started_that_may_change_vfs(self) -> None:
        self.play()
        units = [json.loads(line) for line in self.noted("systemd")]
        self.assertEqual([unit["name"] for unit in units if "state" in unit], ["sriov-persist-health.timer"])
        shipped = {unit.name for unit in (ANSIBLE.parents[2] / "units").iterdir() if "[Install]" in unit.read_text()}
        self.assertEqual({unit["name"] for unit in units if unit["enabled"]}, shipped)

    def test_a_host_that_is_not_set_up_is_told_of_and_not_saved(self) -> None:
        self.found("vf-count")
        said = self.play()
        self.assertIn('"id": "vf-count"', said)
        self.assertEqual(self.saves(), 0)
        self.found()
        self.play(sriov_persist_save=False)
        # As `-e sriov_persist_save=false` and an inventory give it.
        self.play(sriov_persist_save="false", sriov_persist_unmanaged_vfs="false")
        self.assertEqual((self.saves(), self.noted("udevadm")), (0, []))

    def test_a_check_run_changes_nothing(self) -> None:
        """On a host that has nothing of ours yet."""
        (self.folder / "bin/sriov-persist").unlink()
        self.play("--check", sriov_persist_package=str(self.folder / PACKAGE))
        self.assertEqual((self.noted("apt"), self.noted("systemd"), self.saves()), ([], [], 0))
        self.assertFalse((self.root / "etc/sriov-persist").exists())


if __name__ == "__main__":
    unittest.main()
