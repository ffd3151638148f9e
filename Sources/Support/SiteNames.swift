import HostInterface
import SystemPackage

/// Names, with their domains, of machines at the same site: a registry of images, a proxy, a name server's search list.
enum SiteNames {
  /// Registries that everybody may use.
  private static let known: Set = [
    "docker.io", "gcr.io", "ghcr.io", "index.docker.io", "mcr.microsoft.com", "nvcr.io", "quay.io", "registry.k8s.io",
    "registry-1.docker.io",
  ]

  /// In `/etc/hosts` and `/etc/resolv.conf`.
  static func configured(on disk: any Disk) -> Set<String> {
    let texts = ["/etc/hosts", "/etc/resolv.conf"].compactMap { try? disk.read(FilePath($0)).contents }
    return Set(texts.flatMap { $0.split { $0.isWhitespace } }.compactMap { name($0) })
  }

  /// In names of images, and in URLs.
  static func mentioned(in text: String) -> Set<String> {
    let registries = text.values(ofKey: "image").compactMap { image in
      image.contains("/") ? image.prefix { $0 != "/" } : nil
    }
    let hosts = text.split(separator: "://").dropFirst().map { rest in
      let authority = rest.prefix { !$0.isWhitespace && !"/\"'\\<>".contains($0) }
      return authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
    }
    return Set((registries + hosts).compactMap { name($0.prefix { $0 != ":" }) })
  }

  /// Nil for what is an address, or no name with a domain.
  private static func name(_ text: Substring) -> String? {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    func isLabel(_ text: Substring) -> Bool {
      !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
    }
    guard labels.count > 1, labels.allSatisfy(isLabel),
      labels.last?.allSatisfy(\.isLetter) == true, !known.contains(text.lowercased())
    else { return nil }
    return String(text)
  }
}
