"""Marks: everything here runs nbgrader or serves it."""
