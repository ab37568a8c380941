"""The rules of the gate, one file each. A rule takes a tree and a scope and yields findings; it never repairs."""
