"""Who may do what, and whose rows they see: one table, from which the service and its tests read.

What a person may do to a hazard is not here but in the ledger's machines: this table only says who
may come to its door at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from wsai.errors import InvalidRequest
from wsai.ledger.machine import Role as LedgerRole


class Role(StrEnum):
    """What an account or a key is."""

    INSPECTOR = "inspector"
    GRID_LEADER = "grid-leader"
    ENFORCEMENT = "enforcement"
    DEPARTMENT = "department"
    OWNER = "enterprise-owner"
    STAFF = "enterprise-staff"
    DATA_TEAM = "data-team"
    ADMIN = "admin"
    AUDITOR = "auditor"


ROLE_NAMES: dict[Role, str] = {
    Role.INSPECTOR: "网格员",
    Role.GRID_LEADER: "网格长",
    Role.ENFORCEMENT: "监管中队",
    Role.DEPARTMENT: "主管部门",
    Role.OWNER: "企业负责人",
    Role.STAFF: "企业员工",
    Role.DATA_TEAM: "数据团队",
    Role.ADMIN: "管理员",
    Role.AUDITOR: "审计员",
}

OFFICE = frozenset({Role.INSPECTOR, Role.GRID_LEADER, Role.ENFORCEMENT, Role.DEPARTMENT})
ENTERPRISE = frozenset({Role.OWNER, Role.STAFF})
LEDGER = OFFICE | ENTERPRISE | {Role.ADMIN, Role.AUDITOR}
LEADING = frozenset({Role.GRID_LEADER, Role.ENFORCEMENT, Role.DEPARTMENT})

LEDGER_ROLES: dict[Role, LedgerRole] = {
    Role.INSPECTOR: LedgerRole.INSPECTOR,
    Role.GRID_LEADER: LedgerRole.GRID_LEADER,
    Role.ENFORCEMENT: LedgerRole.ENFORCEMENT,
    Role.DEPARTMENT: LedgerRole.DEPARTMENT,
    Role.OWNER: LedgerRole.ENTERPRISE,
    Role.STAFF: LedgerRole.ENTERPRISE,
}
"""In which part somebody acts on a hazard; the others do not act."""


class Permission(StrEnum):
    """One kind of thing to do; a key may be limited to some of them."""

    SELF = "self"
    CATALOGUE_READ = "catalogue:read"
    PHOTO_SEND = "photo:send"
    PHOTO_READ = "photo:read"
    ORIGINAL_READ = "original:read"
    FINDING_DECIDE = "finding:decide"
    HAZARD_READ = "hazard:read"
    HAZARD_ACT = "hazard:act"
    GRID_READ = "grid:read"
    GRID_WRITE = "grid:write"
    ENTERPRISE_READ = "enterprise:read"
    ENTERPRISE_WRITE = "enterprise:write"
    CHECKPOINT_WRITE = "checkpoint:write"
    INSPECTION_READ = "inspection:read"
    INSPECTION_WRITE = "inspection:write"
    CAMPAIGN_WRITE = "campaign:write"
    RISK_WRITE = "risk:write"
    GRADING_READ = "grading:read"
    GRADING_WRITE = "grading:write"
    APPEAL = "appeal"
    PARK_READ = "park:read"
    PARK_WRITE = "park:write"
    STATISTICS_READ = "statistics:read"
    DOCUMENT_READ = "document:read"
    MODEL_READ = "model:read"
    MODEL_SWITCH = "model:switch"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    AUDIT_READ = "audit:read"


EVERYBODY = frozenset(Role)

MAY: Mapping[Permission, frozenset[Role]] = {
    Permission.SELF: EVERYBODY,
    Permission.CATALOGUE_READ: EVERYBODY,
    Permission.PHOTO_SEND: OFFICE | ENTERPRISE | {Role.ADMIN},
    Permission.PHOTO_READ: EVERYBODY,
    # whoever sent a photo may always read it again; the service asks that beside this table
    Permission.ORIGINAL_READ: frozenset(
        {Role.ENFORCEMENT, Role.DEPARTMENT, Role.DATA_TEAM, Role.ADMIN, Role.AUDITOR}
    ),
    Permission.FINDING_DECIDE: OFFICE | ENTERPRISE | {Role.ADMIN},
    Permission.HAZARD_READ: LEDGER,
    Permission.HAZARD_ACT: OFFICE | ENTERPRISE,
    Permission.GRID_READ: LEDGER,
    Permission.GRID_WRITE: frozenset({Role.DEPARTMENT, Role.ADMIN}),
    Permission.ENTERPRISE_READ: LEDGER,
    Permission.ENTERPRISE_WRITE: LEADING | {Role.ADMIN},
    Permission.CHECKPOINT_WRITE: OFFICE | {Role.OWNER, Role.ADMIN},
    Permission.INSPECTION_READ: LEDGER,
    Permission.INSPECTION_WRITE: OFFICE | ENTERPRISE,
    Permission.CAMPAIGN_WRITE: LEADING,
    Permission.RISK_WRITE: OFFICE | {Role.OWNER},
    Permission.GRADING_READ: LEDGER,
    Permission.GRADING_WRITE: frozenset({Role.ENFORCEMENT, Role.DEPARTMENT}),
    Permission.APPEAL: frozenset({Role.OWNER}),
    Permission.PARK_READ: OFFICE | {Role.ADMIN, Role.AUDITOR},
    Permission.PARK_WRITE: frozenset({Role.ENFORCEMENT, Role.DEPARTMENT}),
    Permission.STATISTICS_READ: LEDGER,
    Permission.DOCUMENT_READ: LEDGER,
    Permission.MODEL_READ: EVERYBODY - ENTERPRISE,
    Permission.MODEL_SWITCH: frozenset({Role.ADMIN, Role.DATA_TEAM}),
    Permission.ACCOUNT_READ: frozenset({Role.ADMIN, Role.AUDITOR}),
    Permission.ACCOUNT_WRITE: frozenset({Role.ADMIN}),
    Permission.AUDIT_READ: frozenset({Role.ADMIN, Role.AUDITOR}),
}
"""Who may do what. An auditor reads everything and is in no line that changes something."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Which rows somebody sees: all of the park, those of some grids, or of one enterprise.

    Attributes:
        grids: A grid and everything below it; ``None`` where grids do not limit.
        enterprise: The one enterprise; ``None`` where it does not limit.
    """

    grids: frozenset[UUID] | None = None
    enterprise: UUID | None = None

    @property
    def everything(self) -> bool:
        """Return whether nothing limits it."""
        return self.grids is None and self.enterprise is None

    def covers(self, *, grid: UUID | None, enterprise: UUID | None) -> bool:
        """Return whether a row that lies there is seen.

        >>> Sight(grids=frozenset()).covers(grid=None, enterprise=None), Sight().everything
        (False, True)
        """
        if self.enterprise is not None:
            return enterprise == self.enterprise
        return self.grids is None or grid in self.grids


def check_place(role: Role, *, grid: UUID | None, enterprise: UUID | None) -> None:
    """Check that an account of this role has the place it needs and no other.

    Raises:
        InvalidRequest: Somebody of an enterprise has none, or somebody has both or the wrong one.
    """
    if role in ENTERPRISE:
        if enterprise is None or grid is not None:
            raise InvalidRequest(f"{role.value}: name the enterprise, and no grid")
    elif enterprise is not None:
        raise InvalidRequest(f"{role.value}: only people of an enterprise belong to one")
    elif grid is not None and role not in OFFICE:
        raise InvalidRequest(f"{role.value}: works for the whole park, not for a grid")
