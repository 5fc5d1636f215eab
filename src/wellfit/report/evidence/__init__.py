"""What is measured at the end of a fit for its report alone, within a small part of the fit's time."""
