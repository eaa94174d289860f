from django.apps import AppConfig


class LecturerConfig(AppConfig):
    name = "portal.lecturer"
