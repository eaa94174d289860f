"""What lecturers see: today, the register of a class session, the records. Owns no models."""
