import Checks
import Model
import SimulatedHost
import Testing

/// Files of a host, and who then makes VFs on the PF `ibs21`.
struct BootRow: Sendable, CustomTestStringConvertible {
  enum Expectation: Equatable { case certain(Int?), may, nothing }

  let name: String
  let files: [String: SimulatedDisk.File]
  let expected: Expectation
  let program: String?

  var testDescription: String { name }

  /// - Parameters:
  ///   - files: Scripts are those that begin with `#!`, and may be executed. `W` is the write of 4.
  ///   - links: Symbolic links among the files.
  init(
    _ name: String, _ expected: Expectation, by program: String? = nil, _ files: [String: String],
    links: [String: String] = [:]
  ) {
    self.name = name
    self.expected = expected
    self.program = program
    self.files = files.mapValues { text in
      var file = SimulatedDisk.File(contents: text.replacing("<write>", with: Self.write))
      if text.hasPrefix("#!") { file.mode = 0o755 }
      return file
    }.merging(links.mapValues { .link(to: $0) }) { $1 }
  }

  static let path = "/sys/class/net/ibs21/device/sriov_numvfs"
  static let write = "echo 4 > \(path)"

  /// An InfiniBand PF that udev has renamed.
  static let pf = PhysicalFunction(
    pciAddress: PCIAddress(domain: 0, bus: 0xb1, device: 0, function: 0), nodeGUID: nil, boardID: nil,
    deviceID: "1017", linkLayer: .infiniBand, rdmaDevice: "ibp177s0", netdev: "ibs21")
  /// Another one of the same host.
  static let other = PhysicalFunction(
    pciAddress: PCIAddress(domain: 0, bus: 1, device: 0, function: 1), nodeGUID: nil, boardID: nil, deviceID: "101d",
    linkLayer: .ethernet, rdmaDevice: "rocep1s0f1", netdev: "ens1f1np1")

  var owners: [Owner] { Owner.others(of: Self.pf, onHostWith: files) }

  var found: Expectation {
    guard let owner = owners.first else { return .nothing }
    return owner.isCertain ? .certain(owner.count) : .may
  }
}

/// A script at boot.
private func script(_ name: String, _ expected: BootRow.Expectation, _ lines: String, others: [String: String] = [:])
  -> BootRow
{
  BootRow(
    name, expected, ["/etc/rc.local": "#!/bin/sh\n\(lines)\n"].merging(others) { $1 })
}

