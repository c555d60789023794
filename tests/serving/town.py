"""Two grids with an enterprise each, their people, and what they do again and again."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from callers import Caller, caller_with_key, some_code
from fakes import FixedClock
from fastapi import FastAPI
from PIL import Image

from serving.access import service as access
from serving.access.service import Belongs, Role
from serving.dependencies import Parts

TODAY = date(2026, 11, 23)


def signature(seed: int) -> str:
    strokes = np.full((60, 200), 255, dtype=np.uint8)
    strokes[20 + seed % 20, 10:190] = 0
    strokes[10:50, 30 + seed] = 0
    out = io.BytesIO()
    Image.fromarray(strokes).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


@dataclass(frozen=True)
class Town:
    """Two grids with an enterprise each, and people."""

    grids: tuple[UUID, UUID]
    enterprises: tuple[str, str]
    inspector: Caller
    leader: Caller
    officer: Caller
    department: Caller
    owner: Caller
    stranger: Caller
    other_owner: Caller
    admin: Caller


def build_town(app: FastAPI, parts: Parts, admin: Caller) -> Town:
    square = [[120.70, 31.30], [120.75, 31.30], [120.75, 31.33], [120.70, 31.33], [120.70, 31.30]]
    east = [[x + 0.05, y] for x, y in square]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": [line]},
        }
        for code, name, line in (("A", "西网格", square), ("B", "东网格", east))
    ]
    collection = {"type": "FeatureCollection", "features": features}
    report = admin.post("/v1/grids/import", json=collection).json()
    assert (report["added"], report["complaints"]) == (2, [])
    grids = {row["code"]: UUID(row["id"]) for row in admin.get("/v1/grids").json()}
    made = []
    for number, (name, longitude) in enumerate((("甲厂", 120.72), ("乙厂", 120.77))):
        body = {
            "credit_code": some_code(number),
            "name": name,
            "address": f"示范路 {number} 号",
            "longitude": longitude,
            "latitude": 31.31,
            "tags": ["combustible-dust"],
            "profile": {"sources": ["dust"], "processes": []},
        }
        answer = admin.post("/v1/enterprises", json=body)
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
    assert [UUID(row["grid_id"]) for row in made] == [grids["A"], grids["B"]], "by its place"
    west, first, second = Belongs(grids["A"]), made[0]["id"], made[1]["id"]

    def caller(name: str, role: Role, place: Belongs = access.NOWHERE) -> Caller:
        return caller_with_key(app, parts, name, role, place=place)

    with parts.sessions.begin() as session:
        access.create_account(
            session,
            name="执法员周",
            password="correct horse battery",
            role=Role.ENFORCEMENT,
            by="test",
            now=parts.clock.now(),
        )
    return Town(
        (grids["A"], grids["B"]),
        (first, second),
        caller("网格员王", Role.INSPECTOR, west),
        caller("网格长李", Role.GRID_LEADER, west),
        caller("执法员赵", Role.ENFORCEMENT),
        caller("督办办公室", Role.DEPARTMENT),
        caller("企业钱", Role.OWNER, Belongs(enterprise_id=UUID(first))),
        caller("网格员孙", Role.INSPECTOR, Belongs(grids["B"])),
        caller("企业吴", Role.OWNER, Belongs(enterprise_id=UUID(second))),
        admin,
    )


def confirmed(town: Town, seed: int = 1, **fields: str) -> dict[str, Any]:
    """A hazard of 甲厂, found and confirmed by the inspector."""
    photo = town.inspector.photo(seed, **({"enterprise_id": town.enterprises[0]} | fields))
    finding = photo["findings"][0]
    answer = town.inspector.post(f"/v1/findings/{finding['id']}/confirm")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def act(caller: Caller, hazard: str, action: str, **said: Any) -> dict[str, Any]:
    """Do something, as somebody who has read the record a moment ago."""
    tag = caller.get(f"/v1/hazards/{hazard}").headers["etag"]
    answer = caller.post(
        f"/v1/hazards/{hazard}/acts/{action}", json=said, headers={"If-Match": tag}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def signed(caller: Caller, hazard: str, kind: str = "recheck") -> str:
    body = {
        "kind": kind,
        "hazard_id": hazard,
        "text": "经复查，防护罩已安装牢固。",
        "office_name": "网格员王",
        "office_signature": signature(1),
        "enterprise_name": "企业钱",
        "enterprise_signature": signature(9),
    }
    answer = caller.post("/v1/records", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def order(town: Town, hazard: str, days: int = 10) -> dict[str, Any]:
    return act(
        town.inspector,
        hazard,
        "order",
        responsible="企业钱工",
        measures="加装护罩",
        deadline=(TODAY + timedelta(days=days)).isoformat(),
    )


def fixed(town: Town, hazard: str, clock: FixedClock, seed: int = 77) -> dict[str, Any]:
    """The enterprise fixes it and sends a photo of that."""
    act(town.owner, hazard, "begin")
    clock.turn(timedelta(hours=1))
    after = town.owner.photo(seed)
    return act(town.owner, hazard, "submit", after_photos=[after["id"]])
