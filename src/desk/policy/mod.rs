//! Dated rules: facts in, verdict and reason and FAQ entry out.
