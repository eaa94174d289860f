"""The generator of classroom clips: people from folders of portraits in a drawn room, with the truth beside."""
