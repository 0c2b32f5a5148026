"""Graphs compiled into networks."""
