"""Reads: functions that return a Select or an object; every one starts from the actor."""