extension BootRow {
  /// Where it stands.
  static let places: [BootRow] = [
    BootRow("rc.local", .certain(4), by: "rc.local", ["/etc/rc.local": "#!/bin/sh -e\n<write>\nexit 0\n"]),
    BootRow(
      "rc.local of RHEL, with the link to it", .certain(4), ["/etc/rc.d/rc.local": "#!/bin/sh\n<write>\n"],
      links: ["/etc/rc.local": "rc.d/rc.local"]),
    BootRow("rc.local that may not be executed", .may, ["/etc/rc.local": "<write>\n"]),
    BootRow("SUSE's boot.local", .certain(4), by: "boot.local", ["/etc/init.d/boot.local": "#!/bin/sh\n<write>\n"]),
    BootRow(
      "an init script that is linked", .certain(4), by: "init.d",
      [
        "/etc/init.d/vfs":
          "#!/bin/sh\ncase $1 in\nstart)\n  <write>\n  ;;\nstop)\n  echo 0 > /sys/class/net/ibs21/device/sriov_numvfs ;;\nesac\n"
      ], links: ["/etc/rc2.d/S05vfs": "../init.d/vfs"]),
    BootRow("an init script that is not", .may, ["/etc/init.d/vfs": "#!/bin/sh\n<write>\n"]),
    BootRow(
      "openibd's hook", .certain(4), by: "openibd", ["/etc/infiniband/post-start-hook.sh": "#!/bin/bash\n<write>\n"]),
    BootRow(
      "interfaces", .certain(4), by: "ifupdown",
      ["/etc/network/interfaces": "auto ibs21\niface ibs21 inet manual\n  pre-up <write>\n"]),
    BootRow(
      "interfaces, by the variable for the name", .certain(4),
      [
        "/etc/network/interfaces.d/vf":
          "allow-hotplug ibs21\niface ibs21 inet dhcp\n\tup echo 4 > /sys/class/net/$IFACE/device/sriov_numvfs\n"
      ]),
    BootRow(
      "interfaces, brought up by a person", .may, ["/etc/network/interfaces": "iface ibs21 inet manual\n  up <write>\n"]
    ),
    BootRow(
      "interfaces, when it goes down, or in a comment", .nothing,
      ["/etc/network/interfaces": "auto ibs21\niface ibs21 inet manual\n  down <write>\n  # up <write>\n"]),
    BootRow("a script of if-up.d", .certain(4), by: "ifupdown", ["/etc/network/if-up.d/vfs": "#!/bin/sh\n<write>\n"]),
    BootRow("one that run-parts leaves out", .may, ["/etc/network/if-pre-up.d/vfs.sh": "#!/bin/sh\n<write>\n"]),
    BootRow("RHEL's ifup-local", .certain(4), ["/sbin/ifup-local": "#!/bin/sh\n<write>\n"]),
    BootRow(
      "sysfs.conf", .certain(4), by: "sysfsutils", ["/etc/sysfs.conf": "class/net/ibs21/device/sriov_numvfs = 4\n"]),
    BootRow("sysfs.d", .certain(8), ["/etc/sysfs.d/vf.conf": "# x\nbus/pci/devices/0000:b1:00.0/sriov_numvfs=8\n"]),
    BootRow(
      "sysfs.d, the mode of the file", .nothing,
      ["/etc/sysfs.d/vf.conf": "mode class/net/ibs21/device/sriov_numvfs = 600\n"]),
    BootRow(
      "tmpfiles.d", .certain(4), by: "systemd-tmpfiles",
      ["/etc/tmpfiles.d/vf.conf": "w /sys/class/net/ibs21/device/sriov_numvfs - - - - 4\n"]),
    BootRow(
      "tmpfiles.d of a package, at boot only", .certain(4),
      ["/usr/lib/tmpfiles.d/vf.conf": "w! /sys/bus/pci/devices/0000:b1:00.0/sriov_numvfs - - - - 4\n"]),
    BootRow(
      "tmpfiles.d that is replaced", .nothing,
      [
        "/usr/lib/tmpfiles.d/vf.conf": "w /sys/class/net/ibs21/device/sriov_numvfs - - - - 4\n",
        "/etc/tmpfiles.d/vf.conf": "# none\n",
      ]),
    BootRow(
      "tmpfiles.d, the mode of the file", .nothing,
      ["/run/tmpfiles.d/vf.conf": "z /sys/class/net/ibs21/device/sriov_numvfs 0600 - - - -\n"]),
    BootRow("cron at boot", .certain(4), by: "cron", ["/etc/cron.d/vf": "PATH=/bin\n@reboot root <write>\n"]),
    BootRow("root's crontab", .certain(4), ["/var/spool/cron/crontabs/root": "@reboot sleep 10 && <write>\n"]),
    BootRow("cron at any time", .certain(4), ["/etc/crontab": "*/5 * * * * root <write>\n"]),
    BootRow("cron, in a comment", .nothing, ["/etc/crontab": "# @reboot root <write>\n"]),
    BootRow("anacron", .certain(4), by: "anacron", ["/etc/anacrontab": "1 5 vfs <write>\n"]),
    BootRow(
      "NetworkManager's dispatcher", .certain(4), by: "NetworkManager-dispatcher",
      ["/etc/NetworkManager/dispatcher.d/pre-up.d/10-vf": "#!/bin/bash\n[ \"$1\" = ibs21 ] && <write>\n"]),
    BootRow(
      "NetworkManager's dispatcher, for any interface", .may,
      [
        "/etc/NetworkManager/dispatcher.d/10-vf":
          "#!/bin/bash\necho 4 > /sys/class/net/$DEVICE_IFACE/device/sriov_numvfs\n"
      ]),
    BootRow(
      "networkd-dispatcher", .certain(4), by: "networkd-dispatcher",
      ["/etc/networkd-dispatcher/routable.d/vf": "#!/bin/sh\n<write>\n"]),
    BootRow(
      "cloud-init, at each boot", .certain(4), by: "cloud-init",
      ["/etc/cloud/cloud.cfg.d/vf.cfg": "bootcmd:\n  - [sh, -c, 'echo 4 > /sys/class/net/ibs21/device/sriov_numvfs']\n"]
    ),
    BootRow(
      "cloud-init, as text", .certain(4),
      ["/var/lib/cloud/instance/cloud-config.txt": "#cloud-config\nbootcmd:\n- <write>\n"]),
    BootRow(
      "cloud-init, at the first boot only", .nothing, ["/etc/cloud/cloud.cfg.d/vf.cfg": "runcmd:\n  - <write>\n"]),
    BootRow(
      "cloud-init's script for each boot", .certain(4),
      ["/var/lib/cloud/scripts/per-boot/vf.sh": "#!/bin/sh\n<write>\n"]),
    BootRow(
      "tuned, the profile that is active", .certain(4), by: "tuned",
      [
        "/etc/tuned/vf/tuned.conf": "[sysfs]\n/sys/class/net/ibs21/device/sriov_numvfs=4\n",
        "/etc/tuned/active_profile": "vf\n",
      ]),
    BootRow(
      "tuned, another profile", .may,
      ["/etc/tuned/vf/tuned.conf": "[sysfs]\n/sys/class/net/ibs21/device/sriov_numvfs=4\n"]),
    BootRow(
      "tuned's script", .certain(4),
      [
        "/etc/tuned/vf/tuned.conf": "[script]\nscript=${i:PROFILE_DIR}/vf.sh\n",
        "/etc/tuned/vf/vf.sh": "#!/bin/sh\n<write>\n", "/etc/tuned/active_profile": "vf\n",
      ]),
    BootRow("a hook of libvirt", .may, ["/etc/libvirt/hooks/qemu": "#!/bin/sh\n<write>\n"]),
    BootRow("a generator of units", .certain(4), ["/etc/systemd/system-generators/vf": "#!/bin/sh\n<write>\n"]),
    BootRow(
      "modprobe", .certain(4), by: "modprobe",
      [
        "/etc/modprobe.d/vf.conf": "install mlx5_core modprobe -i mlx5_core && /opt/vf\n",
        "/opt/vf": "#!/bin/sh\n<write>\n",
      ]),
    BootRow(
      "a rule that runs a script", .certain(4), by: "udev",
      [
        "/etc/udev/rules.d/vf.rules": "SUBSYSTEM==\"net\", KERNEL==\"ibs21\", RUN+=\"/opt/vf %k\"\n",
        "/opt/vf": "#!/bin/sh\necho 4 > /sys/class/net/$1/device/sriov_numvfs\n",
      ]),
    BootRow(
      "sriov-netplan-shim", .certain(16), by: "sriov-netplan-shim",
      ["/etc/sriov-netplan-shim/interfaces.yaml": "interfaces:\n  ibs21:\n    num_vfs: 16\n"]),
    BootRow(
      "OpenStack's os-net-config", .certain(5), by: "os-net-config",
      ["/var/lib/os-net-config/sriov_config.yaml": "- {device_type: pf, name: ibs21, numvfs: 5, promisc: 'on'}\n"]),
    BootRow(
      "nmstate", .certain(3), by: "nmstate",
      ["/etc/nmstate/vf.yml": "interfaces:\n- name: ibs21\n  ethernet:\n    sr-iov: {total-vfs: 3}\n"]),
    BootRow("nmstate, without VFs", .nothing, ["/etc/nmstate/vf.yml": "interfaces:\n- name: ibs21\n  mtu: 2044\n"]),
  ]

