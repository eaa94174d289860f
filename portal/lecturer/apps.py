from django.apps import AppConfig


class LecturerConfig(AppConfig):
    name = "portal.lecturer"

    def ready(self) -> None:
        from portal.attendance.services.exporting.makers import make_by
        from portal.lecturer import record_files
        from portal.lecturer.board import making

        make_by("records", record_files.MAKER)
        make_by("board", making.MAKER)
