"""A made-up university, to try the portal at its size."""
