"""What reports are made of: one look, figures that name their points, and graphs that a page draws itself."""
