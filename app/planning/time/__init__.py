"""The time grammar: words about time in Chinese and English → inclusive day ranges, anchored on the data-as-of day."""
