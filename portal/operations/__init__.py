"""What staff see of the machines: every room's cameras, and mail where they fail."""
