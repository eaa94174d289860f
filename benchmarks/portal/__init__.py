"""The portal at a university's size."""
