"""The account: lecturers and staff sign in with their e-mail address."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.trail import Trailed, TrailedSet
from portal.accounts.time_zones import default_time_zone, validate_time_zone


class LowerCaseEmailField(models.EmailField):
    """An e-mail address kept and looked up in lower case: nobody remembers how they once wrote it."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.strip().lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))


class AccountManager(BaseUserManager["Account"]):
    """Creates accounts; the e-mail address is the name to sign in with."""

    def get_queryset(self) -> TrailedSet[Account]:
        return TrailedSet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        """Create an account; without a password nobody can sign in until one is set."""
        if not email:
            raise ValueError("An account needs an e-mail address.")
        account = self.model(email=email.strip().lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Account:
        """Create an account that may do everything in the admin."""
        return self.create_user(email, password, **(fields | {"is_staff": True, "is_superuser": True}))

    def person_with(self, email: str) -> Account | None:
        """Whose address it is: where another account stands for the address's, that one.

        The database takes some addresses for one, such as those with and without an accent; they are not.
        """
        found = self.select_related("merged_into").filter(email=email).first()
        is_same = found is not None and found.email == LowerCaseEmailField().to_python(email)
        return found.person if found and is_same else None

    def get_by_natural_key(self, username: str | None) -> Account:
        """Who signs in with that address. Raises Account.DoesNotExist."""
        found = self.person_with(username or "")
        if found is None:
            raise self.model.DoesNotExist("Nobody has this address.")
        return found


class Account(Trailed, AbstractBaseUser, PermissionsMixin):
    """A lecturer or a member of staff. Name, number and rights are the office's to change, the rest is the profile."""

    in_trail = (
        *("name", "email", "number", "is_staff", "is_superuser", "is_active"),
        *("preferred_name", "title", "reads_confidential", "merged_into"),
    )

    email = LowerCaseEmailField(
        _("e-mail address"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("There is an account with this e-mail address already.")},
    )
    name = models.CharField(
        _("official name"), max_length=200, help_text=_("As the office has it; its owner cannot change it.")
    )
    preferred_name = models.CharField(
        max_length=60, blank=True, db_default="", help_text=_("It is shown beside your official name.")
    )
    number = models.CharField(
        _("staff number"), max_length=32, blank=True, db_default="", help_text=_("As the office has it.")
    )
    title = models.CharField(max_length=40, blank=True, db_default="", help_text=_("For example Dr or Prof."))
    department = models.CharField(max_length=200, blank=True, db_default="")
    time_zone = models.CharField(
        max_length=64, default=default_time_zone, db_default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(
        max_length=8,
        blank=True,
        db_default="",
        choices=settings.LANGUAGES,
        help_text=_("Without one as the browser says."),
    )
    is_active = models.BooleanField(_("may sign in"), default=True, db_default=True)
    is_staff = models.BooleanField(
        _("staff"), default=False, db_default=False, help_text=_("Sees every course and may use the admin.")
    )
    is_told_of_cameras = models.BooleanField(
        _("mails about cameras"),
        default=False,
        db_default=False,
        help_text=_(
            "Where the cameras of a room with a class session fail, and when they work again. For all rooms that "
            "name nobody else."
        ),
    )
    reads_confidential = models.BooleanField(
        _("reads confidential reasons"),
        default=False,
        db_default=False,
        help_text=_("Of marks and excuses. Others read that a reason is confidential, and staff too."),
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        help_text="The account of the same person, which stands for both. Rows stay where they are.",
    )
    invited_at = models.DateTimeField(null=True, editable=False, help_text=_("When the last invitation was mailed."))

    objects = AccountManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        db_table = "account"
        ordering = ["name", "email"]
        constraints = [models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="account_email_lower_case")]

    def __str__(self) -> str:
        return self.get_short_name()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """Title and official name, and the preferred one beside it, as they are printed beside a change."""
        official = f"{self.title} {self.name}".strip() or self.email
        is_other = self.preferred_name and self.preferred_name.casefold() != self.name.casefold()
        return f"{official} ({self.preferred_name})" if is_other else official

    @property
    def person(self) -> Account:
        """The account that stands for this person: mostly this one."""
        return self.merged_into or self

    @property
    def accounts(self) -> models.QuerySet[Account]:
        """This account and those for which it stands, to be asked for in another query."""
        return Account.objects.filter(Q(pk=self.pk) | Q(merged_into=self.pk)).order_by()

    @property
    def role(self) -> str:
        """What the account may do, in a word."""
        if self.is_staff:
            return gettext("Administrator") if self.is_superuser else gettext("Registrar")
        parts: dict[str, Any] = {
            gettext("Lecturer"): self.courses,
            gettext("Assistant"): self.assisted_courses,
            gettext("Department viewer"): self.viewed_departments,
        }
        return next((role for role, where in parts.items() if where.exists()), gettext("Lecturer"))
