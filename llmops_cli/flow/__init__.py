"""What a user asks for: strings stages together. No printing, no flags."""
