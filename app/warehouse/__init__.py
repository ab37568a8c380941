"""Where queries run: the engine port, its adapters, the killable worker and the versioned snapshots."""
