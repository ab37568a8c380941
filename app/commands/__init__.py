"""Groups of the `qianmian` command, one module each; `app.cli` registers them."""
