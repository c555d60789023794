"""A small identity provider on a port of its own, as strict as a real one."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from pydantic import SecretStr

from serving.settings import Settings

CLIENT, SECRET = "wsai", "of-the-client"
BUTTON = "园区账号"


@dataclass
class Identity:
    """What the provider knows, and how it is to misbehave.

    Attributes:
        address: Its issuer.
        person: Who is logged in there.
        claims: Put into the token over what belongs there.
        key: What it signs with.
        published: What it says that it signs with.
        calls: Paths that were asked for.
        broken: Whether it answers with errors only.
    """

    address: str = ""
    person: str = "网格员王"
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey | OctKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    published: list[RSAKey] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    broken: bool = False

    def metadata(self) -> dict[str, str]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser is sent after it has logged in."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        question = self.codes.pop(asked["code"], None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            question is None
            or challenge != question["code_challenge"]
            or asked["redirect_uri"] != question["redirect_uri"]
            or authorization != f"Basic {basic}"
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.address, "sub": "4711", "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": question["nonce"], "preferred_username": self.person,
        } | self.claims  # fmt: skip
        algorithm = "RS256" if isinstance(self.key, RSAKey) else "HS256"
        header = {"alg": algorithm, "kid": str(self.key.kid)}
        signed = jwt.encode(header, claims, self.key, algorithms=[algorithm])
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": signed}

    def keys(self) -> dict[str, Any]:
        found: dict[str, Any] = KeySet(list(self.published)).as_dict(private=False)
        return found


def _handler(identity: Identity) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _say(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            path = urlsplit(self.path)
            identity.calls.append(path.path)
            if identity.broken:
                self._say(500, {})
            elif path.path == "/.well-known/openid-configuration":
                self._say(200, identity.metadata())
            elif path.path == "/keys":
                self._say(200, identity.keys())
            else:
                self.send_response(302)
                asked = {name: values[0] for name, values in parse_qs(path.query).items()}
                self.send_header("Location", identity.authorize(asked))
                self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*identity.token(asked, self.headers.get("Authorization", "")))

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def identity_provider() -> Iterator[Identity]:
    """Run one."""
    identity = Identity()
    assert isinstance(identity.key, RSAKey)
    identity.published = [identity.key]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(identity))
    identity.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield identity
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settings_with(identity: Identity, data_dir: Path) -> Settings:
    """Settings of a service whose people may log in through this provider."""
    return Settings(
        data_dir=data_dir, oidc_issuer=identity.address, oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET), oidc_label=BUTTON,
    )  # fmt: skip
