"""Attachments in a bucket: the same store, spoken to over S3 (moto plays the service)."""

import shutil
import urllib.request
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from flask import Flask
from moto.server import ThreadedMotoServer

from tests.browsing import log_in
from tests.builders import a_plan, county
from tests.files.examples import png
from workflow_app import canonical
from workflow_app.attachments import access, attach, lists
from workflow_app.errors import FileUnavailable
from workflow_app.files.buckets import Bucket

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def address() -> Iterator[str]:
    """An empty bucket ``yanxiu`` at this address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()
    urllib.request.urlopen(urllib.request.Request(f"{url}/yanxiu", method="PUT")).close()
    yield url
    server.stop()


@pytest.fixture
def office(make_app: Callable[..., Flask], address: str) -> Iterator[Flask]:
    app = make_app(s3_bucket="yanxiu", s3_endpoint=address, s3_key_id="k", s3_secret="s")
    with app.app_context():
        yield app


def test_files_go_into_the_bucket_and_come_back_when_the_copy_is_gone(office: Flask) -> None:
    plan = a_plan(county())
    author, digest = plan.people["author"], canonical.sha256(png())
    done = attach.attach(author, plan.id, BytesIO(png()), "照片.png")
    store = lists.store()
    assert isinstance(store, Bucket)
    assert list(store.digests()) == [digest]
    assert (lists.damaged(), lists.orphans(), list(lists.wrong())) == ([], [], [])
    shutil.rmtree(store.root)
    path = f"/artefacts/{plan.id}/attachments/{done.attachment_id}"
    answer = log_in(office, "principal").get(path)
    assert (answer.status_code, answer.get_data()) == (200, png())
    assert store.path(digest).read_bytes() == png()
    assert not list((store.root / "arriving").iterdir())


def test_a_large_file_goes_in_parts(office: Flask) -> None:
    store, data = lists.store(), bytes(range(256)) * (50 << 10)
    with store.receiving(BytesIO(data), 20 << 20) as arrived:
        store.keep(arrived)
    assert store.size(canonical.sha256(data)) == len(data)
    assert store.is_whole(canonical.sha256(data))
    assert lists.orphans() == [canonical.sha256(data)]


def test_what_is_missing_or_altered_in_the_bucket_is_not_given_out(office: Flask) -> None:
    plan = a_plan(county())
    author, digest = plan.people["author"], canonical.sha256(png())
    done = attach.attach(author, plan.id, BytesIO(png()), "照片.png")
    store = lists.store()
    assert isinstance(store, Bucket)
    key = f"{digest[:2]}/{digest[2:]}"
    altered = bytes(len(png()))
    for change, why, code in (
        (lambda: store.bucket.put(key, b"altered"), "大小不对", "file_altered"),
        (lambda: store.bucket.put(key, altered), "被改动过，与摘要不符", "file_altered"),
        (lambda: store.bucket.delete(key), "缺失", "file_missing"),
    ):
        change()
        shutil.rmtree(store.root, ignore_errors=True)
        assert lists.damaged() == [digest]
        assert lists.file_wrong(digest, len(png())) == f"附件的文件{why}：{digest}"
        with pytest.raises(FileUnavailable, match=code):
            access.opened(author, plan.id, done.attachment_id)


def test_an_altered_copy_of_this_machine_is_fetched_again(office: Flask) -> None:
    plan = a_plan(county())
    author, digest = plan.people["author"], canonical.sha256(png())
    done = attach.attach(author, plan.id, BytesIO(png()), "照片.png")
    lists.store().path(digest).write_bytes(bytes(len(png())))
    assert access.opened(author, plan.id, done.attachment_id)[1].read_bytes() == png()


def test_what_was_altered_in_the_bucket_is_mended_by_sending_it_again(office: Flask) -> None:
    plan = a_plan(county())
    author, digest = plan.people["author"], canonical.sha256(png())
    attach.attach(author, plan.id, BytesIO(png()), "照片.png")
    store = lists.store()
    assert isinstance(store, Bucket)
    store.bucket.put(f"{digest[:2]}/{digest[2:]}", bytes(len(png())))
    assert lists.damaged() == [digest]
    attach.attach(author, plan.id, BytesIO(png()), "又一张.png")
    assert lists.damaged() == []
