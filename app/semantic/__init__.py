"""The semantic layer: the brand's metrics and dimensions, and the compiler that turns a `SemanticQuery` into SQL."""
