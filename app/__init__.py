"""Qianmian (千面): an AI marketing assistant that is right or silent."""
