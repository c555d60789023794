"""Logging in through the park's own identity provider (OpenID Connect), where one is set.

The authorization code flow with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636). Whoever comes back
needs an account here: the provider says who somebody is, an administrator says what they may do.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from serving.settings import Settings
from wsai.errors import IdentityUnavailable, NotAuthenticated, SettingsInvalid

try:
    import httpx2
    from authlib.common.errors import AuthlibBaseError
    from authlib.integrations.httpx_client import OAuth2Client
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    INSTALLED = True
except ImportError:  # the extra "oidc" is optional
    INSTALLED = False

SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Asymmetric ones only: a client secret that signs could be used by every client."""
PENDING_S = 600
KNOWN_FOR_S = 3600.0
FRESH_FOR_S = 30.0
LEEWAY_S = 60
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that has gone to the provider and is not back yet; it lies in the browser's cookie.

    Attributes:
        state: Comes back in the address: the answer belongs to this browser's question.
        nonce: Comes back in the signed token: the token was made for this question.
        verifier: Proves that who asks for the token is who asked for the code.
    """

    state: str
    nonce: str
    verifier: str

    def cookie(self) -> str:
        """Return it as a cookie's value."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def of_cookie(cls, value: str) -> Pending:
        """Return what a cookie holds.

        Raises:
            NotAuthenticated: It holds nothing that was put there.
        """
        try:
            row = json.loads(base64.urlsafe_b64decode(value))
            return cls(str(row["state"]), str(row["nonce"]), str(row["verifier"]))
        except (binascii.Error, ValueError, KeyError, TypeError) as error:
            raise NotAuthenticated("This login was not begun here, or too long ago.") from error


class Provider:
    """The identity provider that the settings name.

    Args:
        settings: With ``oidc_issuer``.
        clock: Seconds; what is known of the provider is read again after an hour.

    Raises:
        SettingsInvalid: The extra is not installed, or the client has no id.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        if not INSTALLED:
            raise SettingsInvalid("WSAI_OIDC_ISSUER needs the extra: pip install 'wsai[oidc]'")
        if not settings.oidc_issuer or not settings.oidc_client_id:
            raise SettingsInvalid("WSAI_OIDC_ISSUER and WSAI_OIDC_CLIENT_ID go together")
        self._settings, self._clock = settings, clock
        self._issuer = settings.oidc_issuer
        self._known: dict[str, tuple[float, Any]] = {}
        self._again_at = clock()

    def begin(self, back_to: str) -> tuple[str, Pending]:
        """Return where to send the browser, and what it is to bring back.

        Args:
            back_to: The service's own address for answers, as registered with the provider.

        Raises:
            IdentityUnavailable: The provider does not answer as one.
        """
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        with self._client(back_to) as client:
            url, state = client.create_authorization_url(
                self._metadata()["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        return str(url), Pending(str(state), nonce, verifier)

    def finish(self, pending: Pending, back_to: str, answer: str) -> str:
        """Return the name of whoever logged in, from the claim that the settings name.

        Args:
            pending: What the browser brought back.
            back_to: The same address as in ``begin``.
            answer: The whole address that the provider sent the browser to.

        Raises:
            NotAuthenticated: The provider refused, or the answer is not to this question.
            IdentityUnavailable: The provider does not answer as one.
        """
        try:
            with self._client(back_to) as client:
                token = client.fetch_token(
                    self._metadata()["token_endpoint"],
                    authorization_response=answer,
                    state=pending.state,
                    code_verifier=pending.verifier,
                )
        except AuthlibBaseError as error:
            raise NotAuthenticated(f"The identity provider refused: {error}") from error
        except httpx2.HTTPError as error:
            raise IdentityUnavailable(f"{self._issuer} does not answer: {error}") from error
        try:
            claims = self._claims(token, pending.nonce)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotAuthenticated(
                f"The identity provider's token is not valid: {error}"
            ) from error
        name = claims.get(self._settings.oidc_claim)
        if not isinstance(name, str) or not name.strip():
            raise NotAuthenticated(
                f"The identity provider does not say {self._settings.oidc_claim} (WSAI_OIDC_CLAIM)."
            )
        return name.strip()

    def _claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        signed = str(token["id_token"])
        try:
            read = jwt.decode(signed, self._keys(), algorithms=list(SIGNED_WITH))
        except (JoseError, ValueError):  # perhaps signed with a key that is newer than those known
            read = jwt.decode(signed, self._keys(fresh=True), algorithms=list(SIGNED_WITH))
        secret = self._settings.oidc_client_id
        claims = CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": self._metadata()["issuer"]},
                "aud": {"essential": True, "value": secret},
            },
            {"nonce": nonce, "client_id": secret, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=LEEWAY_S)
        return dict(claims)

    def _client(self, back_to: str) -> Any:
        secret = self._settings.oidc_client_secret
        return OAuth2Client(
            self._settings.oidc_client_id,
            secret.get_secret_value() if secret else None,
            scope=self._settings.oidc_scope,
            redirect_uri=back_to,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            timeout=TIMEOUT_S,
        )

    def _metadata(self) -> dict[str, Any]:
        """Return what the provider says of itself (OpenID Connect Discovery 1.0, 4)."""
        found = self._read(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        if not isinstance(found, dict) or any(not isinstance(found.get(n), str) for n in needed):
            raise IdentityUnavailable(f"{self._issuer} does not describe itself as a provider")
        if found["issuer"].rstrip("/") != self._issuer.rstrip("/"):
            raise IdentityUnavailable(f"{self._issuer} calls itself {found['issuer']}")
        return found

    def _keys(self, *, fresh: bool = False) -> Any:
        return KeySet.import_key_set(self._read(self._metadata()["jwks_uri"], fresh=fresh))

    def _read(self, url: str, *, fresh: bool = False) -> Any:
        """Return a document of the provider; without a lock, so that a slow one holds up nobody.

        Two who ask at once may both read it, and what is kept is the same. ``fresh`` reads again,
        but not twice in half a minute: whoever sends bad tokens does not send us to the provider
        each time.
        """
        now = self._clock()
        until, kept = self._known.get(url, (now, None))
        if fresh and now >= self._again_at:
            self._again_at = now + FRESH_FOR_S
        elif now < until:
            return kept
        try:
            answer = httpx2.get(url, timeout=TIMEOUT_S)
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise IdentityUnavailable(f"{url} cannot be read: {error}") from error
        self._known[url] = (self._clock() + KNOWN_FOR_S, found)
        return found
