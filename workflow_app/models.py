"""Every table, in one import, for migrations and start-up."""

from workflow_app.artefacts.models import (
    Artefact,
    Author,
    CarriedOver,
    Draft,
    DraftSave,
    Revision,
)
from workflow_app.attachments.models import Attachment, AttachmentList
from workflow_app.authentication.models import (
    FormerPassword,
    LoginAttempt,
    LoginSession,
    OneTimeAccess,
    Token,
)
from workflow_app.definitions.models import StoredDefinition
from workflow_app.events.models import Event, Opinion
from workflow_app.files.models import StoredFile
from workflow_app.people.models import (
    FormerName,
    Grant,
    Person,
    RegistryEvent,
    Route,
    Unit,
)
from workflow_app.periods.models import Holiday, Period
from workflow_app.printing.models import CheckAttempt, IssuedPaper
from workflow_app.review.models import Remark
from workflow_app.sealing.models import Checkpoint, SealKey, SealLeaf, SealProgress, SealTile
from workflow_app.search.models import Due as SearchDue
from workflow_app.search.models import Entry as SearchEntry
from workflow_app.second_factor.models import Passkey, RecoveryCode, TotpFactor, UsedChallenge
from workflow_app.signoff.models import Answered, DailyRun, Notice, Point, Task
from workflow_app.word_import.models import WordImport
from workflow_app.worker.models import JobRun

__all__ = [
    "Answered",
    "Artefact",
    "Attachment",
    "AttachmentList",
    "Author",
    "CarriedOver",
    "CheckAttempt",
    "Checkpoint",
    "DailyRun",
    "Draft",
    "DraftSave",
    "Event",
    "FormerName",
    "FormerPassword",
    "Grant",
    "Holiday",
    "IssuedPaper",
    "JobRun",
    "LoginAttempt",
    "LoginSession",
    "Notice",
    "OneTimeAccess",
    "Opinion",
    "Passkey",
    "Period",
    "Person",
    "Point",
    "RecoveryCode",
    "RegistryEvent",
    "Remark",
    "Revision",
    "Route",
    "SealKey",
    "SealLeaf",
    "SealProgress",
    "SealTile",
    "SearchDue",
    "SearchEntry",
    "StoredDefinition",
    "StoredFile",
    "Task",
    "Token",
    "TotpFactor",
    "Unit",
    "UsedChallenge",
    "WordImport",
]
