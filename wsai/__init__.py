"""WSAI: from a picture of a workplace to a hazard record that closes on proof."""
