"""What the brand means by its words: jargon terms, their senses, house definitions, and the index that finds them."""
