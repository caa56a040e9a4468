"""Pages and files about one case: what a trace found, shown so that a person sees it within seconds."""
