"""Real dockerds in namespaces of their own, each with a network plugin and an adapter, for the shipped binary."""
