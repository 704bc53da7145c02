"""What `rtcc bench` runs: the product measured beside the bare minimum it stands on, in the same run."""
