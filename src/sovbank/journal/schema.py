"""The version of the tables that this program reads and writes; the newest revision under ``migrations``."""

REVISION = "0001"
