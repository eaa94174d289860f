"""The data of class attendance: models, migrations, queries, services and the admin."""
