"""From photos to references."""
