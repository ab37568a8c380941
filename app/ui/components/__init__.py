"""Own components, one file each, all shown together on the gallery page."""
