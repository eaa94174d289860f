from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "portal.attendance"
    default_auto_field = "django.db.models.BigAutoField"
