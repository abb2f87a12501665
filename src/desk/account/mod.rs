//! Records of the online system: import, normalisation, matching.
