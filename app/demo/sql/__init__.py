"""The generator's named SQL statements; read through `app.demo.statements`."""
