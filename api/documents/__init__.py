"""Documents for people: layout lives in Typst files, figures and words come from values."""
