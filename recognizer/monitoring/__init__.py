"""What a running recognizer tells of itself to people, programs and systemd."""
