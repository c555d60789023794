"""The year of the park: accidents, talks, experts, plans, targets."""
