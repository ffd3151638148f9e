/// A place where a host keeps what is configured or run when it boots.
struct BootPlace {
  enum Contents {
    /// A script that is run where it may be executed.
    case script
    /// A script that is run whether it may be executed or not.
    case anyScript
    /// Scripts as the first, of which Debian's run-parts leaves out those with a dot in their names.
    case runParts
    /// ifupdown's.
    case interfaces
    /// sysfsutils': `class/net/ens1/device/sriov_numvfs = 4`.
    case sysfs
    /// systemd-tmpfiles': `w /sys/... - - - - 4`.
    case tmpfiles
    /// cron's; whether a column names the user.
    case crontab(namesUser: Bool)
    /// anacron's.
    case anacrontab
    /// A profile of tuned's.
    case tuned
    /// cloud-init's `bootcmd`, in YAML.
    case cloudConfig
  }

  let program: String
  /// Patterns for paths. A file that an earlier one finds replaces those of its name that later ones find.
  let paths: [String]
  let contents: Contents
  /// False where a boot alone does not run it, or where that depends on what cannot be seen here.
  var isRunAtBoot = true
}

extension BootPlace {
  /// Well-known ones of the distributions, but for units, modprobe.d and udev's rules, which have files of their own here.
  static let all = [
    BootPlace("rc.local", "/etc/rc.local", .script),
    BootPlace("rc.local", "/etc/rc.d/rc.local", .script),
    // SUSE.
    BootPlace("boot.local", "/etc/init.d/boot.local", .script),
    BootPlace("after.local", "/etc/init.d/after.local", .script),
    BootPlace("init.d", "/etc/rc[S2345].d/S*", .script),
    BootPlace("init.d", "/etc/rc.d/rc[S2345].d/S*", .script),
    BootPlace("init.d", "/etc/init.d/*", .script, isRunAtBoot: false),
    BootPlace("init.d", "/etc/rc.d/init.d/*", .script, isRunAtBoot: false),
    // OpenRC, in place of systemd.
    BootPlace("local.d", "/etc/local.d/*.start", .script, isRunAtBoot: false),

    BootPlace("openibd", "/etc/infiniband/post-start-hook.sh", .anyScript),
    BootPlace("ifupdown", "/etc/network/interfaces", .interfaces),
    BootPlace("ifupdown", "/etc/network/interfaces.d/*", .interfaces),
    BootPlace("ifupdown", "/etc/network/if-pre-up.d/*", .runParts),
    BootPlace("ifupdown", "/etc/network/if-up.d/*", .runParts),
    BootPlace("network-scripts", "/sbin/ifup-pre-local", .script),
    BootPlace("network-scripts", "/sbin/ifup-local", .script),
    BootPlace("network-scripts", "/etc/sysconfig/network-scripts/ifup-*", .script, isRunAtBoot: false),
    BootPlace("wicked", "/etc/sysconfig/network/if-up.d/*", .script),
    BootPlace("wicked", "/etc/sysconfig/network/scripts/*", .script, isRunAtBoot: false),
    BootPlace(
      "NetworkManager-dispatcher", ["/etc", "/usr/lib"].map { "\($0)/NetworkManager/dispatcher.d/*" }, .script),
    BootPlace(
      "NetworkManager-dispatcher", ["/etc", "/usr/lib"].map { "\($0)/NetworkManager/dispatcher.d/pre-up.d/*" }, .script),
    BootPlace(
      "NetworkManager-dispatcher", ["/etc", "/usr/lib"].map { "\($0)/NetworkManager/dispatcher.d/no-wait.d/*" },
      .script),
    BootPlace("networkd-dispatcher", "/etc/networkd-dispatcher/*.d/*", .script),
    BootPlace("networkd-dispatcher", "/usr/lib/networkd-dispatcher/*.d/*", .script),
    BootPlace("dhclient", "/etc/dhcp/dhclient-*-hooks.d/*", .script, isRunAtBoot: false),

    BootPlace("sysfsutils", "/etc/sysfs.conf", .sysfs),
    BootPlace("sysfsutils", "/etc/sysfs.d/*.conf", .sysfs),
    BootPlace(
      "systemd-tmpfiles", ["/etc", "/run", "/usr/local/lib", "/usr/lib"].map { "\($0)/tmpfiles.d/*.conf" }, .tmpfiles),
    BootPlace(
      "systemd generator",
      ["/run/systemd", "/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"].map {
        "\($0)/system-generators/*"
      },
      .script),
    BootPlace("tuned", ["/etc", "/usr/lib"].map { "\($0)/tuned/*/tuned.conf" }, .tuned),
    BootPlace("tuned", ["/etc", "/usr/lib"].map { "\($0)/tuned/profiles/*/tuned.conf" }, .tuned),

    BootPlace("cron", "/etc/crontab", .crontab(namesUser: true)),
    BootPlace("cron", "/etc/cron.d/*", .crontab(namesUser: true)),
    BootPlace("cron", "/var/spool/cron/crontabs/root", .crontab(namesUser: false)),
    BootPlace("cron", "/var/spool/cron/tabs/root", .crontab(namesUser: false)),
    BootPlace("cron", "/var/spool/cron/root", .crontab(namesUser: false)),
    BootPlace("cron", "/etc/cron.hourly/*", .runParts),
    BootPlace("cron", "/etc/cron.daily/*", .runParts),
    BootPlace("cron", "/etc/cron.weekly/*", .runParts),
    BootPlace("cron", "/etc/cron.monthly/*", .runParts),
    BootPlace("anacron", "/etc/anacrontab", .anacrontab),

    BootPlace("cloud-init", "/var/lib/cloud/scripts/per-boot/*", .script),
    BootPlace("cloud-init", "/etc/cloud/cloud.cfg", .cloudConfig),
    BootPlace("cloud-init", "/etc/cloud/cloud.cfg.d/*.cfg", .cloudConfig),
    BootPlace("cloud-init", "/var/lib/cloud/instance/cloud-config.txt", .cloudConfig),
    BootPlace("initramfs", "/etc/initramfs-tools/scripts/*/*", .script, isRunAtBoot: false),
    BootPlace("dracut", "/usr/lib/dracut/modules.d/*/*.sh", .script, isRunAtBoot: false),
    BootPlace("libvirt", "/etc/libvirt/hooks/*", .script, isRunAtBoot: false),
    BootPlace("libvirt", "/etc/libvirt/hooks/*.d/*", .script, isRunAtBoot: false),
    BootPlace("Proxmox VE", "/var/lib/vz/snippets/*", .script, isRunAtBoot: false),
  ]

  private init(_ program: String, _ paths: [String], _ contents: Contents, isRunAtBoot: Bool = true) {
    self.program = program
    self.paths = paths
    self.contents = contents
    self.isRunAtBoot = isRunAtBoot
  }

  private init(_ program: String, _ path: String, _ contents: Contents, isRunAtBoot: Bool = true) {
    self.init(program, [path], contents, isRunAtBoot: isRunAtBoot)
  }
}
