"""A published log behind a URL.

Rule 1: every answer is bounded in size and time; redirects are not followed and compression is not asked for.
Rule 2: it checks nothing of what it brings.
"""

import time
from types import TracebackType
from typing import Self

import httpx

from service.ports.published import PublishedError

__all__ = ["PublishedHttp"]

_TIMEOUT = 10.0  # seconds for one read; a whole file has three times as many


class PublishedHttp:
    """A `Published` over HTTP, on one connection that is kept."""

    def __init__(self, url: str, timeout: float = _TIMEOUT) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._client = httpx.Client(timeout=timeout, headers={"Accept-Encoding": "identity"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def fetch(self, path: str, limit: int) -> bytes | None:
        """See `ports.published.Published`."""
        content = b""
        deadline = time.monotonic() + 3 * self._timeout
        try:
            with self._client.stream("GET", f"{self._url}/{path}") as response:
                if response.status_code in {404, 410}:
                    return None
                if response.status_code != 200:
                    raise PublishedError(f"{path}: answered {response.status_code}")
                for part in response.iter_raw():
                    content += part
                    if len(content) > limit:
                        return content[: limit + 1]
                    if time.monotonic() > deadline:
                        raise PublishedError(f"{path}: took longer than {3 * self._timeout:.0f} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PublishedError(f"{self._url}/{path}: cannot be read ({type(error).__name__})") from None
        return content
