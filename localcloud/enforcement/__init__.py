"""Who may do what: finds the policies that apply to each request, has it judged, and keeps a record."""
