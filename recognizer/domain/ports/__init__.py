"""What the core asks of the outside world, by who needs it. ``bootstrap`` chooses the adapters."""
