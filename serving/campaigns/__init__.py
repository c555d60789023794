"""Campaigns: a checklist, targets, a period."""
