"""Typologies: patterns of fraud as data. One YAML file each; here are the parser, the reasons and the catalogue."""
