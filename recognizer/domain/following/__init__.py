"""Where a face goes from look to look."""