  private static let wanted = [
    "/etc/systemd/system/multi-user.target.wants/vf.service": "/etc/systemd/system/vf.service"
  ]

  static let units: [BootRow] = [
    BootRow(
      "a unit with a script without .sh", .certain(4), by: "systemd",
      [
        "/etc/systemd/system/vf.service": "[Service]\nExecStart=/usr/local/sbin/make-vfs\n",
        "/usr/local/sbin/make-vfs": "#!/bin/bash\n<write>\n",
      ], links: wanted),
    BootRow(
      "a script by its name alone", .certain(4),
      [
        "/etc/systemd/system/vf.service": "[Service]\nExecStart=make-vfs\n",
        "/usr/local/bin/make-vfs": "#!/bin/bash\n<write>\n",
      ], links: wanted),
    BootRow(
      "a script with arguments", .certain(6),
      [
        "/etc/systemd/system/vf.service": "[Service]\nExecStart=/bin/bash -e /opt/vf ibs21 6\n",
        "/opt/vf": "#!/bin/bash\necho $2 > /sys/class/net/$1/device/sriov_numvfs\n",
      ], links: wanted),
    BootRow(
      "a unit before the start", .certain(4),
      [
        "/etc/systemd/system/vf.service":
          "[Service]\nExecStartPre=-/bin/sh -c 'echo 4 | tee /sys/class/net/ibs21/device/sriov_numvfs'\nExecStart=/bin/true\n"
      ], links: wanted),
    BootRow(
      "a unit of a package, enabled in /usr/lib", .certain(4),
      ["/usr/lib/systemd/system/vf.service": "[Service]\nExecStart=/bin/sh -c '<write>'\n"],
      links: ["/usr/lib/systemd/system/multi-user.target.wants/vf.service": "../vf.service"]),
    BootRow(
      "a unit below /run", .certain(4),
      ["/run/systemd/system/vf.service": "[Service]\nExecStart=/bin/sh -c '<write>'\n"],
      links: ["/run/systemd/system/network.target.wants/vf.service": "/run/systemd/system/vf.service"]),
    BootRow(
      "a drop-in of a package's unit", .certain(4),
      [
        "/lib/systemd/system/networking.service": "[Service]\nExecStart=/sbin/ifup -a\n",
        "/etc/systemd/system/networking.service.d/vf.conf": "[Service]\nExecStartPost=/bin/sh -c '<write>'\n",
      ],
      links: [
        "/etc/systemd/system/multi-user.target.wants/networking.service": "/lib/systemd/system/networking.service"
      ]),
    BootRow(
      "a drop-in that takes it back", .nothing,
      [
        "/etc/systemd/system/vf.service": "[Service]\nExecStart=/bin/sh -c '<write>'\n",
        "/etc/systemd/system/vf.service.d/no.conf": "[Service]\nExecStart=\nExecStart=/bin/true\n",
      ], links: wanted),
    BootRow(
      "a unit that is masked", .nothing,
      ["/usr/lib/systemd/system/vf.service": "[Service]\nExecStart=/bin/sh -c '<write>'\n", "/dev/null": ""],
      links: [
        "/etc/systemd/system/vf.service": "/dev/null",
        "/usr/lib/systemd/system/multi-user.target.wants/vf.service": "../vf.service",
      ]),
    BootRow(
      "a unit that is not enabled", .may,
      ["/etc/systemd/system/vf.service": "[Service]\nExecStart=/bin/sh -c '<write>'\n"]),
    BootRow(
      "a unit that another wants by its words", .certain(4),
      [
        "/etc/systemd/system/vf.service": "[Unit]\nWants=other.service\n",
        "/etc/systemd/system/other.service": "[Service]\nExecStart=/bin/sh -c '<write>'\n",
      ], links: wanted),
    BootRow(
      "a unit of a timer", .certain(4),
      [
        "/etc/systemd/system/vf.timer": "[Timer]\nOnBootSec=10\n",
        "/etc/systemd/system/vf.service": "[Service]\nExecStart=/bin/sh -c '<write>'\n",
      ], links: ["/etc/systemd/system/timers.target.wants/vf.timer": "/etc/systemd/system/vf.timer"]),
    BootRow(
      "a unit for the end", .may, ["/etc/systemd/system/vf.service": "[Service]\nExecStart=/bin/sh -c '<write>'\n"],
      links: ["/etc/systemd/system/shutdown.target.wants/vf.service": "../vf.service"]),
    BootRow(
      "a unit's end", .nothing,
      ["/etc/systemd/system/vf.service": "[Service]\nExecStart=/bin/true\nExecStop=/bin/sh -c '<write>'\n"],
      links: wanted),
    BootRow(
      "a unit without a shell writes nothing", .nothing,
      [
        "/etc/systemd/system/vf.service":
          "[Service]\nExecStart=/bin/echo 4 > /sys/class/net/ibs21/device/sriov_numvfs\n"
      ], links: wanted),
    BootRow(
      "a template's instance by name", .certain(4),
      [
        "/etc/systemd/system/vf@.service":
          "[Service]\nExecStart=/bin/sh -c 'echo 4 > /sys/class/net/%i/device/sriov_numvfs'\n"
      ], links: ["/etc/systemd/system/multi-user.target.wants/vf@ibs21.service": "/etc/systemd/system/vf@.service"]),
    BootRow(
      "a template's instance of another PF", .nothing,
      [
        "/etc/systemd/system/vf@.service":
          "[Service]\nExecStart=/bin/sh -c 'echo 4 > /sys/class/net/%i/device/sriov_numvfs'\n"
      ], links: ["/etc/systemd/system/multi-user.target.wants/vf@ens9.service": "/etc/systemd/system/vf@.service"]),
    BootRow(
      "variables of a unit", .certain(4),
      [
        "/etc/systemd/system/vf.service":
          "[Service]\nEnvironment=PF=ibs21 \"N=4\"\nExecStart=/bin/sh -c 'echo $$N > /sys/class/net/${PF}/device/sriov_numvfs'\n"
      ], links: wanted),
    BootRow(
      "a file with a unit's variables", .certain(9),
      [
        "/etc/systemd/system/vf.service":
          "[Service]\nEnvironmentFile=-/etc/default/vf\nExecStart=/bin/sh -c 'echo ${N} > /sys/class/net/${PF}/device/sriov_numvfs'\n",
        "/etc/default/vf": "# VFs\nPF=\"ibs21\"\nN=9\n",
      ], links: wanted),
    BootRow(
      "a Python script", .may,
      [
        "/etc/systemd/system/vf.service": "[Service]\nExecStart=/usr/bin/python3 /opt/vf.py\n",
        "/opt/vf.py":
          "#!/usr/bin/python3\nwith open(f'/sys/class/net/{dev}/device/sriov_numvfs', 'w') as f:\n  f.write('4')\n",
      ], links: wanted),
    BootRow(
      "a Python script that reads", .nothing,
      [
        "/etc/systemd/system/vf.service": "[Service]\nExecStart=/opt/vf.py\n",
        "/opt/vf.py":
          "#!/usr/bin/env python3\n# write sriov_numvfs\nn = open('/sys/class/net/ibs21/device/sriov_numvfs').read()\n",
      ], links: wanted),
    BootRow(
      "a program", .nothing,
      ["/etc/systemd/system/vf.service": "[Service]\nExecStart=/opt/vf\n", "/opt/vf": "\u{7f}ELF\n<write>\n"],
      links: wanted),
    BootRow(
      "a script that is looked at", .nothing,
      ["/etc/systemd/system/vf.service": "[Service]\nExecStart=/bin/cat /opt/vf\n", "/opt/vf": "#!/bin/sh\n<write>\n"],
      links: wanted),
  ]

