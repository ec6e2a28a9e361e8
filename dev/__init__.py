"""Programs for those who develop Neptune; not in the wheel."""
