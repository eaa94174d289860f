"""The work of a task: to make a file, whole or not at all."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone, translation

from portal.attendance.models import DataExport, ExportPiece
from portal.attendance.services.exporting.keeping import KEPT_FOR, forget, may_have
from portal.attendance.services.exporting.makers import MAKERS, CannotExport, Finish, Progress
from portal.attendance.services.pieces import cut


def make_export(progress: Progress, pk: int) -> None:
    """Make a file. What was made already stays; what nobody waits for any more is not made."""
    export = DataExport.objects.select_related("asked_by").filter(pk=pk, made_at=None, fault="").first()
    if export is None:
        return
    if not may_have(export):
        forget(export)
        return
    with TemporaryFile() as file, translation.override(export.language or None):
        try:
            finish = MAKERS[export.kind].write(export, file, progress)
        except CannotExport as fault:
            DataExport.objects.filter(pk=pk, made_at=None).update(fault=str(fault)[:500])
            return
        _keep(export, file, finish)


def _keep(export: DataExport, file: BinaryIO, finish: Finish) -> None:
    """All pieces, with the fact that the file is made, or nothing. Whoever else is at it waits, and finds it made."""
    with transaction.atomic():
        if DataExport.objects.select_for_update().filter(pk=export.pk, made_at=None).first() is None:
            return
        export.about = finish()[:300]
        file.seek(0)
        for number, content in cut(file):
            ExportPiece.objects.create(data_export=export, number=number, content=content)
            export.size += len(content)
        export.made_at = timezone.now()
        export.goes_at = export.made_at + KEPT_FOR
        export.save(update_fields=["about", "courses", "size", "made_at", "goes_at"])
