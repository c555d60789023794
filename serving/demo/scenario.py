"""The whole way as one run: a photo to its cancellation, a major hazard to its delisting, and on.

It works over HTTP against a service that it starts itself, in a folder of its own, with a key for
each of the people who take part; what they get into their hands (orders, notices, pictures, lists)
is written beside it.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import click
import cv2
import numpy as np

from serving.demo.service import pictures_folder
from wsai.errors import Conflict

WAIT_S = 60.0
ENTERPRISES, YEARS, HAZARDS, SEED = 40, 1, 300, 7
SECOND_OFFICER = "演示执法员周"
BEFORE, AFTER = "workshop-bare-head.jpg", "site-helmets-and-vests.jpg"
MAJOR = "confined-space-no-attendant"
Say = Callable[[str], None]


class ScenarioFailed(click.ClickException):
    """A step of the scenario was not answered as it should be."""


@dataclass(slots=True)
class Person:
    """Somebody with a key.

    Attributes:
        port: Of the service.
        key: What they authorise with.
    """

    port: int
    key: str

    def ask(
        self, method: str, path: str, body: Any = None, *, tag: str | None = None
    ) -> tuple[Any, dict[str, str]]:
        """Return the answer and its headers.

        Raises:
            ScenarioFailed: It is no success; the problem's own words are told.
        """
        headers = {"Authorization": f"Bearer {self.key}"} | ({"If-Match": tag} if tag else {})
        data = body
        if isinstance(body, tuple):
            data, headers["Content-Type"] = body
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content, told = answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        finally:
            connection.close()
        if answer.status >= 300:
            raise ScenarioFailed(f"{method} {path}: {answer.status} {content.decode()[:500]}")
        is_json = told.get("content-type", "").startswith("application/json")
        return (json.loads(content) if is_json else content), told

    def get(self, path: str, **query: str) -> Any:
        """Return what is read."""
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path)[0]

    def post(self, path: str, body: Any = None) -> Any:
        """Return what is answered."""
        return self.ask("POST", path, body)[0]

    def act(self, hazard: str, action: str, **said: Any) -> dict[str, Any]:
        """Do something with a record, as it was read a moment ago."""
        tag = self.ask("GET", f"/v1/hazards/{hazard}")[1]["etag"]
        done: dict[str, Any] = self.ask(
            "POST", f"/v1/hazards/{hazard}/acts/{action}", said, tag=tag
        )[0]
        return done

    def photo(self, data: bytes, **fields: str) -> dict[str, Any]:
        """Send a photo that is new to the service: a comment makes its bytes its own."""
        mark, own = uuid4().hex, uuid4().hex.encode()
        data = data[:2] + b"\xff\xfe" + (len(own) + 2).to_bytes(2, "big") + own + data[2:]
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = "".join(parts).encode() + data + f"\r\n--{mark}--\r\n".encode()
        sent: dict[str, Any] = self.post(
            "/v1/photos", (body, f"multipart/form-data; boundary={mark}")
        )
        return sent

    def signed(self, hazard: str, kind: str, text: str) -> str:
        """Let both sides sign a record; return its id."""
        body = {
            "kind": kind,
            "hazard_id": hazard,
            "text": text,
            "office_name": "演示网格员",
            "office_signature": drawn_signature(1),
            "enterprise_name": "演示负责人",
            "enterprise_signature": drawn_signature(2),
        }
        return str(self.post("/v1/records", body)["id"])


def drawn_signature(seed: int) -> str:
    """Return strokes as a PNG in base64, as a phone would send them."""
    rng = np.random.default_rng(seed)
    paper = np.full((120, 360), 255, dtype=np.uint8)
    x = np.linspace(30, 330, 60)
    y = 60 + np.cumsum(rng.normal(0, 5, 60)).clip(-40, 40)
    line = np.stack([x, y], axis=1).round().astype(np.int32)
    cv2.polylines(paper, [line], False, 0, 3, cv2.LINE_AA)
    return base64.b64encode(cv2.imencode(".png", paper)[1].tobytes()).decode()


@dataclass(slots=True)
class Scenario:
    """One run.

    Attributes:
        folder: Where everything is written; it must be new or empty.
        say: Told every step.
    """

    folder: Path
    say: Say
    _environment: dict[str, str] = field(default_factory=dict)
    _port: int = 0

    def run(self) -> None:
        """Go the whole way.

        Raises:
            Conflict: The folder holds something.
            ScenarioFailed: A step was not answered as it should be.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if any(self.folder.iterdir()):
            raise Conflict(f"{self.folder} is not empty; the scenario needs a folder of its own")
        self._environment = dict(
            os.environ, WSAI_DATA_DIR=str(self.folder / "data"), PYTHONUNBUFFERED="1"
        )
        self._environment.pop("WSAI_DATABASE_URL", None)
        told = self._wsai(
            "demo", "seed", "--enterprises", str(ENTERPRISES), "--years", str(YEARS), "--hazards",
            str(HAZARDS), "--seed", str(SEED),
        )  # fmt: skip
        self.say(f"园区已生成 a park is seeded: {told}")
        self._second_officer()
        service = self._serve()
        try:
            self._treat()
        finally:
            service.terminate()
            service.wait(WAIT_S)
            if service.stdout is not None:
                service.stdout.close()
        self._tamper()

    def _wsai(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "serving.cli", *arguments],
            capture_output=True, text=True, env=self._environment, check=False,
        )  # fmt: skip
        if bool(done.returncode) != fails:
            raise ScenarioFailed(f"wsai {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
        return (done.stderr if fails else done.stdout).strip().splitlines()[-1]

    def _second_officer(self) -> None:
        """Make the account of the officer who is there when something major is determined."""
        subprocess.run(
            [
                sys.executable, "-m", "serving.cli", "accounts", "create", SECOND_OFFICER,
                "--role", "enforcement", "--password-stdin",
            ],
            input=secrets.token_urlsafe(24), capture_output=True, text=True,
            env=self._environment, check=True,
        )  # fmt: skip

    def _serve(self) -> subprocess.Popen[str]:
        service = subprocess.Popen(
            [sys.executable, "-m", "serving.cli", "serve", "--port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self._environment,
        )  # fmt: skip
        assert service.stdout is not None
        line = service.stdout.readline()
        if not line.startswith("WSAI:"):
            service.kill()
            raise ScenarioFailed("the service did not start; try wsai serve by hand")
        self._port = int(line.rsplit(":", 1)[1])
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                with connection.getresponse() as answer:
                    if answer.status == 200:
                        return service
            except OSError:
                pass
            finally:
                connection.close()
            time.sleep(0.05)
        service.kill()
        raise ScenarioFailed("the service did not get ready; try wsai serve by hand")

    def _with_key(self, name: str, role: str, *place: str) -> Person:
        return Person(self._port, self._wsai("keys", "create", name, "--role", role, *place))

    def _keep(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)
        self.say(f"    → {self.folder / name}")

    def _document(self, who: Person, name: str, **asked: Any) -> None:
        made = who.post("/v1/documents", {"accept_unverified": True, **asked})
        self.say(f"    {made['kind_name']} {made['number']}")
        self._keep(name, who.get(made["url"]))

    def _treat(self) -> None:
        admin = self._with_key("演示管理员", "admin")
        firms = admin.get("/v1/enterprises", limit="2")["items"]
        inspector = self._with_key("演示网格员", "inspector")
        officer = self._with_key("演示执法员", "enforcement")
        department = self._with_key("演示督办部门", "department")
        owners = [
            self._with_key(f"演示企业{n}", "enterprise-owner", "--enterprise", firm["credit_code"])
            for n, firm in enumerate(firms, start=1)
        ]
        self._general(inspector, owners[0], firms[0])
        self._major(inspector, officer, department, owners[0], firms[0])
        self._overdue(admin)
        self._graded(inspector, officer, owners[1], firms[1])

    def _general(self, inspector: Person, owner: Person, firm: dict[str, Any]) -> None:
        sent = inspector.photo(
            (pictures_folder() / BEFORE).read_bytes(), enterprise_id=firm["id"], checkpoint="冲压线"
        )
        found = next((f for f in sent["findings"] if f["verdict"] != "not-visible"), None)
        if found is not None:
            self.say(f"照片发现 a photo shows: {found['name']}（{found['because']['text']}）")
            hazard = inspector.post(f"/v1/findings/{found['id']}/confirm", {"note": "三号冲床旁"})
        else:
            self.say("照片未发现隐患，由人指出 the photo shows none; a person points one out")
            said = {"code": "ppe-no-helmet", "note": "三号冲床旁"}
            hazard = inspector.post(f"/v1/photos/{sent['id']}/findings", said)
        number, key = hazard["number"], hazard["id"]
        self.say(f"登入台账 recorded: {number}, {hazard['status_name']}")
        self._keep("before.jpg", inspector.get(f"/v1/photos/{sent['id']}/annotated"))
        by = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
        inspector.act(
            key, "order", responsible="演示负责人", measures="佩戴安全帽并培训", deadline=by
        )
        self._document(inspector, "order.docx", kind="rectification-order", hazard_id=key)
        owner.act(key, "begin")
        after = owner.photo((pictures_folder() / AFTER).read_bytes())
        done = owner.act(key, "submit", after_photos=[after["id"]])
        step = owner.get(f"/v1/hazards/{key}/history")[-1]
        outcomes = "、".join(one["outcome"] for one in step["evidence"]["rectification"])
        self.say(
            f"整改已提交 submitted: {done['status_name']}; 前后对比 before and after: {outcomes}"
        )
        self._keep("side-by-side.jpg", owner.get(f"/v1/hazards/{key}/side-by-side"))
        inspector.act(key, "recheck")
        record = inspector.signed(key, "recheck", "经复查，已整改。")
        closed = inspector.act(key, "accept", signed_record=record)
        self.say(f"复查销号 accepted by a person: {number} {closed['status_name']}")
        self._document(inspector, "reinspection.docx", kind="reinspection-opinion", hazard_id=key)

    def _suspected(self, inspector: Person, firm: dict[str, Any], note: str) -> str:
        sent = inspector.photo(
            (pictures_folder() / BEFORE).read_bytes(), enterprise_id=firm["id"], checkpoint=note
        )
        made = inspector.post(f"/v1/photos/{sent['id']}/findings", {"code": MAJOR, "note": note})
        self.say(f"疑似重大 suspected major: {made['number']} {made['name']}")
        return str(made["id"])

    def _major(
        self,
        inspector: Person,
        officer: Person,
        department: Person,
        owner: Person,
        firm: dict[str, Any],
    ) -> None:
        key = self._suspected(inspector, firm, "东侧污水池")
        officer.act(key, "determine", basis="令10 第十三条", second_officer=SECOND_OFFICER)
        owner.act(key, "report", reference="SB-1")
        owner.act(key, "control", measures="停产撤人")
        by = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
        plan = ["消除", "改造", "20万", "生产部", "90日", "撤人"]
        owner.act(key, "file-plan", six_items=plan, deadline=by)
        listed = department.act(key, "list", level="市级", reference="DB-1")
        self.say(f"挂牌督办 listed: {listed['level']}，期限 {listed['deadline']}")
        self._document(department, "listing.docx", kind="major-hazard-notice", hazard_id=key)
        owner.act(key, "begin")
        owner.act(key, "report-progress", reason="已完成 40%")
        after = owner.photo((pictures_folder() / AFTER).read_bytes())
        owner.act(key, "assess-self", after_photos=[after["id"]], reference="ZP-1")
        owner.act(key, "assess-by-expert", reference="ZJ-1")
        owner.act(key, "request-acceptance")
        record = officer.signed(key, "acceptance", "经现场核查，已落实监护。")
        officer.act(key, "accept", signed_record=record, second_officer=SECOND_OFFICER)
        officer.act(key, "resume", signed_record=record)
        department.act(key, "cancel", reference="HX-1")
        self._document(department, "delisting.docx", kind="delisting-notice", hazard_id=key)
        ended = department.act(key, "delist", reference="ZP-2")
        self.say(f"摘牌公示 delisted: {ended['number']} {ended['status_name']}")

    def _overdue(self, admin: Person) -> None:
        self._wsai("hazards", "escalate")  # the service does it hourly, too
        notices = admin.get("/v1/notices")
        told = Counter(notice["tell"] for notice in notices)
        shown = ", ".join(f"{who} {count}" for who, count in sorted(told.items()))
        self.say(f"逾期升级 escalation, who was told how often: {shown}")
        late = admin.get("/v1/hazards", overdue="true", sort="deadline", limit="1")["items"]
        if late:
            self.say(f"    {late[0]['number']} 逾期 {late[0]['overdue_days']} 天 days late")
        self._keep("overdue.xlsx", admin.get(
            "/v1/hazards/sheet", overdue="true", sort="deadline", accept_unverified="true"
        ))  # fmt: skip

    def _graded(
        self, inspector: Person, officer: Person, owner: Person, firm: dict[str, Any]
    ) -> None:
        key = self._suspected(inspector, firm, "西侧污水池")
        officer.act(key, "determine", basis="令10 第十三条", second_officer=SECOND_OFFICER)
        self.say(f"企业分级 grading: {self._wsai('grading', 'run')}")
        standing = owner.get(f"/v1/enterprises/{firm['id']}/grading")
        grade = standing["grades"][0]
        self.say(f"    {firm['name']}: {grade['total']:g} → {grade['list_name']}")
        for remedy in standing["remedies"][:2]:
            self.say(f"    {remedy['zh']} → {remedy['total']:g} {remedy['list_name']}")
        appeal = owner.post(f"/v1/grades/{grade['id']}/appeal", {"reason": "已落实监护，申请复核"})
        answer = {"outcome": "refused", "answer": "隐患尚未核销，维持名单"}
        decided = officer.post(f"/v1/appeals/{appeal['id']}/decide", answer)
        self.say(f"申诉 appeal: {decided['outcome']}（{decided['answer']}）")
        self._document(
            inspector, "enterprise-file.docx", kind="enterprise-file", enterprise_id=firm["id"]
        )

    def _tamper(self) -> None:
        self.say(f"审计 audit: {self._wsai('audit', 'verify')}")
        originals = sorted((self.folder / "data" / "files" / "originals").glob("*/*"))
        kept = originals[0].read_bytes()
        originals[0].write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        told = self._wsai("audit", "verify", fails=True)
        self.say(f"改动一个字节后 after one byte was changed: {told}")
        originals[0].write_bytes(kept)
        self.say(f"恢复后 put back: {self._wsai('audit', 'verify')}")
