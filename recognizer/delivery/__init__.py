"""From the outbox to the database."""
