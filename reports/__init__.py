"""What a person sees: figures and pages. The only room that draws."""
