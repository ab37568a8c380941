"""Question shapes: each module explains one kind of words and moves its meaning into the draft."""
