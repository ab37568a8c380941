"""Edits of the plan before: what a fragment says, what it points at, and how it changes a typed query."""
