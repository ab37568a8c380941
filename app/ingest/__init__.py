"""Source files → contract tables: declarative mappings, checks, quarantine, load report, atomic publication."""
