"""A course for the exam board: what the file says, and how it is laid out as PDF and as XLSX."""
