"""What the bridge is about, in plain Python: alerts, incidents, tickets and the next step."""
