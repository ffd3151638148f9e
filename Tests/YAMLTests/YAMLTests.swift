import Testing

@testable import YAML

@Suite struct YAMLTests {
  @Test func `braces, blocks, quotes and comments say the same`() {
    let wanted = YAML.mapping([
      "pf": .mapping(["virtual-function-count": .scalar("4"), "names": .sequence([.scalar("a b")])])
    ])
    #expect(YAML(parsing: "pf: {virtual-function-count: 4, names: ['a b']} # four\n") == wanted)
    #expect(YAML(parsing: "pf:\n  virtual-function-count: 4 # four\n  names:\n    - \"a b\"\n") == wanted)
    #expect(YAML(parsing: #"{"pf": {"virtual-function-count": 4, "names": ["a b"]}}"#) == wanted)
  }

  @Test func `an alias stands for what it names, and a text that has no end is not read`() {
    #expect(YAML(parsing: "a: &x {b: 1}\nc: *x\n")?["c"]?["b"]?.text == "1")
    #expect(YAML(parsing: "a: &x\n  - *x\n") == nil)
    let laughs = (1...12).reduce("l0: &l0 [x]\n") { text, level in
      text + "l\(level): &l\(level) [\(Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", "))]\n"
    }
    #expect(YAML(parsing: laughs) == nil)
    #expect(YAML(parsing: String(repeating: "[", count: 100_000)) == nil)
  }

  @Test(arguments: ["", "# nothing\n", "a: [1", "a: b: c", "\t- x", "\u{0}", "a: *unknown"])
  func `what is no YAML is nothing`(text: String) {
    #expect(YAML(parsing: text) == nil)
  }
}
