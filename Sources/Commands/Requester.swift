import ArgumentParser
import Planning

/// Who asks: a person, or nobody who watches. It is said on the command line, as our units do, and never guessed from what
/// the process was given: a person may work below a service, too.
struct Requester: ParsableArguments {
  @Flag(
    name: .customLong("unattended"),
    help: "As the units run it: never remove VFs or start a stopped Docker; nothing saved is success.")
  var isUnattended = false

  /// - Parameter isReplacing: Whether what is in use, or differs, may be replaced.
  func authority(replacing isReplacing: Bool) -> Authority {
    isUnattended ? .unattended : isReplacing ? .replacing : .person
  }
}
