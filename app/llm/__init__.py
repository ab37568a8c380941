"""The port to a language model: what is asked and answered, budgets, retries, recordings, and one adapter."""
