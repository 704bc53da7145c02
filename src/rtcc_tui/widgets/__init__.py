"""The widgets, all on Textual's line API."""
