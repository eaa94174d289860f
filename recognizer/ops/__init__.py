"""How the recognizer lives on a machine: systemd, the heart, the log."""
