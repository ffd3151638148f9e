"""The bench: a restore against what people use now, in a virtual machine, on a simulated host, and on a tree of files."""
