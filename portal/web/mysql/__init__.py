"""Django's backend for MySQL and MariaDB, on PyMySQL."""
