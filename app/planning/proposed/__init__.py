"""A plan proposed by a model: what it may name, how it is written, and how it is held against the question's words."""
