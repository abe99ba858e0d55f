"""What the recipes are made of: hosts, monitors, peers, and what the peers say."""
