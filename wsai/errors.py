"""Every error that WSAI raises on purpose, in one tree.

    WsaiError
    ├── NotFound                a record was asked for that does not exist
    ├── Conflict                the change contradicts what is already recorded
    │   ├── Stale               somebody else changed it since it was read
    │   └── ClauseUnverified    a document would cite a clause that nobody compared
    ├── InvalidRequest          what was asked for is not well-formed
    │   └── VersionMissing      a change that does not say which version it is of
    ├── NotAuthenticated        nobody, or nobody known, is asking
    ├── Forbidden               the one who asks may not do this
    ├── ImageRejected           the file cannot be diagnosed
    │   ├── ImageUnreadable     it is damaged, empty or no picture at all
    │   ├── ImageUnsupported    it is a kind of file that WSAI does not read
    │   └── ImageTooLarge       it has more bytes or pixels than allowed
    ├── ModelUnavailable        no such model, or it is damaged or foreign
    ├── CatalogueInvalid        the catalogue or a checklist contradicts its schema
    └── SettingsInvalid         a setting has a value that cannot work

``code`` is stable: it is what API clients and scripts compare. No HTTP lives here; see
``serving/problems.py`` for the status of each.
"""

from __future__ import annotations


class WsaiError(Exception):
    """The base of all expected errors; the message says what to do."""

    code = "error"


class NotFound(WsaiError):
    """A record was asked for that does not exist."""

    code = "not-found"

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"No {kind} with id {key}.")
        self.kind, self.key = kind, key


class Conflict(WsaiError):
    """The change contradicts what is already recorded."""

    code = "conflict"


class Stale(Conflict):
    """Somebody else changed it since it was read."""

    code = "stale"


class ClauseUnverified(Conflict):
    """A document would cite a clause that nobody compared with the published text."""

    code = "clause-unverified"


class InvalidRequest(WsaiError):
    """What was asked for is not well-formed."""

    code = "invalid-request"


class VersionMissing(InvalidRequest):
    """A change does not say which version it is of."""

    code = "version-missing"


class NotAuthenticated(WsaiError):
    """Nobody, or nobody known, is asking."""

    code = "not-authenticated"


class IdentityUnavailable(WsaiError):
    """The identity provider does not answer as one."""

    code = "identity-unavailable"


class Forbidden(WsaiError):
    """The one who asks may not do this."""

    code = "forbidden"


class ImageRejected(WsaiError):
    """The file cannot be diagnosed."""

    code = "image-rejected"


class ImageUnreadable(ImageRejected):
    """The file is damaged, empty or no picture at all."""

    code = "image-unreadable"


class ImageUnsupported(ImageRejected):
    """The file is of a kind that WSAI does not read."""

    code = "image-unsupported"


class ImageTooLarge(ImageRejected):
    """The file has more bytes or pixels than the settings allow."""

    code = "image-too-large"


class ModelUnavailable(WsaiError):
    """There is no such model, or its files are damaged or foreign."""

    code = "model-unavailable"


class CatalogueInvalid(WsaiError):
    """The catalogue or a checklist contradicts its schema."""

    code = "catalogue-invalid"


class SettingsInvalid(WsaiError):
    """A setting has a value that cannot work."""

    code = "settings-invalid"
