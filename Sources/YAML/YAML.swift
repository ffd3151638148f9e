import CYAML

/// One node of a YAML document, as libyaml reads it.
package enum YAML: Hashable, Sendable {
  case scalar(String)
  case sequence([YAML])
  /// Keys that are no scalars are left out; of a key that is there twice, the last value counts.
  case mapping([String: YAML])

  /// The first document of `text`; nil where that is not YAML, is empty, or is larger than any configuration: aliases
  /// can make a short text endless.
  package init?(parsing text: String) {
    var parser = unsafe yaml_parser_t()
    guard unsafe yaml_parser_initialize(&parser) == 1 else { return nil }
    defer { unsafe yaml_parser_delete(&parser) }
    var bytes = Array(text.utf8)
    let count = bytes.count
    let node = unsafe bytes.withUnsafeMutableBufferPointer { buffer -> YAML? in
      unsafe yaml_parser_set_input_string(&parser, buffer.baseAddress, count)
      var document = unsafe yaml_document_t()
      guard unsafe yaml_parser_load(&parser, &document) == 1 else { return nil }
      defer { unsafe yaml_document_delete(&document) }
      var budget = Self.nodeLimit
      return unsafe Self.node(1, of: &document, depth: 0, &budget)
    }
    guard let node else { return nil }
    self = node
  }

  private static let nodeLimit = 100_000
  private static let depthLimit = 64

  /// Nodes are numbered from 1, and the first is the root.
  private static func node(
    _ number: Int32, of document: UnsafeMutablePointer<yaml_document_t>, depth: Int, _ budget: inout Int
  ) -> YAML? {
    budget -= 1
    guard budget > 0, depth < depthLimit, let node = unsafe yaml_document_get_node(document, number) else { return nil }
    switch unsafe node.pointee.type {
    case YAML_SCALAR_NODE:
      let scalar = unsafe node.pointee.data.scalar
      return .scalar(
        unsafe String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self))
    case YAML_SEQUENCE_NODE:
      let items = unsafe node.pointee.data.sequence.items
      var nodes: [YAML] = []
      for place in unsafe 0..<(items.top - items.start) {
        guard let item = unsafe Self.node(items.start[place], of: document, depth: depth + 1, &budget) else {
          return nil
        }
        nodes.append(item)
      }
      return .sequence(nodes)
    case YAML_MAPPING_NODE:
      let pairs = unsafe node.pointee.data.mapping.pairs
      var nodes: [String: YAML] = [:]
      for place in unsafe 0..<(pairs.top - pairs.start) {
        let pair = unsafe pairs.start[place]
        guard let key = unsafe Self.node(pair.key, of: document, depth: depth + 1, &budget),
          let value = unsafe Self.node(pair.value, of: document, depth: depth + 1, &budget)
        else { return nil }
        if let name = key.text { nodes[name] = value }
      }
      return .mapping(nodes)
    default: return nil
    }
  }
}

extension YAML {
  /// Of a scalar.
  package var text: String? { if case .scalar(let text) = self { text } else { nil } }
  /// Of a sequence; none of anything else.
  package var items: [YAML] { if case .sequence(let items) = self { items } else { [] } }
  /// Of a mapping; none of anything else.
  package var keys: Set<String> { if case .mapping(let values) = self { Set(values.keys) } else { [] } }

  /// What a mapping says of `key`; nil of anything else.
  package subscript(_ key: String) -> YAML? { if case .mapping(let values) = self { values[key] } else { nil } }
}
