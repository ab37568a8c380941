"""The canonical sentence of a plan: written and read back by one grammar, in Chinese and in English.

Its parts stand between " · ", which nobody types by chance: names in it are the model's own labels and mean exactly
that, while the same words in a free question may still be jargon with several senses.
"""
