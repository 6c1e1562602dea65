"""What ails a database that did not take what was brought to it, or did not answer?"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from storage.ground import InDoubt, Undone, Unusable
from storage.migrating import OtherVersion


class Ailment(StrEnum):
    """In words for an operator. `DOUBT`: what was brought may have been taken all the same."""

    FULL = "the disk is full"
    READ_ONLY = "the database is read-only"
    BROKEN_DISK = "the disk does not take what is written to it"
    UNLOCKED = "the lock of the database was taken away, and Countersign has to be restarted"
    SILENT = "the database does not answer"
    REPLACED = "the database was moved, or brought to another schema, and this version cannot go on"
    DOUBT = "the database was lost while something was being stored"


_OF_SQLITE = {
    "SQLITE_FULL": Ailment.FULL,
    "SQLITE_READONLY": Ailment.READ_ONLY,
    "SQLITE_IOERR_FSYNC": Ailment.DOUBT,
    "SQLITE_IOERR": Ailment.BROKEN_DISK,
    "SQLITE_BUSY": Ailment.SILENT,
    "SQLITE_LOCKED": Ailment.SILENT,
    "SQLITE_CANTOPEN": Ailment.SILENT,
    "SQLITE_PROTOCOL": Ailment.SILENT,
}
"""By the beginning of the name of an error; the first that fits."""

_OF_POSTGRESQL = {
    "53100": Ailment.FULL,
    "25006": Ailment.READ_ONLY,
    "58030": Ailment.BROKEN_DISK,
    "08": Ailment.SILENT,
    "25P": Ailment.SILENT,
    "40": Ailment.SILENT,
    "53": Ailment.SILENT,
    "55P03": Ailment.SILENT,
    "57": Ailment.SILENT,
}
"""By the beginning of the SQLSTATE: connections, sessions that were ended, rollbacks of the
server's own accord, resources, locks, and an operator who stops it."""


_OF_OURS = {
    InDoubt: Ailment.DOUBT,
    OtherVersion: Ailment.REPLACED,
    Undone: Ailment.BROKEN_DISK,
    Unusable: Ailment.UNLOCKED,
    NoConnectionFree: Ailment.SILENT,
    PendingRollbackError: Ailment.SILENT,
}


def ailment_of(error: BaseException) -> Ailment | None:
    """None: it is well, and whatever went wrong is a mistake of ours.

    The error may be one of undoing what another had stopped.
    """
    known = _known(error)
    if known is None and error.__context__ is not None:
        return ailment_of(error.__context__)
    return known


def _known(error: BaseException) -> Ailment | None:
    match error:
        case DBAPIError(orig=orig) if name := getattr(orig, "sqlite_errorname", ""):
            return _by_beginning(_OF_SQLITE, name)
        case DBAPIError(orig=orig) if state := getattr(orig, "sqlstate", None):
            return _by_beginning(_OF_POSTGRESQL, state)
        case DBAPIError(connection_invalidated=True) | OperationalError():
            return Ailment.SILENT  # nobody is there who could give it a number
    return next((ailment for kind, ailment in _OF_OURS.items() if isinstance(error, kind)), None)


def _by_beginning(known: dict[str, Ailment], name: str) -> Ailment | None:
    return next((found for start, found in known.items() if name.startswith(start)), None)
