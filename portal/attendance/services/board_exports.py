"""Files for exam boards: writing down which were made, and telling whether one is as it was made."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256

from portal.accounts.models import Account
from portal.attendance.models import BoardExport, Course
from portal.web.seals import Seal, read_seal, seal_pdf, seal_workbook

SEALS: dict[str, Callable[[bytes, str], bytes]] = {
    BoardExport.Form.PDF: seal_pdf,
    BoardExport.Form.XLSX: seal_workbook,
}


class Verdict(Enum):
    """What is known of a file."""

    AS_MADE = "as made"
    AS_RECORDED = "as recorded, and its key is gone"
    CHANGED = "changed"
    NOT_RECORDED = "sealed, and not recorded"
    NO_SEAL = "without a seal"


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdict on a file; ``export`` is what the database has of the reference in its seal."""

    verdict: Verdict
    export: BoardExport | None = None


def new_reference() -> str:
    """A reference that no other file has."""
    return secrets.token_hex(6)


def seal_and_record(
    content: bytes, form: str, reference: str, course: Course, account: Account, made_at: datetime, **facts: object
) -> bytes:
    """The file with its seal, once it stands in the database. facts: ``students``, ``sessions`` and ``digest``."""
    sealed = SEALS[form](content, reference)
    seal = read_seal(sealed)
    assert seal, "it was sealed just now"
    BoardExport.objects.create(
        reference=reference,
        course=course,
        course_name=str(course)[:240],
        form=form,
        made_at=made_at,
        made_by=account,
        made_by_name=account.name,
        made_by_email=account.email,
        seal=seal.digest,
        sha256=sha256(sealed).hexdigest(),
        **facts,
    )
    return sealed


def verify(content: bytes) -> Verified:
    """Whether a file is as it was made. Both the key and the database have to say so."""
    seal = read_seal(content)
    if seal is None:
        return Verified(Verdict.NO_SEAL)
    export = BoardExport.objects.select_related("course").filter(reference=seal.reference).first()
    return Verified(_judge(content, seal, export), export)


def _judge(content: bytes, seal: Seal, export: BoardExport | None) -> Verdict:
    if export is None:
        return Verdict.NOT_RECORDED if seal.is_whole else Verdict.CHANGED
    if sha256(content).hexdigest() != export.sha256:
        return Verdict.CHANGED
    return Verdict.AS_MADE if seal.is_whole else Verdict.AS_RECORDED
