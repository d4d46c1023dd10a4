"""Files in a bucket that speaks S3, with a copy in the folder of this machine for whoever reads next.

The bucket is the store; the folder may be emptied at any time. Needs the extra ``s3`` (obstore).
"""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import obstore
from obstore.store import S3Store

from workflow_app import data_dir
from workflow_app.files.storage import Altered, Arrived, Folder
from workflow_app.settings import Settings


class Bucket(Folder):
    """A store in a bucket; ``root`` holds the copies and what is still being received."""

    def __init__(self, root: Path, settings: Settings) -> None:
        super().__init__(root)
        endpoint: Any = {"endpoint": settings.s3_endpoint} if settings.s3_endpoint else {}
        self.bucket = S3Store(
            settings.s3_bucket,
            prefix="files",
            region=settings.s3_region,
            access_key_id=settings.s3_key_id or None,
            secret_access_key=settings.s3_secret or None,
            virtual_hosted_style_request=False,
            client_options={"allow_http": settings.s3_endpoint.startswith("http://")},
            **endpoint,
        )

    @staticmethod
    def _key(sha256: str) -> str:
        return f"{sha256[:2]}/{sha256[2:]}"

    def size(self, sha256: str) -> int | None:
        try:
            return int(obstore.head(self.bucket, self._key(sha256))["size"])
        except FileNotFoundError:
            return None

    def keep(self, arrived: Arrived) -> None:
        """Into the bucket first: only then is the file kept. What lies there may be altered: put again."""
        obstore.put(self.bucket, self._key(arrived.sha256), arrived.path)
        super().keep(arrived)

    def local(self, sha256: str) -> Path:
        try:
            return super().local(sha256)
        except (FileNotFoundError, Altered):  # the copy of this machine; the bucket is what counts
            self._fetch(sha256, self.path(sha256))
        return self.path(sha256)

    def _fetch(self, sha256: str, place: Path) -> None:
        """A copy appears complete and with its digest, or not at all.

        Raises:
            FileNotFoundError. Altered: in the bucket.
        """
        pieces = obstore.get(self.bucket, self._key(sha256)).stream()
        arriving = self.folder("arriving")
        path, digest = arriving / f"copy-{sha256}-{secrets.token_hex(4)}", hashlib.sha256()
        try:
            with data_dir.new_file(path) as file:
                for piece in pieces:
                    digest.update(piece)
                    file.write(piece)
            if digest.hexdigest() != sha256:
                raise Altered(sha256)
            self.folder(place.parent.name)
            path.replace(place)
        finally:
            path.unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        for several in obstore.list(self.bucket):
            yield from (one["path"].replace("/", "") for one in several)

    def is_whole(self, sha256: str) -> bool:
        try:
            pieces = obstore.get(self.bucket, self._key(sha256)).stream()
        except FileNotFoundError:
            return False
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        return digest.hexdigest() == sha256
