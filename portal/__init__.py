"""The lecturers' portal: a Django project on the database that the recognizer writes to."""
