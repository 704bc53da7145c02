"""What `rtcc bench console` measures the console against; nothing of the product uses it."""