  /// How it is written.
  static let scripts: [BootRow] = [
    script("by PCI address", .certain(4), "echo 4 >/sys/bus/pci/devices/0000:b1:00.0/sriov_numvfs"),
    script("below the driver", .certain(4), "echo 4 >/sys/bus/pci/drivers/mlx5_core/0000:b1:00.0/sriov_numvfs"),
    script(
      "below the driver, all", .certain(4),
      "for f in /sys/bus/pci/drivers/mlx5_core/*/sriov_numvfs; do echo 4 > $f; done"),
    script(
      "in place of another driver's", .nothing,
      "for f in /sys/bus/pci/drivers/ixgbe/*/sriov_numvfs; do echo 4 > $f; done"),
    script(
      "below the root complex", .certain(4), "echo 4 > /sys/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.0/sriov_numvfs"),
    script("another PF", .nothing, "echo 4 >/sys/bus/pci/devices/0000:b1:00.1/sriov_numvfs"),
    script("OFED's file", .certain(4), "echo 4 > /sys/class/infiniband/ibp177s0/device/mlx5_num_vfs"),
    script("printf", .certain(4), "printf '4\\n' > \(path)"),
    script("appended", .certain(4), "echo \"4\" >> \"\(path)\""),
    script("clobbered", .certain(4), "echo 4 >| \(path)"),
    script("tee", .certain(4), "echo 4 | sudo tee \(path) > /dev/null"),
    script("tee of several", .certain(4), "echo 4 | tee -a /tmp/log \(path)"),
    script("tee of a here-string", .certain(4), "tee \(path) <<< 4"),
    script("tee of a here-document", .certain(4), "tee \(path) <<EOF\n4\nEOF"),
    script("dd", .certain(4), "echo 4 | dd of=\(path) bs=1"),
    script("cp", .certain(nil), "cp /etc/count \(path)"),
    script("the output before the words", .certain(4), "> \(path) echo 4"),
    script("in a subshell of another shell", .certain(4), "sudo -n bash -lc \"echo 4 > \(path)\""),
    script("in a command substitution", .certain(4), "res=`echo 4 > \(path)`\nother=$(true)"),
    script("in a function", .certain(4), "make() {\n  \(write)\n}\nmake"),
    script("in branches", .certain(4), "if [ -e \(path) ]; then\n  test 1 -gt 0 && \(write)\nfi"),
    script("behind a guard", .certain(4), "grep -q 4 \(path) || \(write)"),
    script("zero on the way", .certain(4), "echo 0 > \(path); \(write)"),
    script("zero alone", .certain(0), "echo 0 > \(path)"),
    script("a loop over a glob", .certain(4), "for d in /sys/class/net/*/device; do\n  echo 4 > $d/sriov_numvfs\ndone"),
    script(
      "a loop over names", .certain(4),
      "for p in ens9 ibs21\ndo echo 4 > \"/sys/class/net/${p}/device/sriov_numvfs\"\ndone"),
    script(
      "a loop over a list in a variable", .certain(4),
      "PFS=\"ens9 ibs21\"\nfor p in $PFS; do echo 4 > /sys/class/net/$p/device/sriov_numvfs; done"),
    script(
      "a loop over an array", .certain(4),
      "PFS=(ens9 ibs21)\nfor p in \"${PFS[@]}\"; do echo 4 > /sys/class/net/$p/device/sriov_numvfs; done"),
    script(
      "a loop over names of other PFs", .nothing,
      "for p in ens8 ens9; do echo 4 > /sys/class/net/$p/device/sriov_numvfs; done"),
    script("variables", .certain(4), "PF=ibs21\nNUM=4\nF=/sys/class/net/$PF/device/sriov_numvfs\necho $NUM > $F"),
    script(
      "the name of the file in a variable", .certain(4), "F=sriov_numvfs\necho 4 > /sys/class/net/ibs21/device/$F"),
    script("a variable that changes", .nothing, "PF=ibs21\nPF=ens9\necho 4 > /sys/class/net/$PF/device/sriov_numvfs"),
    script(
      "a variable that may change", .certain(4),
      "PF=ibs21\nif true; then PF=ens9; fi\necho 4 > /sys/class/net/$PF/device/sriov_numvfs"),
    script("a variable's default", .certain(4), "echo 4 > /sys/class/net/${PF:-ibs21}/device/sriov_numvfs"),
    script("a variable that is not known", .may, "echo 4 > /sys/class/net/$PF/device/sriov_numvfs"),
    script(
      "a name that is asked for", .may,
      "PF=$(ls /sys/class/net | head -1)\necho 4 > /sys/class/net/$PF/device/sriov_numvfs"),
    script("a link that is resolved", .certain(4), "echo 4 > $(readlink -f /sys/class/net/ibs21/device)/sriov_numvfs"),
    script("a function's argument", .may, "make() { echo $2 > /sys/class/net/$1/device/sriov_numvfs; }\nmake ibs21 4"),
    script("a working directory", .certain(4), "cd /sys/class/net/ibs21/device && echo 4 > sriov_numvfs"),
    script("a working directory that is not known", .may, "echo 4 > sriov_numvfs"),
    script("a line that goes on", .certain(4), "echo 4 \\\n  > \\\n  \(path)"),
    script("Windows' line ends", .certain(4), "true\r\n\(write)\r"),
    script("escaped", .certain(4), "echo 4 > /sys/bus/pci/devices/0000\\:b1\\:00.0/sriov_numvfs"),
    script("a script that it calls", .certain(4), "/opt/vf || true", others: ["/opt/vf": "#!/bin/sh\n\(write)\n"]),
    script(
      "a script that a script calls", .certain(4), "nohup /opt/a &",
      others: ["/opt/a": "#!/bin/sh\nexec /opt/b\n", "/opt/b": "#!/bin/sh\n\(write)\n"]),
    script("a script that is sourced", .certain(4), ". /opt/vf", others: ["/opt/vf": "\(write)\n"]),
    script(
      "settings that are sourced", .certain(7), ". /etc/default/vf\necho $N > /sys/class/net/$PF/device/sriov_numvfs",
      others: ["/etc/default/vf": "PF=ibs21\nN=7\n"]),
    script(
      "a folder of scripts", .certain(4), "run-parts /etc/vf.d", others: ["/etc/vf.d/10": "#!/bin/sh\n\(write)\n"]),
    script("a script that starts itself", .nothing, "/etc/rc.local; . /etc/rc.local"),
    script(
      "a script that is not called", .nothing, "[ -x /opt/vf ] && cat /opt/vf",
      others: ["/opt/vf": "#!/bin/sh\n\(write)\n"]),

    script("a comment", .nothing, "# \(write)\ntrue # \(write)"),
    script(
      "a here-document for another program", .nothing,
      "cat > /etc/motd <<EOF\n\(write)\nEOF\ncat <<-'E'\n\t\(write)\n\tE\ntrue"),
    script("a here-document for a shell", .certain(4), "bash <<EOF\n\(write)\nEOF"),
    script("a log that names the file", .nothing, "echo 'now: \(write)' >> /var/log/vf; logger \"\(write)\""),
    script("a read", .nothing, "cat \(path) > /tmp/n; n=$(cat \(path)); [ $(cat \(path)) = 0 ] && logger none"),
    script("a comparison", .nothing, "[[ $(cat \(path)) > 3 ]] && true"),
    script("errors that go there", .nothing, "true 2> \(path)"),
    script("a file of the same name with more", .nothing, "echo 4 > \(path).old"),
    script("when it stops", .nothing, "case \"$1\" in\n  stop|down) \(write) ;;\n  *) true ;;\nesac"),
    script("quotes that never end", .nothing, "echo '\n\(write)"),
    script("parentheses that never end", .nothing, "echo $(( ( ${ ` (("),
    script("what is no text", .certain(4), "printf '\u{fffd}\u{0}\u{1}'\n\(write)"),
    script(
      "a file that is too large", .nothing, "/opt/vf",
      others: ["/opt/vf": "#!/bin/sh\n\(write)\n" + String(repeating: "#", count: 300_000)]),
    script(
      "values without end", .may,
      "A='1 2 3 4 5 6 7 8 9'\nfor a in $A; do B=$A$A$A; B=$B$B$B; done\necho 4 > /sys/class/net/$X$B/device/sriov_numvfs"
    ),
  ]
}
