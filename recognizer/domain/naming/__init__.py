"""Whose face it is."""
