"""The shop "მთის კალათა" (Mtis Kalata, Mountain Basket): its tables and what they mean."""

from course.company.reading import UnknownTable, describe, load, tables

__all__ = ["UnknownTable", "describe", "load", "tables"]
