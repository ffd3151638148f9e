"""Real dockerds, each with a network plugin and an adapter in namespaces of its own, for the shipped binary to work on."""
