"""What stands before every request: size limit, security headers, timing, the last resort."""

from __future__ import annotations

import time
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.metrics import Metrics
from serving.problems import problem, unexpected
from wsai.errors import ImageTooLarge

MULTIPART_OVERHEAD_BYTES = 64 * 1024
SMALL_BODY_BYTES = 64 * 1024
UPLOADS = frozenset({"/v1/photos"})
DRAINED_BYTES = 100 << 20
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


class BodyLimit:
    """Refuses a request body above a size, while it is read and not after.

    Args:
        app: What comes behind.
        most_upload_bytes: Of the whole body where photos are sent; elsewhere 64 KiB are enough.
    """

    def __init__(self, app: ASGIApp, *, most_upload_bytes: int) -> None:
        self.app, self.most_upload_bytes = app, most_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.most_upload_bytes if scope["path"] in UPLOADS else SMALL_BODY_BYTES
        said = Headers(scope=scope).get("content-length", "")
        if said.isdigit() and int(said) > most:
            await self._refuse(most, scope, receive, send)
            return
        read, ended, exceeded, refused = 0, False, False, False

        async def counted() -> Message:
            nonlocal read, ended, exceeded
            message = await receive()
            read += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if read > most:
                # the body ends here for whoever parses it; the answer is replaced below
                exceeded = True
                return {"type": "http.request", "body": b"", "more_body": False}
            return message

        async def answer(message: Message) -> None:
            nonlocal refused
            if not exceeded:
                await send(message)
            elif not refused:
                refused = True
                await self._refuse(most, scope, receive, send, ended=ended)

        await self.app(scope, counted, answer)

    async def _refuse(
        self, most: int, scope: Scope, receive: Receive, send: Send, *, ended: bool = False
    ) -> None:
        """Answer 413, after letting the sender finish.

        Most clients read no answer before they have sent everything, and would only see a broken
        connection. What they send is thrown away as it comes; once the body has ended, asking for
        more would wait until the sender hangs up.
        """
        drained, more = 0, not ended
        while more and drained < DRAINED_BYTES:
            message = await receive()
            drained += len(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
        upload = most == self.most_upload_bytes
        size = (
            f"{(most - MULTIPART_OVERHEAD_BYTES) / (1 << 20):g} MB" if upload else f"{most} bytes"
        )
        refusal = problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "The photo is too large" if upload else "The request is too large",
            code=ImageTooLarge.code if upload else "request-too-large",
            detail=f"At most {size} are accepted. Send a smaller {'photo' if upload else 'one'}.",
            instance=scope["path"],
            headers={"Connection": "close"},
        )
        await refusal(scope, receive, send)


class Headed:
    """Adds the security headers to every answer, times it, and answers what nobody expected."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how long it took, by route and status."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def headed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, headed)
        except Exception as error:  # the edge of the process: logged with its traceback
            if status:
                raise  # the answer has begun, there is no other any more
            await unexpected(Request(scope), error)(scope, receive, headed)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = getattr(scope.get("route"), "path", "other")
        self.metrics.request_seconds.labels(method, route, str(status)).observe(seconds)
        structlog.get_logger("wsai").info(
            "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1)
        )
