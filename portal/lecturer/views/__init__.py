"""What lecturers see and do. Every object comes from access.py; every page works without JavaScript."""
