"""The console: a client of the core, nothing more."""
