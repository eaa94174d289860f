from django.db import migrations


def say_utf8mb4(apps, schema_editor):
    """Give every table to come utf8mb4: a server's own default may be latin1, which has no place for many names."""
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")


class Migration(migrations.Migration):
    """Runs before any table is made."""

    # MariaDB cannot take DDL back, and Django refuses it inside a transaction there.
    atomic = False
    dependencies = []
    run_before = [
        ("contenttypes", "0001_initial"),
        ("sessions", "0001_initial"),
    ]
    operations = [migrations.RunPython(say_utf8mb4, migrations.RunPython.noop)]
