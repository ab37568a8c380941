"""The story as code: one short file per user goal."""
