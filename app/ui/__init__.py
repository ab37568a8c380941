"""The web workplace: NiceGUI pages that call the same flows as the API. No business rule lives here."""
