import HostInterface
import Model
import TestSupport
import Testing

@testable import Checks

/// What mstconfig and mlxconfig print: mlx5.md 11.
@Suite struct FirmwareOutputTests {
  private let head = """

    Device #1:
    ----------

    Device type:    ConnectX5       
    Name:           MCX556A-ECA_Ax  
    Description:    ConnectX-5 VPI adapter card; SRIOV_EN 1; NUM_OF_VFS 127
    Device:         b1:00.0         


    """

  private func settings(_ lines: String) -> FirmwareSettings {
    FirmwareSettings(output: head + lines)
  }

  @Test func `one value`() {
    let found = settings(
      """
      Configurations:                              Next Boot
               SRIOV_EN                            True(1)         
               NUM_OF_VFS                          4               
               LINK_TYPE_P1                        IB(1)           
      """)
    #expect(found.flag("SRIOV_EN") == true)
    #expect(found.number("NUM_OF_VFS") == 4)
    #expect(found.linkLayer("LINK_TYPE_P1") == .infiniBand)
    #expect(found["LINK_TYPE_P2"] == nil)
  }

  @Test func `three values, a mark where the next differs, and a footer about it`() {
    let found = settings(
      """
      Configurations:                              Default         Current         Next Boot
      *        SRIOV_EN                            False(0)        False(0)        True(1)         
               NUM_OF_VFS                          0               8               8               
      The '*' shows parameters with next value different from default/current value.
      """)
    #expect(found.flag("SRIOV_EN") == true)
    #expect(found.number("NUM_OF_VFS") == 8)
  }

  @Test(arguments: ["RO       ", " RO      ", "  RO     ", "* RO     ", "*RO      "])
  func `what is read-only is marked, in wider columns`(prefix: String) {
    let found = settings(
      """
      Configurations:                                          Next Boot
      \(prefix)NUM_OF_VFS                                      16                  
      """)
    #expect(found.number("NUM_OF_VFS") == 16)
  }

  @Test func `a name is matched as a whole, and an array is no number`() {
    let found = settings(
      """
      Configurations:                              Next Boot
               PF_NUM_OF_VF_VALID                  True(1)         
               PF_NUM_OF_VF                        6               
               NUM_OF_VFS_MAX                      99              
               NUM_OF_VFS                          Array[0..7]     
               SRIOV_EN                            N/A             
      """)
    #expect(found.number("PF_NUM_OF_VF") == 6)
    #expect(found.flag("PF_NUM_OF_VF_VALID") == true)
    #expect(found.number("NUM_OF_VFS") == nil)
    #expect(found.flag("SRIOV_EN") == nil)
  }

  @Test func `what stands above the title is about the device`() {
    #expect(FirmwareSettings(output: head)["SRIOV_EN"] == nil)
    #expect(FirmwareSettings(output: "")["SRIOV_EN"] == nil)
  }

  @Test func `complaints come on standard output`() {
    #expect(
      FirmwareSettings.complaint(in: "\n-E- Failed to open the device\n") == "Failed to open the device")
    #expect(FirmwareSettings.complaint(in: head) == nil)
  }

  @Test func `no output makes it fail otherwise than by an answer`() {
    let good =
      head + "Configurations:      Next Boot\n*   RO  SRIOV_EN   True(1)\n    NUM_OF_VFS  8\n-E- no\n"
    var dice = Dice(seed: 11)
    for _ in 0..<2000 {
      let text = good.garbled(&dice)
      let found = FirmwareSettings(output: text)
      _ = (found.flag("SRIOV_EN"), found.number("NUM_OF_VFS"), found.linkLayer("SRIOV_EN"))
      if let complaint = FirmwareSettings.complaint(in: text) { #expect(!complaint.contains("\n")) }
    }
  }
}
