from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "portal.office"

    def ready(self) -> None:
        from portal.attendance.services.exporting.makers import make_by
        from portal.office import list_files

        make_by("list", list_files.MAKER)
