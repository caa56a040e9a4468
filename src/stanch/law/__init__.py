"""Law as data: terms of measures, powers and duties, each with its text reference, from when and until when."""
