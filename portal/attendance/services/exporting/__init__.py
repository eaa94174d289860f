"""Files that take longer than a request: a worker makes them, and they are kept for their owner, not for long."""
