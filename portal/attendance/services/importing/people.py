"""Students, and lecturers with their accounts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance.models import Student
from portal.attendance.numbers import find_fault, fold_number, normalize_number, without_zeros
from portal.attendance.services.importing.columns import Field
from portal.attendance.services.importing.faults import RowFault
from portal.attendance.services.importing.planning import (
    Choices,
    Fate,
    Outcome,
    Plan,
    Repeats,
    changed,
    doubt,
    fate,
    refuse,
)
from portal.attendance.services.importing.tables import Report
from portal.attendance.services.importing.values import Values, one_line
from portal.web.languages import later as _

BATCH = 1000
LONGEST_NAME = 200
NAMES = (
    Field(
        "full_name",
        _("name"),
        (
            "full name|student name|student|name|teilnehmer|studierende|vollständiger name|nom complet|nom et prénom"
            "|sortable name|display name|anzeigename|lecturer|dozent|enseignant"
        ),
    ),
    Field(
        "first_name",
        _("first name"),
        (
            "given name|forename|first names|vorname|vornamen|prénom|prénoms|first|FIRST_NAME_OF_STUDENT|LIB_PR1_IND"
            "|SPRIDEN_FIRST_NAME|STU_FNM1|rufname"
        ),
    ),
    Field(
        "last_name",
        _("last name"),
        (
            "surname|family name|nachname|familienname|nom de famille|nom d'usage|last|FAMILY_NAME_OF_STUDENT"
            "|LIB_NOM_PAT_IND|SPRIDEN_LAST_NAME|STU_SURN|nom usuel|zuname"
        ),
    ),
)
EMAIL = Field(
    "email",
    _("e-mail address"),
    (
        "email|e-mail|mail|email address|e-mail-adresse|mailadresse|mail address|courriel|adresse mail|adresse e-mail"
        "|adresse électronique|EMAIL_ADDRESS_OF_STUDENT|uni-mail|e-mail (uni)|primary email"
    ),
)
NUMBER = Field(
    "number",
    _("student number"),
    (
        "student no|student no.|student id|student id number|id number|student number|number|matriculation number"
        "|matriculation no|matric no|matric number|matr no"
        "|matrikelnummer|matrikelnr|matrikel-nr.|matr.-nr.|matr.nr.|mtknr|matnr|matrikel|numéro étudiant|n° étudiant"
        "|no étudiant|num étudiant|numéro d'étudiant|numéro|code étudiant|COD_ETU|REGISTRATION_NUMBER|SIS user ID"
        "|SPRIDEN_ID|banner id|EMPLID|STU_CODE|studentennummer|nummer|idnumber|id|user id|identifiant"
    ),
    is_required=True,
    help_text=_("Leading zeros count."),
)
STUDENT_FIELDS = (
    NUMBER,
    *NAMES,
    EMAIL,
    Field(
        "is_active", _("active"), "enrolled|aktiv|actif|is active|inscrit", help_text=_("yes or no; empty: as it is.")
    ),
    Field(
        "tutor_email",
        _("tutor's e-mail address"),
        (
            "tutor|tutor email|tutor e-mail|personal tutor|mentor|e-mail des tutors|e-mail der tutorin|mentor e-mail"
            "|tuteur|e-mail du tuteur|adresse du tuteur"
        ),
        help_text=_("Who is told where a rule of warnings says so."),
    ),
)
SAID = (("full_name", "name"), ("email", _("e-mail address")), ("tutor_email", _("tutor's e-mail address")))
"""What a row says of a student, and how it is called; empty leaves it as it is."""

LECTURER_FIELDS = (
    Field(
        "email",
        _("e-mail address"),
        EMAIL.names,
        is_required=True,
        help_text=_("By which they sign in, and by which they are found again."),
    ),
    *NAMES,
    Field("title", _("title"), "titel|titre|academic title|akademischer titel|anrede|civilité"),
    Field(
        "department",
        _("department"),
        "faculty|institute|school|fachbereich|fakultät|institut|abteilung|département|ufr",
    ),
)
_SHORTENED = re.compile(r"^\d[.,]\d+E\+?\d+$", re.IGNORECASE)


def read_name(values: Values, choices: Choices) -> str:
    """The whole name, from one column or from two."""
    if values.has("full_name"):
        name = values.text("full_name", LONGEST_NAME, "name")
        if choices.family_name_first and name.count(",") == 1:
            family, _, given = name.partition(",")
            name = f"{given.strip()} {family.strip()}".strip()
        return name
    parts = (values.text(each, LONGEST_NAME) for each in ("first_name", "last_name"))
    name = " ".join(filter(None, parts))
    if len(name) > LONGEST_NAME:
        raise RowFault(
            gettext("The name has {number} characters; at most {longest_name} are kept.").format(
                number=len(name), longest_name=LONGEST_NAME
            )
        )
    return name


def read_number(values: Values) -> str:
    """A student number that keeps the rule, as it is written in the file."""
    number = normalize_number(values.needed("number", 1000, gettext("student number")))
    if _SHORTENED.match(number):
        raise RowFault(
            gettext(
                "A spreadsheet has shortened the number to {number}. Make the column text, and export it anew."
            ).format(number=number)
        )
    if fault := find_fault(number):
        raise RowFault(gettext("{number} is no student number: {fault}.").format(number=number, fault=fault))
    return number


class KnownStudents:
    """All students by number, without regard to case; old numbers that break the rule as they are."""

    def __init__(self) -> None:
        self.by_form: dict[str, Student] = {}
        self.without_zeros: dict[str, Student] = {}
        self.with_merged: dict[int, Student] = {}
        """By primary key who stands for others too."""
        self.merged: dict[int, list[Student]] = defaultdict(list)
        """The others, by the primary key of who stands for them."""
        for student in Student.objects.select_related("merged_into").order_by("pk").iterator(chunk_size=5000):
            if student.merged_into:
                self.with_merged[student.merged_into.pk] = student.merged_into
                self.merged[student.merged_into.pk].append(student)
            form = student.folded_number or student.number
            self.by_form[form] = student
            self.without_zeros.setdefault(without_zeros(form), student)

    def find(self, number: str) -> Student | None:
        """The student with that number."""
        return self.by_form.get(fold_number(number)) or self.by_form.get(number)

    def needed(self, number: str) -> Student:
        """The same. Raises RowFault where there is none."""
        student = self.find(number)
        if student is None:
            other = self.with_zeros(number)
            hint = (
                gettext("{number} is ({full_name}): were leading zeros lost?").format(
                    number=other.number, full_name=other.full_name
                )
                if other
                else gettext("Import the students first.")
            )
            raise RowFault(gettext("No student has the number {number}. {hint}").format(number=number, hint=hint))
        return student

    def with_zeros(self, number: str) -> Student | None:
        """A student whose number differs from it in leading zeros alone."""
        other = self.without_zeros.get(without_zeros(number))
        return other if number.isdecimal() and other and other.number.isdecimal() else None


def plan_students(rows: Iterable[Values], choices: Choices, report: Report) -> Plan:
    """New students are added and known ones brought to what the file says; nobody is removed."""
    known, repeats, plan = KnownStudents(), Repeats(), Plan()
    new: list[Student] = []
    edited: list[Student] = []
    for done, values in enumerate(rows, start=1):
        try:
            plan.fates.append(_student(values, choices, known, repeats, new, edited))
        except RowFault as fault:
            plan.fates.append(refuse(values, fault))
        if done % BATCH == 0:
            report(done)
    plan.writes = [
        lambda: _create(Student, new),
        lambda: _update(Student, edited, ["full_name", "plain_name", "email", "tutor_email", "is_active"]),
    ]
    return plan


def _student(
    values: Values,
    choices: Choices,
    known: KnownStudents,
    repeats: Repeats,
    new: list[Student],
    edited: list[Student],
) -> Fate:
    number, row = read_number(values), values.row.number
    said = {"full_name": read_name(values, choices)} | {name: values.email(name) for name in ("email", "tutor_email")}
    active = values.truth("is_active")
    student = known.find(number)
    subject = f"{student.number if student else number} {said['full_name'] or (student.full_name if student else '')}"
    if repeats.check(row, fold_number(number), (*said.values(), active)):
        return fate(
            row,
            Outcome.SAME,
            subject,
            [gettext("says the same as row {row_of}").format(row_of=repeats.row_of(fold_number(number)))],
        )
    warning = doubt(said["full_name"])
    if student is None:
        if other := known.with_zeros(number):
            raise RowFault(
                gettext("{number} is not known, and {number2} is ({full_name}). Were leading zeros lost?").format(
                    number=number, number2=other.number, full_name=other.full_name
                )
            )
        if not said["full_name"]:
            raise RowFault(gettext("The name is missing."))
        new.append(Student(number=number, is_active=active is not False, **said))
        return fate(row, Outcome.ADD, subject, [warning])
    changes = [
        changed(label, getattr(student, name), said[name])
        for name, label in SAID
        if said[name] and one_line(getattr(student, name)) != said[name]
    ]
    if active is not None and active != student.is_active:
        changes.append(changed("active", "yes" if student.is_active else "no", "yes" if active else "no"))
    if not changes:
        return fate(row, Outcome.SAME, subject)
    for name, _label in SAID:
        setattr(student, name, said[name] or getattr(student, name))
    student.is_active = student.is_active if active is None else active
    student.derive_forms()
    edited.append(student)
    return fate(row, Outcome.CHANGE, subject, [*changes, warning])


def plan_lecturers(rows: Iterable[Values], choices: Choices, report: Report) -> Plan:
    """New accounts have no password until their owner sets one; what an account may do is never changed."""
    known = {account.email: account for account in Account.objects.all()}
    repeats, plan = Repeats(), Plan()
    new: list[Account] = []
    edited: list[Account] = []
    for done, values in enumerate(rows, start=1):
        try:
            plan.fates.append(_lecturer(values, choices, known, repeats, new, edited))
        except RowFault as fault:
            plan.fates.append(refuse(values, fault))
        if done % BATCH == 0:
            report(done)
    plan.writes = [lambda: _create(Account, new), lambda: _update(Account, edited, ["name", "title", "department"])]
    return plan


def _lecturer(
    values: Values,
    choices: Choices,
    known: dict[str, Account],
    repeats: Repeats,
    new: list[Account],
    edited: list[Account],
) -> Fate:
    email, row = values.email("email"), values.row.number
    if not email:
        raise RowFault(gettext("The e-mail address is missing."))
    said = {
        "name": read_name(values, choices),
        "title": values.text("title", 40),
        "department": values.text("department", 200),
    }
    account = known.get(email)
    subject = f"{email} {said['name'] or (account.name if account else '')}"
    if repeats.check(row, email, tuple(said.values())):
        return fate(
            row, Outcome.SAME, subject, [gettext("says the same as row {row_of}").format(row_of=repeats.row_of(email))]
        )
    if account is None:
        if not said["name"]:
            raise RowFault(gettext("The name is missing."))
        account = Account(email=email, **said)
        account.set_unusable_password()
        new.append(account)
        return fate(row, Outcome.ADD, subject, [doubt(said["name"])])
    changes = [
        changed(name, getattr(account, name), text)
        for name, text in said.items()
        if text and one_line(getattr(account, name)) != text
    ]
    if not changes:
        return fate(row, Outcome.SAME, subject)
    for name, text in said.items():
        setattr(account, name, text or getattr(account, name))
    edited.append(account)
    return fate(row, Outcome.CHANGE, subject, [*changes, doubt(said["name"])])


def _create(model: type[Student] | type[Account], rows: list) -> None:
    model._default_manager.bulk_create(rows, batch_size=BATCH)


def _update(model: type[Student] | type[Account], rows: list, fields: list[str]) -> None:
    model._default_manager.bulk_update(rows, fields, batch_size=500)
