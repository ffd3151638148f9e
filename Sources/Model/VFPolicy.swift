/// What a VF's port state follows, in the words of MLNX_OFED's `sriov/<n>/policy`: the PF's port, always up, always
/// down. rtnetlink calls the same three auto, enable, disable.
package enum VFPolicy: String, Codable, Sendable, CaseIterable {
  case follow = "Follow"
  case up = "Up"
  case down = "Down"
}
