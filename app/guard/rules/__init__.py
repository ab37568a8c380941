"""The rules of the gate, one file each. A rule takes a statement and a scope and yields findings; it never repairs."""
