from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "portal.attendance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.attendance.role_trail import keep_role_changes

        keep_role_changes()
