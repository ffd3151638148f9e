"""The harness of the system tests: a virtual machine with a virtual mlx5 adapter, and scenarios that run in it."""
