"""What every package stands on: errors, actors, ids and the clock. Imports nothing from `app`."""
