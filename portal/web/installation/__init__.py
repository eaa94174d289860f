"""What `rollcall-manage setup` does: a database, its users and their rights, and files for their passwords."""
