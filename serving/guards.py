"""What stands before every request: size limit, security headers, timing."""

from __future__ import annotations

import time
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.metrics import Metrics
from serving.problems import problem
from wsai.errors import ImageTooLarge

MULTIPART_OVERHEAD_BYTES = 64 * 1024
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
        most_bytes: Of the whole body.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: int) -> None:
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "")
        if said.isdigit() and int(said) > self.most_bytes:
            await self._refuse(scope, receive, send)
            return
        read, exceeded, refused = 0, False, False

        async def counted() -> Message:
            nonlocal read, exceeded
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most_bytes:
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
                await self._refuse(scope, receive, send)

        await self.app(scope, counted, answer)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        most_mb = (self.most_bytes - MULTIPART_OVERHEAD_BYTES) / (1 << 20)
        refusal = problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "The photo is too large",
            code=ImageTooLarge.code,
            detail=f"At most {most_mb:.0f} MB are accepted. Send the photo in a smaller size.",
            instance=scope["path"],
            headers={"Connection": "close"},
        )
        await refusal(scope, receive, send)


class Headed:
    """Adds the security headers to every answer and times it."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how long it took, by route and status."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def headed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, headed)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.request_seconds.labels(scope["method"], route, str(status)).observe(
                time.perf_counter() - began
            )
