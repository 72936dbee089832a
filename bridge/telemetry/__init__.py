"""What the bridge says about itself: metrics and logs."""
