"""Where archives are: folders of the local file system, or of anything that fsspec knows, such as S3.

A file is there whole or not at all: locally it is written under another name and renamed, elsewhere it becomes visible
when its upload is complete.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem

from .archive_format import ArchiveBroken, ArchiveError, File, PlaceError

CHUNK = 1024 * 1024
PARTIAL = ".partial"


class Sink:
    """A file that is being written: counts and hashes what goes through it."""

    def __init__(self, file: Any, where: str) -> None:
        self._file, self._where = file, where
        self._hash = sha256()
        self.bytes = 0
        self.closed = False

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written, in hex."""
        return self._hash.hexdigest()

    def write(self, data: Any) -> int:
        """Writes bytes."""
        with told("write", self._where):
            self._file.write(data)
        self._hash.update(data)
        self.bytes += len(data)
        return len(data)

    def tell(self) -> int:
        """How much was written."""
        return self.bytes

    def writable(self) -> bool:
        """For those who look before they write."""
        return True

    def readable(self) -> bool:
        """It cannot be read."""
        return False

    def seekable(self) -> bool:
        """It is written from its beginning to its end."""
        return False

    def flush(self) -> None:
        """Nothing is promised before the end."""

    def close(self) -> None:
        """Ends the writing; whoever opened the file closes it."""
        self.closed = True


class Place:
    """A folder."""

    def __init__(self, url: str) -> None:
        """url: a path, or any URL that fsspec knows. It is recorded, so a password has no place in it."""
        if "://" in url and urlsplit(url).password is not None:
            hint = "The location is recorded where others read it: name the credentials in the environment."
            raise PlaceError("the URL has a password in it", hint)
        with told("use", url):
            self._fs, self._path = fsspec.url_to_fs(url)
        self._local = isinstance(self._fs, LocalFileSystem)
        self.url = self._path if self._local else url.rstrip("/")

    def child(self, name: str) -> Place:
        """A folder in this one."""
        return Place(f"{self.url}/{name}")

    def parent(self) -> Place:
        """The folder that this one is in."""
        return Place(self.url.rpartition("/")[0] or "/")

    def __str__(self) -> str:
        return self.url

    def names(self) -> list[str]:
        """The names of what is in it, sorted; none if it does not exist."""
        with told("read", self.url):
            self._fs.invalidate_cache()
            try:
                found = self._fs.ls(self._path, detail=False)
            except FileNotFoundError:
                return []
        return sorted({path.rstrip("/").rpartition("/")[2] for path in found} - {""})

    @contextlib.contextmanager
    def create(self, name: str) -> Iterator[Sink]:
        """Makes a file of what the block writes; where the block raises, there is none, and what was there stays."""
        with self._created_here(name) if self._local else self._created_there(name) as sink:
            yield sink

    @contextlib.contextmanager
    def _created_here(self, name: str) -> Iterator[Sink]:
        path, partial = self._here(name), self._here(name + PARTIAL)
        with told("write", self._name(name)):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = partial.open("wb")
        try:
            yield Sink(file, self._name(name))
            with told("write", self._name(name)):
                file.flush()
                os.fsync(file.fileno())
                file.close()
                partial.replace(path)
                _sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):  # what was raised matters more
                file.close()
            partial.unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _created_there(self, name: str) -> Iterator[Sink]:
        with told("write", self._name(name)):
            file = self._fs.open(self._there(name), "wb", autocommit=False)
        try:
            yield Sink(file, self._name(name))
            with told("write", self._name(name)):
                file.close()
                file.commit()
        except BaseException:
            with contextlib.suppress(Exception):  # what was raised matters more
                file.discard()
                file.closed = True
            raise

    def write(self, name: str, content: bytes) -> None:
        """Makes a small file."""
        with self.create(name) as sink:
            sink.write(content)

    def read(self, name: str) -> bytes:
        """The content of a small file.

        Raises FileNotFoundError.
        """
        with told("read", self._name(name)):
            content: bytes = self._fs.cat_file(self._there(name))
            return content

    def copy(self, file: File, source: Place, name: str) -> None:
        """Copies a file of another folder under a name, as it is."""
        with source.open(file.name) as opened, self.create(name) as sink:
            _copy(opened, sink, file, source)

    def delete(self, name: str) -> None:
        """Deletes a file; does nothing where there is none."""
        with told("delete", self._name(name)), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._there(name))

    def delete_if_empty(self) -> None:
        """Deletes the folder itself, where folders are things of their own."""
        if self._local:
            with contextlib.suppress(OSError):
                Path(self._path).rmdir()

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Opens a file to read in it, here and there."""
        with told("read", self._name(name)):
            file = self._fs.open(self._there(name), "rb")
        with contextlib.closing(file):
            yield file

    @contextlib.contextmanager
    def checked(self, file: File) -> Iterator[Path]:
        """The file as a local one, with the size and the hash that it should have.

        Raises ArchiveBroken where it has others, or is missing.
        """
        try:
            with contextlib.ExitStack() as stack:
                opened = stack.enter_context(self.open(file.name))
                if self._local:
                    _copy(opened, None, file, self)
                    path = self._here(file.name)
                else:
                    path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "part.parquet"
                    with path.open("wb") as copy:
                        _copy(opened, copy, file, self)
                yield path
        except FileNotFoundError:
            raise ArchiveBroken(f"{self._name(file.name)} is missing") from None

    def is_whole(self, file: File) -> bool:
        """Whether a file is there, with the size and the hash that it should have."""
        try:
            with self.open(file.name) as opened:
                _copy(opened, None, file, self)
        except (FileNotFoundError, ArchiveBroken):
            return False
        return True

    def _here(self, name: str) -> Path:
        return Path(self._path) / name

    def _there(self, name: str) -> str:
        return f"{self._path}/{name}"

    def _name(self, name: str) -> str:
        return f"{self.url}/{name}"


def _copy(source: BinaryIO, target: BinaryIO | Sink | None, file: File, place: Place) -> None:
    found, size = sha256(), 0
    where = f"{place}/{file.name}"
    while True:
        with told("read", where):
            chunk = source.read(CHUNK)
        if not chunk:
            break
        found.update(chunk)
        size += len(chunk)
        if target is not None:
            target.write(chunk)
    if size != file.bytes:
        raise ArchiveBroken(f"{where} has {size:,} bytes, and should have {file.bytes:,}")
    if found.hexdigest() != file.sha256:
        raise ArchiveBroken(f"{where} has another hash than the manifest says")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def told(doing: str, where: str) -> Iterator[None]:
    """File systems of all kinds raise what they like: one exception, in one line. What is not there to read is left."""
    try:
        yield
    except ArchiveError:
        raise
    except Exception as error:
        if isinstance(error, FileNotFoundError) and doing != "write":
            raise
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise PlaceError(f"cannot {doing} {where}: {said}") from error
