from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "portal.web"

    def ready(self) -> None:
        """Add our check to those of ``manage.py check --deploy``."""
        from portal.web import static_files  # noqa: F401 - registers it
