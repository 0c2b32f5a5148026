"""Every storage keeps the contract."""

from archgraph.testing import StorageContract
from search import open_study


class Shipped(StorageContract):
    url: str

    def open(self, folder):
        return self.url.format(folder=folder)

    def begin(self, storage, name, settings, directions):
        return open_study(storage, name, settings, directions)


class TestSqlite(Shipped):
    url = "sqlite:///{folder}/studies.db"


class TestJournal(Shipped):
    url = "journal:{folder}/studies.log"
