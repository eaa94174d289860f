"""Adapters that keep: the database, the outbox, the schedule's copy on disk, the gallery's file."""
