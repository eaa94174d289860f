"""The parent: a child for every camera of the room."""
